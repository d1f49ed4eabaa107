// InodeTree: the tree of inodes by name and by id, read from the record store through a bounded cache of decoded ones.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/core/result.h"
#include "dfs/namenode/namespace/inode.h"
#include "dfs/namenode/store/record_store.h"

namespace tusk::dfs {

class InodeTree {
 public:
  // `cached_max` inodes stay in memory, roughly the ones used last.
  InodeTree(RecordStore& store, size_t cached_max) : store_(store), cached_max_(cached_max) {}

  // Null where there is none.
  Result<InodeRef> Child(InodeId parent, std::string_view name) const;
  Result<InodeRef> ById(InodeId id) const;
  // Children with names after `after` in Hadoop's order, until `visit` returns false.
  Status ScanChildren(InodeId parent, std::string_view after, const std::function<bool(const Inode& child)>& visit) const;
  // How many children have names after `after`; does not decode them.
  Status CountChildren(InodeId parent, std::string_view after, uint64_t& count) const;
  // From the root to `inode`, both included; empty if it hangs below a deleted directory.
  Result<std::vector<InodeRef>> ChainOf(InodeRef inode) const;

  // What a committed edit did; the store has it already.
  void Committed(const InodeRef& before, const InodeRef& after);
  size_t cached() const { return young_.by_id.size() + old_.by_id.size(); }

 private:
  struct ChildName {
    InodeId parent;
    std::string_view name;  // in the inode itself
    bool operator==(const ChildName&) const = default;
  };
  struct HashChildName {
    size_t operator()(const ChildName& child) const {
      return std::hash<std::string_view>()(child.name) ^ (static_cast<size_t>(child.parent) * 0x9E3779B97F4A7C15u);
    }
  };
  // Two generations: a hit in the old one moves the inode to the young one; when that is full, it becomes the old one.
  struct Generation {
    std::unordered_map<ChildName, InodeRef, HashChildName> by_name;
    std::unordered_map<InodeId, InodeRef> by_id;
  };
  void Remember(const InodeRef& inode) const;
  static void Drop(Generation& generation, const Inode& inode);

  RecordStore& store_;
  const size_t cached_max_;
  mutable Generation young_;
  mutable Generation old_;
};

}  // namespace tusk::dfs
