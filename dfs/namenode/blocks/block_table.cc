// BlockTable, see the header.
#include "dfs/namenode/blocks/block_table.h"

#include <algorithm>

namespace tusk::dfs {
namespace {

constexpr StorageIndex kPackedMax = (1 << 24) - 1;  // larger numbers go to the side map

using Packed = std::array<uint8_t, 3>;
Packed Pack(StorageIndex storage) {
  return {static_cast<uint8_t>(storage), static_cast<uint8_t>(storage >> 8), static_cast<uint8_t>(storage >> 16)};
}
StorageIndex Unpack(const Packed& packed) {
  return packed[0] | static_cast<uint32_t>(packed[1]) << 8 | static_cast<uint32_t>(packed[2]) << 16;
}

}  // namespace

BlockTable::BlockTable() : index_(*this) {}

BlockRecord* BlockTable::Find(int64_t id) {
  const uint32_t number = index_.Find(id);
  return number == kNoRecord ? nullptr : &At(number);
}

const BlockRecord* BlockTable::Find(int64_t id) const {
  const uint32_t number = index_.Find(id);
  return number == kNoRecord ? nullptr : &At(number);
}

BlockRecord& BlockTable::Insert(int64_t id) {
  if (BlockRecord* record = Find(id)) return *record;
  uint32_t number = numbered_;
  if (!free_.empty()) {
    number = free_.back();
    free_.pop_back();
  } else {
    if (number % kPieceRecords == 0) pieces_.push_back(std::make_unique<Piece>());
    ++numbered_;
  }
  BlockRecord& record = At(number);
  record = BlockRecord();
  record.id = id;
  index_.Insert(id, number);
  ++used_;
  return record;
}

void BlockTable::Erase(int64_t id) {
  const uint32_t number = index_.Find(id);
  if (number == kNoRecord) return;
  if (At(number).replica_count == BlockRecord::kSpilled) spilled_.erase(id);
  index_.Erase(id);
  At(number).id = kEmpty;
  free_.push_back(number);
  --used_;
}

std::vector<StorageIndex> BlockTable::ReplicasOf(const BlockRecord& record) const {
  if (record.replica_count == BlockRecord::kSpilled) return spilled_.at(record.id);
  std::vector<StorageIndex> all(record.replica_count);
  for (size_t i = 0; i < all.size(); ++i) all[i] = Unpack(record.replicas[i]);
  return all;
}

size_t BlockTable::ReplicaCount(const BlockRecord& record) const {
  return record.replica_count == BlockRecord::kSpilled ? spilled_.at(record.id).size() : record.replica_count;
}

bool BlockTable::HasReplica(const BlockRecord& record, StorageIndex storage) const {
  if (record.replica_count == BlockRecord::kSpilled) {
    const auto& all = spilled_.at(record.id);
    return std::find(all.begin(), all.end(), storage) != all.end();
  }
  for (size_t i = 0; i < record.replica_count; ++i) {
    if (Unpack(record.replicas[i]) == storage) return true;
  }
  return false;
}

bool BlockTable::AddReplica(BlockRecord& record, StorageIndex storage) {
  if (HasReplica(record, storage)) return false;
  if (record.replica_count < record.replicas.size() && storage <= kPackedMax) {
    record.replicas[record.replica_count] = Pack(storage);
    record.replica_count = static_cast<uint8_t>(record.replica_count + 1);
    return true;
  }
  if (record.replica_count != BlockRecord::kSpilled) {
    spilled_[record.id] = ReplicasOf(record);
    record.replica_count = BlockRecord::kSpilled;
  }
  spilled_[record.id].push_back(storage);
  return true;
}

bool BlockTable::RemoveReplica(BlockRecord& record, StorageIndex storage) {
  if (!HasReplica(record, storage)) return false;
  std::vector<StorageIndex> rest = ReplicasOf(record);
  rest.erase(std::find(rest.begin(), rest.end(), storage));
  const bool packed = rest.size() <= record.replicas.size() &&
                      std::all_of(rest.begin(), rest.end(), [](StorageIndex other) { return other <= kPackedMax; });
  if (!packed) {
    spilled_[record.id] = std::move(rest);
    return true;
  }
  if (record.replica_count == BlockRecord::kSpilled) spilled_.erase(record.id);
  for (size_t i = 0; i < rest.size(); ++i) record.replicas[i] = Pack(rest[i]);
  record.replica_count = static_cast<uint8_t>(rest.size());
  return true;
}

}  // namespace tusk::dfs
