// From pairs of inodes to records.
#include "dfs/namenode/namespace/edit.h"

#include <unordered_map>

#include "dfs/namenode/namespace/keys.h"
#include "dfs/namenode/namespace/quota_table.h"

namespace tusk::dfs {

std::string Counters::Encode() const {
  std::string record(1, '\1');
  AppendZigzag(record, last_inode);
  AppendZigzag(record, last_block);
  AppendZigzag(record, last_stamp);
  AppendVarint(record, inodes);
  AppendVarint(record, blocks);
  return record;
}

Result<Counters> Counters::Decode(std::string_view record) {
  RecordReader reader(record);
  std::string_view level = reader.Take(1);
  Counters counters;
  counters.last_inode = reader.Zigzag();
  counters.last_block = reader.Zigzag();
  counters.last_stamp = reader.Zigzag();
  counters.inodes = reader.Varint();
  counters.blocks = reader.Varint();
  if (!reader.AtEnd() || level != "\1") return Status(Code::kCorruption, "the namespace's counters are damaged");
  return counters;
}

std::string BlockOwner::Encode() const {
  std::string record;
  AppendZigzag(record, inode);
  AppendZigzag(record, stamp);
  AppendZigzag(record, length);
  AppendVarint(record, replication);
  return record;
}

Result<BlockOwner> BlockOwner::Decode(std::string_view record) {
  RecordReader reader(record);
  BlockOwner block;
  block.inode = reader.Zigzag();
  block.stamp = reader.Zigzag();
  block.length = reader.Zigzag();
  block.replication = static_cast<uint16_t>(reader.Varint());
  if (!reader.AtEnd()) return Status(Code::kCorruption, "a block record is damaged");
  return block;
}

Inode& Edit::Change(const InodeRef& inode) {
  for (Pair& pair : pairs_) {
    if (pair.after != nullptr && pair.after->id == inode->id) return *pair.after;
  }
  pairs_.push_back({inode, std::make_shared<Inode>(*inode)});
  return *pairs_.back().after;
}

Inode& Edit::Add(Inode inode) {
  pairs_.push_back({nullptr, std::make_shared<Inode>(std::move(inode))});
  return *pairs_.back().after;
}

void Edit::Remove(const InodeRef& inode) {
  for (Pair& pair : pairs_) {
    if (pair.after != nullptr && pair.after->id == inode->id) {
      pair.after = nullptr;
      return;
    }
  }
  pairs_.push_back({inode, nullptr});
}

void Edit::AddBlockChanges(const Inode* before, const Inode* after, std::vector<RecordChange>& changes) {
  static const std::vector<BlockSpec> kNone;
  const std::vector<BlockSpec>& old_blocks = before != nullptr ? before->blocks : kNone;
  const std::vector<BlockSpec>& new_blocks = after != nullptr ? after->blocks : kNone;
  bool same_file = before != nullptr && after != nullptr && before->id == after->id &&
                   before->replication == after->replication;
  // Most edits touch the end of the list only.
  size_t same = 0;
  if (same_file) {
    while (same < old_blocks.size() && same < new_blocks.size() && old_blocks[same] == new_blocks[same]) ++same;
  }
  std::unordered_map<int64_t, bool> kept;
  for (size_t i = same; i < new_blocks.size(); ++i) {
    const BlockSpec& block = new_blocks[i];
    kept[block.id] = true;
    changes.push_back({BlockKey(block.id),
                       BlockOwner{after->id, block.stamp, block.length, after->replication}.Encode()});
  }
  for (size_t i = same; i < old_blocks.size(); ++i) {
    if (!kept.contains(old_blocks[i].id)) changes.push_back({BlockKey(old_blocks[i].id), std::nullopt});
  }
  counters_.blocks += new_blocks.size();
  counters_.blocks -= old_blocks.size();
}

std::vector<RecordChange> Edit::TakeChanges() {
  std::vector<RecordChange> changes;
  // Deletions first: a name or block that one inode gives up may be taken by another of the same edit.
  for (const Pair& pair : pairs_) {
    const Inode* before = pair.before.get();
    const Inode* after = pair.after.get();
    bool moved = before != nullptr && (after == nullptr || after->parent != before->parent || after->name != before->name);
    if (moved) changes.push_back({ChildKey(before->parent, before->name), std::nullopt});
    if (before != nullptr && after == nullptr) {
      changes.push_back({NodeKey(before->id), std::nullopt});
      AddBlockChanges(before, nullptr, changes);
      --counters_.inodes;
    }
    bool was_open = before != nullptr && before->under_construction;
    if (was_open && (after == nullptr || !after->under_construction)) {
      changes.push_back({OpenFileKey(before->id), std::nullopt});
    }
    if (before != nullptr && HasQuota(*before) && (after == nullptr || !HasQuota(*after))) {
      changes.push_back({QuotaKey(before->id), std::nullopt});
    }
  }
  for (const Pair& pair : pairs_) {
    const Inode* before = pair.before.get();
    const Inode* after = pair.after.get();
    if (after == nullptr) continue;
    if (before == nullptr || after->parent != before->parent || after->name != before->name) {
      std::string place;
      AppendBigEndian(place, static_cast<uint64_t>(after->parent));
      place += after->name;
      changes.push_back({NodeKey(after->id), std::move(place)});
    }
    changes.push_back({ChildKey(after->parent, after->name), after->Encode()});
    if (after->is_file()) AddBlockChanges(before, after, changes);
    if (after->under_construction && (before == nullptr || !before->under_construction)) {
      changes.push_back({OpenFileKey(after->id), ""});
    }
    if (HasQuota(*after) && (before == nullptr || !HasQuota(*before))) changes.push_back({QuotaKey(after->id), ""});
    if (before == nullptr) ++counters_.inodes;
  }
  changes.insert(changes.end(), records_.begin(), records_.end());
  if (!(counters_ == before_)) changes.push_back({std::string(kCountersKey), counters_.Encode()});
  return changes;
}

}  // namespace tusk::dfs
