// The map output buffer with a combiner: a hash table from key to the values seen so far. When a key's block of values
// is full, the combiner shrinks it in place, so frequent keys cost their block and nothing more; when the memory is
// full, all keys are combined, sorted and spilled.
#include <algorithm>
#include <vector>

#include "mapreduce/task/counter_names.h"
#include "mapreduce/task/map_output_kinds.h"
#include "mapreduce/task/spill.h"

namespace tusk::mapreduce {
namespace {

constexpr uint32_t kInlineKeyBytes = 12;    // longer keys stand in the arena
constexpr uint32_t kInlineValueBytes = 15;  // more values stand in a block of the arena
constexpr uint32_t kFirstBlockBytes = 32;
constexpr uint32_t kCombineBytesMin = 128;  // smaller blocks grow instead
constexpr size_t kPendingBytes = 48;         // of a record that may wait
constexpr size_t kPendingMax = 16;           // records that wait
constexpr uint8_t kInlineCombines = 4;      // a key combined so often is frequent: it gets a block

// Both halves of the product: every bit of the input reaches the low bits, by which slots are chosen.
inline uint64_t Fold(uint64_t a, uint64_t b) {
  unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

inline uint64_t HashBytes(ByteView bytes) {
  constexpr uint64_t kFirst = 0x9e3779b97f4a7c15, kSecond = 0xd6e8feb86659fd93;
  uint64_t hash = bytes.size() * kFirst;
  const uint8_t* at = bytes.data();
  size_t left = bytes.size();
  while (left > 8) {
    uint64_t word;
    std::memcpy(&word, at, 8);
    hash = Fold(word ^ kSecond, hash ^ kFirst);
    at += 8;
    left -= 8;
  }
  uint64_t word = 0;
  if (left == 8) {
    std::memcpy(&word, at, 8);
  } else if (left >= 4) {
    uint32_t low, high;
    std::memcpy(&low, at, 4);
    std::memcpy(&high, at + left - 4, 4);
    word = uint64_t{high} << 32 | low;
  } else if (left > 0) {
    word = at[0] | uint64_t{at[left / 2]} << 8 | uint64_t{at[left - 1]} << 16;
  }
  return Fold(word ^ kSecond, hash ^ kFirst);
}

// One cache line: a rare key's line is not in the cache, so it must be the only one that adding a value touches.
struct alignas(64) Entry {
  uint64_t prefix = 0;
  uint32_t key = 0;  // place in the arena; longer than kInlineKeyBytes
  uint32_t key_size = 0;
  uint32_t values = 0;  // place of the block, unless they are inline
  uint32_t used = 0;
  uint32_t capacity = kInlineValueBytes;
  uint32_t partition = 0;
  uint32_t value_count = 0;
  uint8_t inline_key[kInlineKeyBytes];
  uint8_t inline_values[kInlineValueBytes];
  uint8_t combined = 0;

  bool values_inline() const { return capacity == kInlineValueBytes; }
};
static_assert(sizeof(Entry) == 64);

class CombineTable : public MapOutput {
 public:
  explicit CombineTable(MapOutputOptions options)
      : options_(std::move(options)),
        spills_(options_),
        records_(options_.task->GetCounter(kTaskCounters, "MAP_OUTPUT_RECORDS")),
        bytes_(options_.task->GetCounter(kTaskCounters, "MAP_OUTPUT_BYTES")),
        capacity_(std::min<size_t>(options_.buffer_bytes, size_t{2} << 30)),
        arena_(new uint8_t[capacity_]),
        combined_(*this),
        combiner_(options_.combiner()) {
    Clear();
  }

  Status Start() { return combiner_->Start(combined_, *options_.task); }

  Status Take(ByteView key, ByteView value) override {
    records_.Increment();
    bytes_.Increment(static_cast<int64_t>(key.size() + value.size()));
    if (key.size() + value.size() > kPendingBytes || options_.partitioner) {
      RETURN_IF_ERROR(InsertPending(0));
      return Insert(key, value);
    }
    Pending& pending = pending_[pending_end_++ % kPendingMax];
    pending.hash = HashBytes(key);
    pending.key_size = static_cast<uint32_t>(key.size());
    pending.value_size = static_cast<uint32_t>(value.size());
    if (!key.empty()) std::memcpy(pending.bytes, key.data(), key.size());
    if (!value.empty()) std::memcpy(pending.bytes + key.size(), value.data(), value.size());
    __builtin_prefetch(&slots_[SlotOf(pending.hash)]);
    if (pending_end_ >= kPendingMax / 2) {
      const Slot& slot = slots_[SlotOf(pending_[(pending_end_ - kPendingMax / 2) % kPendingMax].hash)];
      if (slot.entry != 0) __builtin_prefetch(&entries_[slot.entry - 1]);
    }
    return InsertPending(kPendingMax - 1);
  }

  Result<MapOutputFile> Finish() override {
    RETURN_IF_ERROR(InsertPending(0));
    RETURN_IF_ERROR(Spill());
    RETURN_IF_ERROR(combiner_->Finish());
    RETURN_IF_ERROR(TakeForeign());
    RETURN_IF_ERROR(Spill());
    options_.task->GetCounter(kTaskCounters, "COMBINE_INPUT_RECORDS").Increment(records_.value());
    arena_.reset();
    return spills_.Finish();
  }

 private:
  // What the combiner emits: values of the key in hand, framed with their lengths; others wait.
  class CombinedSink : public RecordSink {
   public:
    explicit CombinedSink(CombineTable& table) : RecordSink(Form::kFramed), table_(table) {}
    Status Take(ByteView key, ByteView value) override {
      if (AsText(key) != AsText(table_.current_key_)) {
        table_.foreign_.emplace_back(AsText(key), AsText(value));
        return Status::Ok();
      }
      AppendVLong(table_.emitted_, static_cast<int64_t>(value.size()));
      table_.emitted_.append(AsText(value));
      ++table_.emitted_count_;
      return Status::Ok();
    }

   private:
    CombineTable& table_;
  };

  void Clear() {
    entries_.clear();
    used_ = 0;
    std::fill(std::begin(free_), std::end(free_), kNoBlock);
    if (slots_.empty()) {
      slots_.resize(1 << 12);
    } else {
      std::fill(slots_.begin(), slots_.end(), Slot{});
    }
  }

  size_t MemoryUsed() const { return used_ + entries_.size() * sizeof(Entry) + slots_.size() * sizeof(Slot); }

  // Inserts what waits, the oldest first, until at most `left` wait.
  Status InsertPending(size_t left) {
    while (pending_end_ - pending_begin_ > left) {
      const Pending& pending = pending_[pending_begin_++ % kPendingMax];
      RETURN_IF_ERROR(InsertHashed(ByteView(pending.bytes, pending.key_size), ByteView(pending.bytes + pending.key_size, pending.value_size),
                                   pending.hash));
    }
    return Status::Ok();
  }
  size_t SlotOf(uint64_t hash) const { return static_cast<size_t>(hash) & (slots_.size() - 1); }

  Status Insert(ByteView key, ByteView value) { return InsertHashed(key, value, HashBytes(key)); }
  Status InsertHashed(ByteView key, ByteView value, uint64_t hash) {
    uint32_t partition = 0;
    if (options_.partitioner) {
      int wanted = PartitionOf(options_, key, value);
      if (wanted < 0) return BadPartition(key);
      partition = static_cast<uint32_t>(wanted);
      hash += partition * 0x9e3779b97f4a7c15;
    }
    uint32_t tag = static_cast<uint32_t>(hash >> 32);
    size_t mask = slots_.size() - 1;
    size_t at = static_cast<size_t>(hash) & mask;
    for (; slots_[at].entry != 0; at = (at + 1) & mask) {
      if (slots_[at].tag != tag) continue;
      Entry& entry = entries_[slots_[at].entry - 1];
      if (entry.key_size == key.size() && (!options_.partitioner || entry.partition == partition) &&
          std::memcmp(KeyData(entry), key.data(), key.size()) == 0) {
        return AddValue(entry, value);
      }
    }
    return AddKey(key, value, partition, tag, at);
  }

  Status AddKey(ByteView key, ByteView value, uint32_t partition, uint32_t tag, size_t slot) {
    size_t room = key.size() + value.size() + kVLongBytesMax + 2 * kFirstBlockBytes + sizeof(Entry);
    if (MemoryUsed() + room > capacity_ / 16 * 15) {
      if (entries_.empty()) return TooLarge(key.size() + value.size());
      RETURN_IF_ERROR(Spill());
      if (MemoryUsed() + room > capacity_ / 16 * 15) return TooLarge(key.size() + value.size());
      return Insert(key, value);
    }
    Entry entry;
    entry.key_size = static_cast<uint32_t>(key.size());
    if (key.size() > kInlineKeyBytes) {
      entry.key = static_cast<uint32_t>(used_);
      std::memcpy(arena_.get() + used_, key.data(), key.size());
      used_ += key.size();
    } else if (!key.empty()) {
      std::memcpy(entry.inline_key, key.data(), key.size());
    }
    entry.prefix = options_.order.PrefixOf(key);
    entry.partition = options_.partitioner ? partition : static_cast<uint32_t>(PartitionOf(options_, key, value));
    entries_.push_back(entry);
    slots_[slot] = {tag, static_cast<uint32_t>(entries_.size())};
    if (entries_.size() * 2 > slots_.size()) Rehash();
    return AddValue(entries_.back(), value);
  }

  static Status TooLarge(size_t size) {
    return Status(Code::kResourceExhausted, "a record of " + std::to_string(size) + " bytes does not fit into mapreduce.task.io.sort.mb");
  }

  const uint8_t* KeyData(const Entry& entry) const {
    return entry.key_size <= kInlineKeyBytes ? entry.inline_key : arena_.get() + entry.key;
  }
  ByteView KeyOf(const Entry& entry) const { return ByteView(KeyData(entry), entry.key_size); }
  uint8_t* ValueData(Entry& entry) { return entry.values_inline() ? entry.inline_values : arena_.get() + entry.values; }

  Status AddValue(Entry& entry, ByteView value) {
    size_t needed = value.size() + (value.size() <= 127 ? 1 : VLongSize(static_cast<int64_t>(value.size())));
    if (entry.used + needed > entry.capacity) [[unlikely]] {
      size_t place = static_cast<size_t>(&entry - entries_.data());
      ASSIGN_OR_RETURN(bool kept, MakeRoom(entry, needed));
      if (!kept) {  // the table was spilled
        current_copy_.assign(AsText(value));
        std::string key = std::move(spilled_key_);
        return Insert(AsBytes(key), AsBytes(current_copy_));
      }
      return Append(entries_[place], value);
    }
    return Append(entry, value);
  }

  Status Append(Entry& entry, ByteView value) {
    uint8_t* to = ValueData(entry) + entry.used;
    uint8_t* at = WriteVLong(to, static_cast<int64_t>(value.size()));
    if (!value.empty()) std::memcpy(at, value.data(), value.size());
    entry.used += static_cast<uint32_t>(at - to + static_cast<ptrdiff_t>(value.size()));
    ++entry.value_count;
    return Status::Ok();
  }

  // Room for `needed` more bytes of values: by combining, then by a larger block. False: all was spilled and the entry
  // is gone; its key is in spilled_key_.
  Result<bool> MakeRoom(Entry& entry, size_t needed) {
    bool is_inline = entry.values_inline();
    if (entry.value_count > 1 && (entry.capacity >= kCombineBytesMin || (is_inline && entry.combined < kInlineCombines))) {
      RETURN_IF_ERROR(Combine(entry));
      ++entry.combined;
      if (entry.used + needed <= (is_inline ? entry.capacity : entry.capacity / 2)) return true;
    }
    uint32_t wanted = !is_inline ? entry.capacity * 2 : entry.combined >= kInlineCombines ? kCombineBytesMin : kFirstBlockBytes;
    while (wanted < entry.used + needed) {
      if (wanted > capacity_ / 2) return TooLarge(needed);
      wanted *= 2;
    }
    int size_class = __builtin_ctz(wanted);
    uint32_t block = free_[size_class];
    if (block != kNoBlock) {
      std::memcpy(&free_[size_class], arena_.get() + block, sizeof(uint32_t));
    } else {
      if (MemoryUsed() + wanted > capacity_) {
        spilled_key_.assign(AsText(KeyOf(entry)));
        if (entries_.size() == 1 && entry.used == 0) return TooLarge(needed);
        RETURN_IF_ERROR(Spill());
        return false;
      }
      block = static_cast<uint32_t>(used_);
      used_ += wanted;
    }
    if (entry.used > 0) std::memcpy(arena_.get() + block, ValueData(entry), entry.used);
    if (!is_inline) {
      int old_class = __builtin_ctz(entry.capacity);
      std::memcpy(arena_.get() + entry.values, &free_[old_class], sizeof(uint32_t));
      free_[old_class] = entry.values;
    }
    entry.values = block;
    entry.capacity = wanted;
    return true;
  }

  // Replaces the values by what the combiner makes of them; emitted_ holds them where they do not fit any more.
  Status RunCombiner(Entry& entry) {
    current_key_ = KeyOf(entry);
    emitted_.clear();
    emitted_count_ = 0;
    const uint8_t* values = ValueData(entry);
    return combiner_->Reduce(current_key_, ValueRun{values, values + entry.used});
  }
  Status Combine(Entry& entry) {
    RETURN_IF_ERROR(RunCombiner(entry));
    if (emitted_.size() > entry.capacity) return Status::Ok();  // it grew: keep what was there
    std::memcpy(ValueData(entry), emitted_.data(), emitted_.size());
    entry.used = static_cast<uint32_t>(emitted_.size());
    entry.value_count = emitted_count_;
    return Status::Ok();
  }

  void Rehash() {
    std::vector<Slot> larger(slots_.size() * 2);
    size_t mask = larger.size() - 1;
    for (uint32_t i = 0; i < entries_.size(); ++i) {
      const Entry& entry = entries_[i];
      uint64_t hash = HashBytes(KeyOf(entry));
      if (options_.partitioner) hash += entry.partition * 0x9e3779b97f4a7c15;
      size_t at = static_cast<size_t>(hash) & mask;
      while (larger[at].entry != 0) at = (at + 1) & mask;
      larger[at] = {static_cast<uint32_t>(hash >> 32), i + 1};
    }
    slots_.swap(larger);
  }

  void SortEntries() {
    std::sort(entries_.begin(), entries_.end(), [this](const Entry& a, const Entry& b) {
      if (a.partition != b.partition) return a.partition < b.partition;
      int order = options_.order.Compare(a.prefix, KeyOf(a), b.prefix, KeyOf(b));
      return order < 0;
    });
  }

  Status Spill() {
    while (!entries_.empty()) {
      SortEntries();
      ASSIGN_OR_RETURN(std::unique_ptr<SpillWriter> spill, spills_.Start());
      for (Entry& entry : entries_) RETURN_IF_ERROR(SpillEntry(entry, *spill));
      options_.task->GetCounter(kTaskCounters, "COMBINE_OUTPUT_RECORDS").Increment(static_cast<int64_t>(spill->records()));
      RETURN_IF_ERROR(spills_.Add(std::move(spill)));
      Clear();
      RETURN_IF_ERROR(TakeForeign());
    }
    return Status::Ok();
  }

  Status SpillEntry(Entry& entry, SpillWriter& spill) {
    ByteView key = KeyOf(entry);
    ByteView values(ValueData(entry), entry.used);
    if (entry.value_count > 1) {
      RETURN_IF_ERROR(RunCombiner(entry));
      values = AsBytes(emitted_);
    }
    const uint8_t* at = values.data();
    const uint8_t* end = at + values.size();
    while (at != end) {
      int64_t size = 0;
      at = ReadVLong(at, end, &size);
      RETURN_IF_ERROR(spill.Append(static_cast<int>(entry.partition), key, ByteView(at, static_cast<size_t>(size))));
      at += size;
    }
    return Status::Ok();
  }

  // Records of other keys that the combiner emitted.
  Status TakeForeign() {
    if (foreign_.empty()) return Status::Ok();
    std::vector<std::pair<std::string, std::string>> waiting;
    waiting.swap(foreign_);
    for (const auto& [key, value] : waiting) RETURN_IF_ERROR(Insert(AsBytes(key), AsBytes(value)));
    return Status::Ok();
  }

  // Records on their way in: while a few others are inserted, the cache fetches the slot of each and then its entry.
  struct Pending {
    uint64_t hash;
    uint32_t key_size, value_size;
    uint8_t bytes[kPendingBytes];
  };
  struct Slot {
    uint32_t tag = 0;
    uint32_t entry = 0;  // index + 1; 0: free
  };
  static constexpr uint32_t kNoBlock = UINT32_MAX;

  const MapOutputOptions options_;
  SpillSet spills_;
  Counter& records_;
  Counter& bytes_;
  const size_t capacity_;
  std::unique_ptr<uint8_t[]> arena_;
  size_t used_ = 0;
  Pending pending_[kPendingMax];
  size_t pending_begin_ = 0, pending_end_ = 0;  // counts, not places
  uint32_t free_[33] = {};  // heads of the lists of free blocks, by log2 of their size
  std::vector<Entry> entries_;
  std::vector<Slot> slots_;
  CombinedSink combined_;
  std::unique_ptr<ReduceBody> combiner_;
  ByteView current_key_;
  std::string emitted_;
  uint32_t emitted_count_ = 0;
  std::string spilled_key_, current_copy_;
  std::vector<std::pair<std::string, std::string>> foreign_;
};

}  // namespace

Result<std::unique_ptr<MapOutput>> MakeCombineTable(MapOutputOptions options) {
  auto table = std::make_unique<CombineTable>(std::move(options));
  RETURN_IF_ERROR(table->Start());
  return Result<std::unique_ptr<MapOutput>>(std::move(table));
}

}  // namespace tusk::mapreduce
