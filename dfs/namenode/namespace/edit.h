// Edit: what one operation changes: pairs of an inode before and after, and the counters. The records to put and delete
// (names, ids, blocks, open files) follow from the pairs, so an operation cannot forget one.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "dfs/namenode/namespace/inode.h"
#include "dfs/namenode/store/record_store.h"

namespace tusk::dfs {

// The newest numbers that were given out, and how much there is.
struct Counters {
  InodeId last_inode = kRootInodeId;
  int64_t last_block = kFirstBlockId - 1;
  int64_t last_stamp = kLastReservedStamp;
  uint64_t inodes = 0;
  uint64_t blocks = 0;
  bool operator==(const Counters&) const = default;
  std::string Encode() const;
  static Result<Counters> Decode(std::string_view record);
};

class Edit {
 public:
  explicit Edit(const Counters& counters) : before_(counters), counters_(counters) {}

  // The edit's own copy of `inode`, to be changed; the same one when asked again.
  Inode& Change(const InodeRef& inode);
  // A new inode. Its id, parent and name are set by the caller.
  Inode& Add(Inode inode);
  void Remove(const InodeRef& inode);
  InodeId NewInodeId() { return ++counters_.last_inode; }
  int64_t NewBlockId() { return ++counters_.last_block; }
  int64_t NewStamp() { return ++counters_.last_stamp; }

  // A record that belongs to no inode.
  void AddRecord(RecordChange change) { records_.push_back(std::move(change)); }

  bool empty() const { return pairs_.empty() && records_.empty() && counters_ == before_; }
  struct Pair {
    InodeRef before;               // null: added
    std::shared_ptr<Inode> after;  // null: removed
  };
  const std::deque<Pair>& pairs() const { return pairs_; }
  // Counts what was added and removed; call once, last.
  std::vector<RecordChange> TakeChanges();
  const Counters& counters() const { return counters_; }

 private:
  void AddBlockChanges(const Inode* before, const Inode* after, std::vector<RecordChange>& changes);

  const Counters before_;
  Counters counters_;
  std::deque<Pair> pairs_;
  std::vector<RecordChange> records_;
};

// The record of one block: where it belongs.
struct BlockOwner {
  InodeId inode = 0;
  int64_t stamp = 0;
  int64_t length = 0;
  uint16_t replication = 0;
  std::string Encode() const;
  static Result<BlockOwner> Decode(std::string_view record);
};

}  // namespace tusk::dfs
