// BlockIndex: from a block's id to the number of its record, in 4.6 to 9.2 bytes a block. Extendible hashing: a directory by
// the highest bits of the hash leads to small tables of their own, and a full one is split in two. So growing never stops
// for more than a thousand entries, however many blocks there are.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace tusk::dfs {

inline constexpr uint32_t kNoRecord = UINT32_MAX;
inline constexpr uint32_t kRecordsMax = (1u << 28) - 1;

class BlockIndex {
 public:
  // Whoever keeps the records: the id in record `number`.
  class Records {
   public:
    virtual ~Records() = default;
    virtual int64_t IdOf(uint32_t number) const = 0;
  };
  explicit BlockIndex(const Records& records);
  uint32_t Find(int64_t id) const;  // kNoRecord
  // `id` is not there; its record is.
  void Insert(int64_t id, uint32_t number);
  // `id` is there, its record still readable.
  void Erase(int64_t id);

 private:
  static constexpr size_t kSlots = 1024, kUsedMax = 896;
  struct Bucket {
    uint8_t depth = 0;  // so many bits of the hash are the same for all of its entries
    uint16_t used = 0;
    std::array<uint32_t, kSlots> slots;  // number of the record, above it four bits of its hash
  };
  Bucket& BucketOf(uint64_t hash) const { return *directory_[depth_ == 0 ? 0 : hash >> (64 - depth_)]; }
  size_t SlotOf(const Bucket& bucket, int64_t id, uint64_t hash) const;
  void Put(Bucket& bucket, uint64_t hash, uint32_t entry);
  void Split(uint64_t hash);

  const Records& records_;
  uint8_t depth_ = 0;
  std::vector<Bucket*> directory_;  // 2^depth_
  std::vector<std::unique_ptr<Bucket>> buckets_;
};

}  // namespace tusk::dfs
