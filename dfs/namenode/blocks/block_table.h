// BlockTable: a packed record per block in pieces that never move, and an index by id, so that a hundred million blocks fit
// in memory and growing never stops the namenode. Pointers into it are good until the block is erased.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "dfs/namenode/blocks/block_index.h"
#include "dfs/namenode/blocks/block_types.h"

namespace tusk::dfs {

// 37 bytes. The replicas are the good, finalized ones; corrupt ones and those of a block under construction are kept
// aside by BlockManager. Beyond three they move to a side map. Fields are as wide as their largest values need:
// stamps and inode numbers are counted up, lengths are checked by Fits.
struct [[gnu::packed]] BlockRecord {
  int64_t id : 64 = 0;
  int64_t stamp : 48 = 0;
  int64_t length : 48 = 0;
  int64_t inode : 40 = 0;
  uint16_t replication : 16 = 0;
  BlockState state : 2 = BlockState::kComplete;
  uint8_t replica_count : 3 = 0;  // kSpilled: in the side map
  std::array<std::array<uint8_t, 3>, 3> replicas{};  // storages' numbers

  static constexpr uint8_t kSpilled = 7;
  static bool Fits(int64_t length) { return length >= 0 && length < int64_t{1} << 47; }
  BlockSpec spec() const { return {id, stamp, length}; }
};
static_assert(sizeof(BlockRecord) == 37);

class BlockTable : private BlockIndex::Records {
 public:
  BlockTable();
  BlockTable(const BlockTable&) = delete;
  BlockRecord* Find(int64_t id);
  const BlockRecord* Find(int64_t id) const;
  // The record of `id`, added empty if absent.
  BlockRecord& Insert(int64_t id);
  void Erase(int64_t id);
  size_t size() const { return used_; }
  // Records are numbered from 0; an erased one's number is used again. kNoRecord.
  uint32_t NumberOf(int64_t id) const { return index_.Find(id); }
  uint32_t numbered() const { return numbered_; }

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
    for (uint32_t i = 0; i < numbered_; ++i) {
      if (BlockRecord& record = At(i); record.id != kEmpty) visit(record);
    }
  }
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (uint32_t i = 0; i < numbered_; ++i) {
      if (const BlockRecord& record = At(i); record.id != kEmpty) visit(record);
    }
  }
  // Of the records [begin, end), end at most numbered().
  template <typename Visit>
  void ForRange(uint32_t begin, uint32_t end, Visit visit) const {
    for (uint32_t i = begin; i < end; ++i) {
      if (const BlockRecord& record = At(i); record.id != kEmpty) visit(i, record);
    }
  }
  // Each block once, from a place that `start` chooses, until visit(record&) gives false.
  template <typename Visit>
  void Walk(uint64_t start, Visit visit) const {
    for (uint32_t i = 0; i < numbered_; ++i) {
      const BlockRecord& record = At(static_cast<uint32_t>((start + i) % numbered_));
      if (record.id != kEmpty && !visit(record)) return;
    }
  }

 private:
  static constexpr int64_t kEmpty = INT64_MIN;
  static constexpr uint32_t kPieceRecords = 4096;
  using Piece = std::array<BlockRecord, kPieceRecords>;
  BlockRecord& At(uint32_t number) { return (*pieces_[number / kPieceRecords])[number % kPieceRecords]; }
  const BlockRecord& At(uint32_t number) const { return (*pieces_[number / kPieceRecords])[number % kPieceRecords]; }
  int64_t IdOf(uint32_t number) const override { return At(number).id; }

  std::vector<std::unique_ptr<Piece>> pieces_;
  std::vector<uint32_t> free_;  // numbers of erased records
  uint32_t numbered_ = 0;       // records that have been used
  size_t used_ = 0;
  BlockIndex index_;
  std::unordered_map<int64_t, std::vector<StorageIndex>> spilled_;
};

}  // namespace tusk::dfs
