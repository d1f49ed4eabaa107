// Linear probing within a bucket, deletion by shifting back.
#include "dfs/namenode/blocks/block_index.h"

#include "base/core/check.h"

namespace tusk::dfs {
namespace {

constexpr uint32_t kEmpty = UINT32_MAX;  // no entry: its number would be one too large
constexpr uint32_t kNumberBits = 28;

// Ids are consecutive, or multiples of something: every bit of the id moves every bit of the hash.
uint64_t HashOf(int64_t id) {
  auto x = static_cast<uint64_t>(id);
  x = (x ^ (x >> 32)) * 0xD6E8FEB86659FD93ull;
  x = (x ^ (x >> 32)) * 0xD6E8FEB86659FD93ull;
  return x ^ (x >> 32);
}

uint32_t EntryOf(uint64_t hash, uint32_t number) { return static_cast<uint32_t>(hash & 15) << kNumberBits | number; }
uint32_t NumberOf(uint32_t entry) { return entry & kRecordsMax; }
size_t HomeOf(uint64_t hash) { return static_cast<size_t>(hash >> 4); }  // modulo the slots

}  // namespace

BlockIndex::BlockIndex(const Records& records) : records_(records) {
  buckets_.push_back(std::make_unique<Bucket>());
  buckets_.back()->slots.fill(kEmpty);
  directory_.push_back(buckets_.back().get());
}

// Where it is, or the empty slot where it would go.
size_t BlockIndex::SlotOf(const Bucket& bucket, int64_t id, uint64_t hash) const {
  for (size_t slot = HomeOf(hash) % kSlots;; slot = (slot + 1) % kSlots) {
    const uint32_t entry = bucket.slots[slot];
    if (entry == kEmpty) return slot;
    if (entry >> kNumberBits == (hash & 15) && records_.IdOf(NumberOf(entry)) == id) return slot;
  }
}

uint32_t BlockIndex::Find(int64_t id) const {
  const uint64_t hash = HashOf(id);
  const Bucket& bucket = BucketOf(hash);
  const uint32_t entry = bucket.slots[SlotOf(bucket, id, hash)];
  return entry == kEmpty ? kNoRecord : NumberOf(entry);
}

void BlockIndex::Put(Bucket& bucket, uint64_t hash, uint32_t entry) {
  size_t slot = HomeOf(hash) % kSlots;
  while (bucket.slots[slot] != kEmpty) slot = (slot + 1) % kSlots;
  bucket.slots[slot] = entry;
  ++bucket.used;
}

void BlockIndex::Insert(int64_t id, uint32_t number) {
  TUSK_CHECK(number < kRecordsMax) << "more blocks than the block map can number";
  const uint64_t hash = HashOf(id);
  while (BucketOf(hash).used >= kUsedMax) Split(hash);
  Put(BucketOf(hash), hash, EntryOf(hash, number));
}

void BlockIndex::Split(uint64_t hash) {
  Bucket& full = BucketOf(hash);
  if (full.depth == depth_) {
    std::vector<Bucket*> twice;
    twice.reserve(directory_.size() * 2);
    for (Bucket* bucket : directory_) twice.insert(twice.end(), 2, bucket);
    directory_.swap(twice);
    ++depth_;
  }
  auto upper = std::make_unique<Bucket>();
  upper->slots.fill(kEmpty);
  upper->depth = ++full.depth;
  const std::array<uint32_t, kSlots> entries = full.slots;
  full.slots.fill(kEmpty);
  full.used = 0;
  // The directory's entries of `full` stand side by side; the upper half of them becomes the new one's.
  const size_t first = static_cast<size_t>(hash >> (64 - depth_)) >> (depth_ - full.depth + 1) << (depth_ - full.depth + 1);
  const size_t half = size_t{1} << (depth_ - full.depth);
  for (size_t i = first + half; i < first + 2 * half; ++i) directory_[i] = upper.get();
  for (uint32_t entry : entries) {
    if (entry == kEmpty) continue;
    const uint64_t moved = HashOf(records_.IdOf(NumberOf(entry)));
    Put(BucketOf(moved), moved, entry);
  }
  buckets_.push_back(std::move(upper));
}

void BlockIndex::Erase(int64_t id) {
  const uint64_t hash = HashOf(id);
  Bucket& bucket = BucketOf(hash);
  size_t hole = SlotOf(bucket, id, hash);
  if (bucket.slots[hole] == kEmpty) return;
  bucket.slots[hole] = kEmpty;
  --bucket.used;
  for (size_t slot = (hole + 1) % kSlots; bucket.slots[slot] != kEmpty; slot = (slot + 1) % kSlots) {
    const size_t home = HomeOf(HashOf(records_.IdOf(NumberOf(bucket.slots[slot])))) % kSlots;
    // It may move back into the hole unless its home lies cyclically in (hole, slot].
    if ((slot - home) % kSlots < (slot - hole) % kSlots) continue;
    bucket.slots[hole] = bucket.slots[slot];
    bucket.slots[slot] = kEmpty;
    hole = slot;
  }
}

}  // namespace tusk::dfs
