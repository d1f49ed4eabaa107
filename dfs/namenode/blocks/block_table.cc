// BlockTable, see the header: linear probing, at most 4/5 full, deletion by shifting back.
#include "dfs/namenode/blocks/block_table.h"

#include <algorithm>

namespace tusk::dfs {
namespace {
constexpr size_t kSlotsAtStart = 64;
}

BlockTable::BlockTable() : slots_(kSlotsAtStart) {
  for (BlockRecord& record : slots_) record.id = kEmpty;
}

// Block ids are consecutive numbers: a multiplication spreads them.
size_t BlockTable::Home(int64_t id) const {
  uint64_t hash = static_cast<uint64_t>(id) * 0x9E3779B97F4A7C15ull;
  return static_cast<size_t>(hash >> 20) & (slots_.size() - 1);
}

size_t BlockTable::SlotOf(int64_t id) const {
  size_t slot = Home(id);
  while (slots_[slot].id != kEmpty && slots_[slot].id != id) slot = (slot + 1) & (slots_.size() - 1);
  return slot;
}

BlockRecord* BlockTable::Find(int64_t id) {
  BlockRecord& record = slots_[SlotOf(id)];
  return record.id == kEmpty ? nullptr : &record;
}

const BlockRecord* BlockTable::Find(int64_t id) const {
  const BlockRecord& record = slots_[SlotOf(id)];
  return record.id == kEmpty ? nullptr : &record;
}

void BlockTable::Grow() {
  std::vector<BlockRecord> old(slots_.size() * 2);
  old.swap(slots_);
  for (BlockRecord& record : slots_) record.id = kEmpty;
  for (const BlockRecord& record : old) {
    if (record.id != kEmpty) slots_[SlotOf(record.id)] = record;
  }
}

BlockRecord& BlockTable::Insert(int64_t id) {
  if (BlockRecord* record = Find(id)) return *record;
  if ((used_ + 1) * 5 > slots_.size() * 4) Grow();
  BlockRecord& record = slots_[SlotOf(id)];
  record = BlockRecord();
  record.id = id;
  ++used_;
  return record;
}

void BlockTable::Erase(int64_t id) {
  size_t hole = SlotOf(id);
  if (slots_[hole].id == kEmpty) return;
  if (slots_[hole].replica_count == BlockRecord::kSpilled) spilled_.erase(id);
  slots_[hole].id = kEmpty;
  --used_;
  const size_t mask = slots_.size() - 1;
  for (size_t slot = (hole + 1) & mask; slots_[slot].id != kEmpty; slot = (slot + 1) & mask) {
    const size_t home = Home(slots_[slot].id);
    // It may move back into the hole unless its home lies cyclically in (hole, slot].
    if (((slot - home) & mask) >= ((slot - hole) & mask)) {
      slots_[hole] = slots_[slot];
      slots_[slot].id = kEmpty;
      hole = slot;
    }
  }
}

std::vector<StorageIndex> BlockTable::ReplicasOf(const BlockRecord& record) const {
  if (record.replica_count == BlockRecord::kSpilled) return spilled_.at(record.id);
  return {record.replicas.begin(), record.replicas.begin() + record.replica_count};
}

size_t BlockTable::ReplicaCount(const BlockRecord& record) const {
  return record.replica_count == BlockRecord::kSpilled ? spilled_.at(record.id).size() : record.replica_count;
}

bool BlockTable::HasReplica(const BlockRecord& record, StorageIndex storage) const {
  if (record.replica_count == BlockRecord::kSpilled) {
    const auto& all = spilled_.at(record.id);
    return std::find(all.begin(), all.end(), storage) != all.end();
  }
  auto end = record.replicas.begin() + record.replica_count;
  return std::find(record.replicas.begin(), end, storage) != end;
}

bool BlockTable::AddReplica(BlockRecord& record, StorageIndex storage) {
  if (HasReplica(record, storage)) return false;
  if (record.replica_count < record.replicas.size()) {
    record.replicas[record.replica_count++] = storage;
    return true;
  }
  if (record.replica_count != BlockRecord::kSpilled) {
    spilled_[record.id].assign(record.replicas.begin(), record.replicas.end());
    record.replica_count = BlockRecord::kSpilled;
  }
  spilled_[record.id].push_back(storage);
  return true;
}

bool BlockTable::RemoveReplica(BlockRecord& record, StorageIndex storage) {
  if (!HasReplica(record, storage)) return false;
  std::vector<StorageIndex> rest = ReplicasOf(record);
  rest.erase(std::find(rest.begin(), rest.end(), storage));
  if (rest.size() <= record.replicas.size()) {
    if (record.replica_count == BlockRecord::kSpilled) spilled_.erase(record.id);
    std::copy(rest.begin(), rest.end(), record.replicas.begin());
    record.replica_count = static_cast<uint8_t>(rest.size());
  } else {
    spilled_[record.id] = std::move(rest);
  }
  return true;
}

}  // namespace tusk::dfs
