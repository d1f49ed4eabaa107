// BlockTable: one flat open-addressing table with a fixed-size record per block, so that a hundred million blocks fit
// in memory. Pointers into it are good until the next Insert or Erase.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "dfs/namenode/blocks/block_types.h"

namespace tusk::dfs {

// 48 bytes. The replicas are the good, finalized ones; corrupt ones and those of a block under construction are kept
// aside by BlockManager. Beyond three they move to a side map.
struct BlockRecord {
  int64_t id = 0;
  int64_t stamp = 0;
  int64_t length = 0;
  int64_t inode = 0;
  std::array<StorageIndex, 3> replicas{};
  uint16_t replication = 0;
  BlockState state = BlockState::kComplete;
  uint8_t replica_count = 0;  // kSpilled: in the side map

  static constexpr uint8_t kSpilled = 255;
  BlockSpec spec() const { return {id, stamp, length}; }
};
static_assert(sizeof(BlockRecord) == 48);

class BlockTable {
 public:
  BlockTable();
  BlockRecord* Find(int64_t id);
  const BlockRecord* Find(int64_t id) const;
  // The record of `id`, added empty if absent.
  BlockRecord& Insert(int64_t id);
  void Erase(int64_t id);
  size_t size() const { return used_; }

  // A copy: callers change replicas while they walk.
  std::vector<StorageIndex> ReplicasOf(const BlockRecord& record) const;
  size_t ReplicaCount(const BlockRecord& record) const;
  bool HasReplica(const BlockRecord& record, StorageIndex storage) const;
  // False if it was there already.
  bool AddReplica(BlockRecord& record, StorageIndex storage);
  // False if it was not there.
  bool RemoveReplica(BlockRecord& record, StorageIndex storage);

  // visit(record&) for each block in table order; it must not insert or erase.
  template <typename Visit>
  void ForEach(Visit visit) {
    for (BlockRecord& record : slots_) {
      if (record.id != kEmpty) visit(record);
    }
  }
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const BlockRecord& record : slots_) {
      if (record.id != kEmpty) visit(record);
    }
  }
  // Each block once, from a place that `start` chooses, until visit(record&) gives false.
  template <typename Visit>
  void Walk(uint64_t start, Visit visit) const {
    for (size_t i = 0; i < slots_.size(); ++i) {
      const BlockRecord& record = slots_[(start + i) & (slots_.size() - 1)];
      if (record.id != kEmpty && !visit(record)) return;
    }
  }

 private:
  static constexpr int64_t kEmpty = INT64_MIN;
  size_t Home(int64_t id) const;
  size_t SlotOf(int64_t id) const;  // of the record, or of the empty slot where it would go
  void Grow();

  std::vector<BlockRecord> slots_;  // a power of two
  size_t used_ = 0;
  std::unordered_map<int64_t, std::vector<StorageIndex>> spilled_;
};

}  // namespace tusk::dfs
