// MendNamespace, see the header.
#include "dfs/namenode/driver/namespace_mender.h"

#include <algorithm>
#include <map>
#include <set>

#include "dfs/namenode/namespace/edit.h"
#include "dfs/namenode/namespace/keys.h"
#include "dfs/namenode/store/coding.h"

namespace tusk::dfs {
namespace {

class Mender {
 public:
  explicit Mender(const RecordStore& store) : store_(store) {}

  Result<Mending> Mend() {
    RETURN_IF_ERROR(ReadInodes());
    if (!inodes_.contains(kRootInodeId)) return Status(Code::kCorruption, "the root directory is lost");
    Reattach();
    CountChildren();
    RETURN_IF_ERROR(MendIndexes());
    RETURN_IF_ERROR(MendCounters());
    return std::move(mending_);
  }

 private:
  void Note(std::string line) { mending_.notes.push_back(std::move(line)); }
  void Put(std::string key, std::string value) { mending_.changes.push_back({std::move(key), std::move(value)}); }
  void Remove(std::string key) { mending_.changes.push_back({std::move(key), std::nullopt}); }

  Status ReadInodes() {
    Status damaged;
    RETURN_IF_ERROR(store_.Scan("i", "j", [&](std::string_view key, std::string_view value) {
      Result<Inode> inode = Inode::Decode(IdOfKey(key), NameOfChildKey(key), value);
      if (!inode.ok()) {
        Note("an unreadable record is dropped: " + inode.status().ToString());
        Remove(std::string(key));
        return true;
      }
      auto [at, is_new] = inodes_.try_emplace(inode->id, *inode);
      if (is_new) return true;
      // Two names for one inode: half of a rename is lost.
      const bool keeps_this = StoredKeyOf(inode->id, damaged) == key;
      const Inode& loses = keeps_this ? at->second : *inode;
      Note("inode " + std::to_string(inode->id) + " has two names; \"" + loses.name + "\" is dropped");
      Remove(ChildKey(loses.parent, loses.name));
      if (keeps_this) at->second = std::move(*inode);
      return true;
    }));
    return damaged;
  }
  // Where the index by id says that the inode is.
  std::string StoredKeyOf(InodeId id, Status& damaged) {
    auto record = store_.Get(NodeKey(id));
    if (!record.ok()) damaged = record.status();
    if (!record.ok() || !*record || (*record)->size() < 8) return "";
    return ChildKey(static_cast<InodeId>(LoadBigEndian<uint64_t>(reinterpret_cast<const uint8_t*>((*record)->data()))),
                    std::string_view(**record).substr(8));
  }

  // Whether the inode's directories lead to the root, or to where deleted ones wait.
  bool Reachable(const Inode& inode) {
    std::set<InodeId> passed;
    InodeId at = inode.parent;
    while (at != 0 && at != kDeletedParentId) {
      auto parent = inodes_.find(at);
      if (parent == inodes_.end() || !parent->second.is_directory() || !passed.insert(at).second) return false;
      at = parent->second.parent;
    }
    return true;
  }
  void Reattach() {
    for (auto& [id, inode] : inodes_) {
      auto parent = inodes_.find(inode.parent);
      const bool has_parent = inode.parent == 0 || inode.parent == kDeletedParentId ||
                              (parent != inodes_.end() && parent->second.is_directory());
      if (has_parent && Reachable(inode)) continue;
      if (has_parent && parent->second.parent != id && Reaches(inode)) continue;  // its ancestor is moved
      const std::string name = "recovered-" + std::to_string(id);
      Note("the directory of inode " + std::to_string(id) + " (\"" + inode.name + "\") is lost; it is now /" + name);
      Remove(ChildKey(inode.parent, inode.name));
      inode.parent = kRootInodeId;
      inode.name = name;
      changed_.insert(id);
    }
  }
  // Whether some ancestor is without a directory, and will be moved itself.
  bool Reaches(const Inode& inode) {
    std::set<InodeId> passed{inode.id};
    for (InodeId at = inode.parent;;) {
      auto parent = inodes_.find(at);
      if (parent == inodes_.end()) return true;
      if (!passed.insert(at).second) return false;  // a circle
      at = parent->second.parent;
    }
  }
  void CountChildren() {
    std::map<InodeId, uint64_t> children;
    for (const auto& [id, inode] : inodes_) ++children[inode.parent];
    for (auto& [id, inode] : inodes_) {
      if (!inode.is_directory() || inode.child_count == children[id]) continue;
      Note("directory " + std::to_string(id) + " (\"" + inode.name + "\") counts " + std::to_string(inode.child_count) +
           " children, but has " + std::to_string(children[id]));
      inode.child_count = children[id];
      changed_.insert(id);
    }
    for (InodeId id : changed_) Put(ChildKey(inodes_[id].parent, inodes_[id].name), inodes_[id].Encode());
  }

  // The records of these kinds follow from the inodes; those that differ are replaced.
  Status MendIndexes() {
    std::map<std::string, std::string> wanted;
    for (const auto& [id, inode] : inodes_) {
      std::string place;
      AppendBigEndian(place, static_cast<uint64_t>(inode.parent));
      wanted[NodeKey(id)] = place + inode.name;
      if (inode.under_construction) wanted[OpenFileKey(id)] = "";
      if (inode.is_directory() && HasQuota(inode)) wanted[QuotaKey(id)] = "";
      for (const BlockSpec& block : inode.blocks) {
        wanted[BlockKey(block.id)] = BlockOwner{id, block.stamp, block.length, inode.replication}.Encode();
        ++blocks_;
        last_block_ = std::max(last_block_, block.id);
        last_stamp_ = std::max(last_stamp_, block.stamp);
      }
    }
    size_t replaced = 0;
    for (const char* kind : {"b", "n", "q", "u"}) {
      const std::string end(1, static_cast<char>(*kind + 1));
      RETURN_IF_ERROR(store_.Scan(kind, end, [&](std::string_view key, std::string_view value) {
        auto want = wanted.find(std::string(key));
        if (want == wanted.end()) Remove(std::string(key));
        if (want == wanted.end() || want->second != value) ++replaced;
        if (want != wanted.end() && want->second == value) wanted.erase(want);
        return true;
      }));
    }
    for (auto& [key, value] : wanted) Put(key, std::move(value));
    if (replaced + wanted.size() > 0) Note(std::to_string(replaced + wanted.size()) + " index records made anew");
    return Status::Ok();
  }
  static bool HasQuota(const Inode& inode) {
    return inode.namespace_quota != kQuotaNone || inode.space_quota != kQuotaNone || !inode.type_quotas.empty();
  }

  Status MendCounters() {
    ASSIGN_OR_RETURN(auto record, store_.Get(kCountersKey));
    Counters counters;
    if (record) {
      ASSIGN_OR_RETURN(counters, Counters::Decode(*record));
    }
    // Numbers of what is lost are not given again either: datanodes may hold such blocks.
    counters.last_inode = std::max(counters.last_inode, inodes_.rbegin()->first) + kNumbersSkipped;
    counters.last_block = std::max(counters.last_block, last_block_) + kNumbersSkipped;
    counters.last_stamp = std::max(counters.last_stamp, last_stamp_) + kNumbersSkipped;
    counters.inodes = inodes_.size();
    counters.blocks = blocks_;
    Put(std::string(kCountersKey), counters.Encode());
    return Status::Ok();
  }

  static constexpr int64_t kNumbersSkipped = 1'000'000;

  const RecordStore& store_;
  Mending mending_;
  std::map<InodeId, Inode> inodes_;
  std::set<InodeId> changed_;
  uint64_t blocks_ = 0;
  int64_t last_block_ = 0;
  int64_t last_stamp_ = 0;
};

}  // namespace

Result<Mending> MendNamespace(const RecordStore& store) { return Mender(store).Mend(); }

}  // namespace tusk::dfs
