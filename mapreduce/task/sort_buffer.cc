// The map output buffer without a combiner, or with one that wants sorted runs: records as they will stand in the IFile in one arena, and 16-byte entries
// (key prefix, place, partition) that are sorted by radix over the prefixes.
#include <algorithm>
#include <memory>
#include <vector>

#include "mapreduce/task/counter_names.h"
#include "mapreduce/task/map_output.h"
#include "mapreduce/task/map_output_kinds.h"
#include "mapreduce/task/spill.h"

namespace tusk::mapreduce {
namespace {

struct Entry {
  uint64_t prefix;
  uint32_t offset;
  uint32_t partition;
};

// Sorts by prefix alone, stable; buckets of equal prefixes are left to `ties`.
class PrefixSort {
 public:
  template <typename Ties>
  void Sort(Entry* first, Entry* last, const Ties& ties) {
    if (scratch_.size() < static_cast<size_t>(last - first)) scratch_.resize(static_cast<size_t>(last - first));
    Radix(first, last, 56, ties);
  }

 private:
  static constexpr ptrdiff_t kSmall = 96;

  // Equal keys stay in the order of emission: their places grow with it.
  template <typename Ties>
  static void SortWhole(Entry* first, Entry* last, const Ties& ties) {
    std::sort(first, last, [&](const Entry& a, const Entry& b) {
      if (a.prefix != b.prefix) return a.prefix < b.prefix;
      int order = ties(a, b);
      return order != 0 ? order < 0 : a.offset < b.offset;
    });
  }

  template <typename Ties>
  void Radix(Entry* first, Entry* last, int shift, const Ties& ties) {
    ptrdiff_t size = last - first;
    if (size < 2) return;
    if (size <= kSmall || shift < 0) {
      SortWhole(first, last, ties);
      return;
    }
    size_t starts[257] = {};
    for (const Entry* at = first; at != last; ++at) ++starts[(at->prefix >> shift & 255) + 1];
    for (int i = 0; i < 256; ++i) {
      if (starts[i + 1] == static_cast<size_t>(size)) return Radix(first, last, shift - 8, ties);  // one bucket holds all
    }
    for (int i = 0; i < 256; ++i) starts[i + 1] += starts[i];
    size_t next[256];
    std::copy(starts, starts + 256, next);
    for (const Entry* at = first; at != last; ++at) scratch_[next[at->prefix >> shift & 255]++] = *at;
    std::copy(scratch_.begin(), scratch_.begin() + size, first);
    for (int i = 0; i < 256; ++i) Radix(first + starts[i], first + starts[i + 1], shift - 8, ties);
  }

  std::vector<Entry> scratch_;
};

class SortBuffer : public MapOutput {
 public:
  explicit SortBuffer(MapOutputOptions options)
      : options_(std::move(options)),
        spills_(options_),
        records_(options_.task->GetCounter(kTaskCounters, "MAP_OUTPUT_RECORDS")),
        bytes_(options_.task->GetCounter(kTaskCounters, "MAP_OUTPUT_BYTES")),
        capacity_(std::min<size_t>(options_.buffer_bytes, size_t{2} << 30)),
        arena_(new uint8_t[capacity_]) {}

  Status Take(ByteView key, ByteView value) override {
    size_t room = key.size() + value.size() + 2 * kVLongBytesMax;
    if (used_ + room + (entries_.size() + 1) * sizeof(Entry) > capacity_) [[unlikely]] {
      RETURN_IF_ERROR(Spill());
      if (room + sizeof(Entry) > capacity_) {
        return Status(Code::kResourceExhausted, "a record of " + std::to_string(key.size() + value.size()) +
                                                    " bytes does not fit into mapreduce.task.io.sort.mb");
      }
    }
    int partition = PartitionOf(options_, key, value);
    if (partition < 0) [[unlikely]] return BadPartition(key);
    uint8_t* start = arena_.get() + used_;
    uint8_t* at = WriteVLong(start, static_cast<int64_t>(key.size()));
    at = WriteVLong(at, static_cast<int64_t>(value.size()));
    if (!key.empty()) std::memcpy(at, key.data(), key.size());
    at += key.size();
    if (!value.empty()) std::memcpy(at, value.data(), value.size());
    at += value.size();
    entries_.push_back({options_.order.PrefixOf(key), static_cast<uint32_t>(used_), static_cast<uint32_t>(partition)});
    used_ += static_cast<size_t>(at - start);
    records_.Increment();
    bytes_.Increment(static_cast<int64_t>(key.size() + value.size()));
    return Status::Ok();
  }

  Result<MapOutputFile> Finish() override {
    if (!entries_.empty()) RETURN_IF_ERROR(Spill());
    arena_.reset();
    return spills_.Finish();
  }

 private:
  ByteView RecordAt(uint32_t offset, ByteView* key) const {
    const uint8_t* start = arena_.get() + offset;
    int64_t key_size = 0, value_size = 0;
    const uint8_t* at = ReadVLong(start, start + kVLongBytesMax, &key_size);
    at = ReadVLong(at, at + kVLongBytesMax, &value_size);
    *key = ByteView(at, static_cast<size_t>(key_size));
    return ByteView(start, static_cast<size_t>(at - start + key_size + value_size));
  }

  // Counting sort by partition, then radix within each.
  void Sort() {
    std::vector<size_t> starts(static_cast<size_t>(options_.partitions) + 1);
    if (options_.partitions > 1) {
      for (const Entry& entry : entries_) ++starts[entry.partition + 1];
      for (size_t i = 1; i < starts.size(); ++i) starts[i] += starts[i - 1];
      std::vector<size_t> next(starts.begin(), starts.end() - 1);
      std::vector<Entry> grouped(entries_.size());
      for (const Entry& entry : entries_) grouped[next[entry.partition]++] = entry;
      entries_.swap(grouped);
    } else {
      starts[1] = entries_.size();
    }
    bool ties_matter = options_.order.compare || !options_.order.type->prefix_decides;
    auto ties = [this, ties_matter](const Entry& a, const Entry& b) {
      if (!ties_matter) return 0;
      ByteView left, right;
      RecordAt(a.offset, &left);
      RecordAt(b.offset, &right);
      return options_.order.Compare(0, left, 0, right);
    };
    PrefixSort sort;
    for (int i = 0; i < options_.partitions; ++i) {
      size_t part = static_cast<size_t>(i);
      sort.Sort(entries_.data() + starts[part], entries_.data() + starts[part + 1], ties);
    }
  }

  Status Spill() {
    if (entries_.empty()) return Status::Ok();
    Sort();
    ASSIGN_OR_RETURN(std::unique_ptr<SpillWriter> spill, spills_.Start());
    if (options_.combiner) {
      RETURN_IF_ERROR(Combine(*spill));
    } else {
      ByteView key;
      for (const Entry& entry : entries_) {
        RETURN_IF_ERROR(spill->AppendEncoded(static_cast<int>(entry.partition), RecordAt(entry.offset, &key)));
      }
    }
    RETURN_IF_ERROR(spills_.Add(std::move(spill)));
    entries_.clear();
    used_ = 0;
    return Status::Ok();
  }

  // What the combiner makes of a partition goes to the spill in the order that it comes: its order is the combiner's word.
  class CombinedRecords : public RecordSink {
   public:
    CombinedRecords(SpillWriter& spill, int partition, Counter& records)
        : RecordSink(Form::kFramed), spill_(spill), partition_(partition), records_(records) {}
    Status Take(ByteView key, ByteView value) override {
      records_.Increment();
      return spill_.Append(partition_, key, value);
    }

   private:
    SpillWriter& spill_;
    int partition_;
    Counter& records_;
  };

  Status Combine(SpillWriter& spill) {
    Counter& records_in = options_.task->GetCounter(kTaskCounters, "COMBINE_INPUT_RECORDS");
    Counter& records_out = options_.task->GetCounter(kTaskCounters, "COMBINE_OUTPUT_RECORDS");
    for (size_t first = 0; first < entries_.size();) {
      uint32_t partition = entries_[first].partition;
      CombinedRecords sink(spill, static_cast<int>(partition), records_out);
      std::unique_ptr<ReduceBody> combiner = options_.combiner();
      RETURN_IF_ERROR(combiner->Start(sink, *options_.task));
      while (first < entries_.size() && entries_[first].partition == partition) {
        ByteView key;
        std::string values;  // of one key, each after its length
        size_t at = first;
        for (; at < entries_.size() && entries_[at].partition == partition; ++at) {
          ByteView other;
          ByteView record = RecordAt(entries_[at].offset, &other);
          if (at == first) key = other;
          // Keys that an order of the job finds equal may still differ, and a program sees them.
          if (at != first && AsText(key) != AsText(other)) break;
          ByteView value = record.subspan(static_cast<size_t>(other.data() - record.data()) + other.size());
          AppendVLong(values, static_cast<int64_t>(value.size()));
          values.append(AsText(value));
        }
        records_in.Increment(static_cast<int64_t>(at - first));
        const uint8_t* start = reinterpret_cast<const uint8_t*>(values.data());
        RETURN_IF_ERROR(combiner->Reduce(key, ValueRun{start, start + values.size()}));
        first = at;
      }
      RETURN_IF_ERROR(combiner->Finish());
    }
    return Status::Ok();
  }

  const MapOutputOptions options_;
  SpillSet spills_;
  Counter& records_;
  Counter& bytes_;
  const size_t capacity_;
  std::unique_ptr<uint8_t[]> arena_;
  size_t used_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace

int PartitionOf(const MapOutputOptions& options, ByteView key, ByteView value) {
  if (options.partitioner) {
    int partition = options.partitioner->PartitionOf(key, value, options.partitions);
    return partition < options.partitions ? partition : -1;
  }
  if (options.partitions == 1) return 0;
  return (options.order.type->hash(key) & 0x7fffffff) % options.partitions;
}

Status BadPartition(ByteView key) {
  return Status(Code::kIOError, "Illegal partition for a key of " + std::to_string(key.size()) + " bytes");
}

std::unique_ptr<MapOutput> MakeSortBuffer(MapOutputOptions options) { return std::make_unique<SortBuffer>(std::move(options)); }

Result<std::unique_ptr<MapOutput>> MakeMapOutput(MapOutputOptions options) {
  if (options.buffer_bytes < 64 << 10) options.buffer_bytes = 64 << 10;
  return options.combiner && !options.combine_sorted ? MakeCombineTable(std::move(options)) : Result<std::unique_ptr<MapOutput>>(MakeSortBuffer(std::move(options)));
}

}  // namespace tusk::mapreduce
