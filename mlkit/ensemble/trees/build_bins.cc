// Bins of all columns from a sample of all ranks' rows.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "mlkit/api/random.h"
#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/ensemble/trees/column_bins.h"

namespace tusk::ml {
namespace {

constexpr size_t kChunkBytes = 32 << 20;
constexpr size_t kColumnsAtOnce = 16;  // a cache line of floats
constexpr uint64_t kSampleStream = 0x62696e73;  // "bins"

struct SampledRow {
  const Block* block;
  size_t row;
};

std::vector<SampledRow> SampleRows(const WorkerContext& context, uint64_t wanted) {
  std::vector<SampledRow> sample;
  const uint64_t total = context.schema->rows;
  const double fraction = total <= wanted ? 1.0 : static_cast<double>(wanted) / static_cast<double>(total);
  const auto limit = static_cast<uint64_t>(fraction * 4294967296.0);
  for (const OwnedShard& shard : context.shards) {
    for (size_t row = 0; row < shard.block->rows; ++row) {
      const uint64_t number = shard.block->first_row + row;
      if (limit < 4294967296 &&
          Philox4x32({static_cast<uint32_t>(number), static_cast<uint32_t>(number >> 32), kSampleStream, 0},
                     {static_cast<uint32_t>(context.seed), static_cast<uint32_t>(context.seed >> 32)})[0] >= limit) {
        continue;
      }
      sample.push_back({shard.block.get(), row});
    }
  }
  return sample;
}

// Sums equal values; `values` need not be sorted.
std::vector<ValueCount> Merged(std::vector<ValueCount> values) {
  std::sort(values.begin(), values.end(), [](const ValueCount& a, const ValueCount& b) { return a.value < b.value; });
  size_t out = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (out > 0 && values[out - 1].value == values[i].value) {
      values[out - 1].count += values[i].count;
    } else {
      values[out++] = values[i];
    }
  }
  values.resize(out);
  return values;
}

uint32_t OrderedBits(float value) {
  uint32_t bits = 0;
  const float plus_zero = value + 0.0F;  // -0 and 0 are one value
  std::memcpy(&bits, &plus_zero, sizeof bits);
  return (bits & 0x80000000U) != 0 ? ~bits : bits | 0x80000000U;
}
float FromOrderedBits(uint32_t bits) {
  bits = (bits & 0x80000000U) != 0 ? bits & 0x7fffffffU : ~bits;
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// Distinct values, ascending, with their numbers; by radix sort where that pays.
std::vector<ValueCount> Distinct(std::vector<uint32_t>& bits) {
  if (bits.size() < 2048) {
    std::sort(bits.begin(), bits.end());
  } else {
    std::vector<uint32_t> other(bits.size());
    for (const int shift : {0, 11, 22}) {
      std::vector<size_t> starts(2049);
      for (const uint32_t value : bits) ++starts[((value >> shift) & 2047) + 1];
      for (size_t i = 0; i < 2048; ++i) starts[i + 1] += starts[i];
      for (const uint32_t value : bits) other[starts[(value >> shift) & 2047]++] = value;
      bits.swap(other);
    }
  }
  std::vector<ValueCount> values;
  for (size_t i = 0; i < bits.size();) {
    size_t end = i;
    while (end < bits.size() && bits[end] == bits[i]) ++end;
    values.push_back({FromOrderedBits(bits[i]), static_cast<uint32_t>(end - i)});
    i = end;
  }
  return values;
}

class BinBuilder {
 public:
  BinBuilder(WorkerContext& context, const BinSettings& settings)
      : context_(context), settings_(settings), columns_(context.schema->columns), bins_(columns_) {}

  Result<std::vector<ColumnBins>> Build() {
    sample_ = SampleRows(context_, settings_.sample_rows);
    sampled_total_ = {static_cast<int64_t>(sample_.size())};
    RETURN_IF_ERROR(context_.comm->AllReduceSum(std::span<int64_t>(sampled_total_)));
    RETURN_IF_ERROR(FindMissing());
    if (context_.schema->sparse) TransposeSample();
    const auto rows = std::max<uint64_t>(1, static_cast<uint64_t>(sampled_total_[0]));
    const size_t step = std::clamp<size_t>(kChunkBytes / (sizeof(ValueCount) * rows), 1, columns_ == 0 ? 1 : columns_);
    for (size_t begin = 0; begin < columns_; begin += step) {
      RETURN_IF_ERROR(Chunk(begin, std::min(columns_, begin + step)));
    }
    RETURN_IF_ERROR(Share());
    return std::move(bins_);
  }

 private:
  bool Categorical(size_t column) const {
    return column < context_.schema->categorical.size() && context_.schema->categorical[column];
  }
  int Owner(size_t column) const { return static_cast<int>(column % static_cast<size_t>(context_.comm->size())); }

  // A bin for missing values is wanted where any row, sampled or not, has one.
  Status FindMissing() {
    std::vector<std::vector<int64_t>> found(context_.shards.size());
    context_.pool->ParallelFor(context_.shards.size(), [&](size_t s) {
      const Block& block = *context_.shards[s].block;
      found[s].assign(columns_, 0);
      if (block.sparse) {
        for (size_t i = 0; i < block.values.size(); ++i) {
          if (std::isnan(block.values[i])) found[s][block.indices[i]] = 1;
        }
        return;
      }
      for (size_t row = 0; row < block.rows; ++row) {
        const float* values = block.dense.data() + row * block.columns;
        for (size_t c = 0; c < block.columns; ++c) found[s][c] |= values[c] != values[c] ? 1 : 0;
      }
    });
    std::vector<int64_t> sums(columns_);
    for (const auto& one : found) {
      for (size_t c = 0; c < columns_; ++c) sums[c] += one[c];
    }
    RETURN_IF_ERROR(context_.comm->AllReduceSum(std::span<int64_t>(sums)));
    for (size_t c = 0; c < columns_; ++c) bins_[c].missing = sums[c] > 0;
    return Status::Ok();
  }

  void TransposeSample() {
    by_column_.resize(columns_);
    for (const SampledRow& at : sample_) {
      const SparseRow row = at.block->Row(at.row);
      for (size_t i = 0; i < row.columns.size(); ++i) by_column_[row.columns[i]].push_back(row.values[i]);
    }
  }

  std::vector<ValueCount> SparseValues(size_t column) const {
    std::vector<uint32_t> bits;
    for (const float value : by_column_[column]) {
      if (!std::isnan(value)) bits.push_back(OrderedBits(value));
    }
    std::vector<ValueCount> values = Distinct(bits);
    if (sample_.size() > by_column_[column].size()) {
      values.push_back({0.0F, static_cast<uint32_t>(sample_.size() - by_column_[column].size())});
    }
    return values;
  }

  // This rank's values of columns [begin, end), which share cache lines.
  void LocalValues(size_t begin, size_t end, std::vector<ValueCount>* out) const {
    if (context_.schema->sparse) {
      for (size_t c = begin; c < end; ++c) out[c - begin] = SparseValues(c);
      return;
    }
    std::vector<std::vector<uint32_t>> bits(end - begin, std::vector<uint32_t>(sample_.size()));
    std::array<size_t, kColumnsAtOnce> used{};
    for (const SampledRow& at : sample_) {
      const float* values = at.block->dense.data() + at.row * at.block->columns;
      for (size_t c = begin; c < end; ++c) {
        const float value = c < at.block->columns ? values[c] : 0.0F;
        bits[c - begin][used[c - begin]] = OrderedBits(value);
        used[c - begin] += std::isnan(value) ? 0 : 1;
      }
    }
    for (size_t i = 0; i < bits.size(); ++i) {
      bits[i].resize(used[i]);
      out[i] = Distinct(bits[i]);
    }
  }

  Status Chunk(size_t begin, size_t end) {
    std::vector<std::vector<ValueCount>> mine(end - begin);
    context_.pool->ParallelFor((end - begin + kColumnsAtOnce - 1) / kColumnsAtOnce, [&](size_t group) {
      const size_t first = begin + group * kColumnsAtOnce;
      LocalValues(first, std::min(end, first + kColumnsAtOnce), mine.data() + (first - begin));
    });
    if (context_.comm->size() > 1) RETURN_IF_ERROR(Exchange(mine));
    context_.pool->ParallelFor(end - begin, [&](size_t i) {
      const size_t column = begin + i;
      if (Owner(column) != context_.comm->rank()) return;
      const std::vector<ValueCount> values = Merged(std::move(mine[i]));
      ColumnBins& bins = bins_[column];
      bins.categorical = Categorical(column);
      if (bins.categorical) {
        bins.categories = ChooseCategories(values, settings_.bins_max);
      } else {
        bins.edges = ChooseEdges(values, settings_.bins_max, settings_.rows_per_bin_min);
      }
    });
    return Status::Ok();
  }

  // Everybody's values of a chunk's columns: u32 count, then the values.
  Status Exchange(std::vector<std::vector<ValueCount>>& columns) {
    std::vector<uint8_t> bytes;
    for (const auto& values : columns) {
      const auto count = static_cast<uint32_t>(values.size());
      const size_t at = bytes.size();
      bytes.resize(at + sizeof count + count * sizeof(ValueCount));
      std::memcpy(bytes.data() + at, &count, sizeof count);
      if (count > 0) std::memcpy(bytes.data() + at + sizeof count, values.data(), count * sizeof(ValueCount));
    }
    ASSIGN_OR_RETURN(const std::vector<std::vector<uint8_t>> all, context_.comm->AllGather(bytes));
    for (auto& values : columns) values.clear();
    for (const auto& part : all) {
      size_t at = 0;
      for (auto& values : columns) {
        uint32_t count = 0;
        if (part.size() - at < sizeof count) return Status(Code::kCorruption, "a rank's sample is cut off");
        std::memcpy(&count, part.data() + at, sizeof count);
        at += sizeof count;
        if ((part.size() - at) / sizeof(ValueCount) < count) return Status(Code::kCorruption, "a rank's sample is cut off");
        const size_t old = values.size();
        values.resize(old + count);
        if (count > 0) std::memcpy(values.data() + old, part.data() + at, count * sizeof(ValueCount));
        at += count * sizeof(ValueCount);
      }
    }
    return Status::Ok();
  }

  // The owners' results to everybody.
  Status Share() {
    if (context_.comm->size() > 1) {
      std::vector<ColumnBins> mine;
      for (size_t c = 0; c < columns_; ++c) {
        if (Owner(c) == context_.comm->rank()) mine.push_back(bins_[c]);
      }
      Bundle bundle;
      SaveBins(mine, bundle);
      ASSIGN_OR_RETURN(const std::vector<std::vector<uint8_t>> all, context_.comm->AllGather(bundle.Encode()));
      for (size_t r = 0; r < all.size(); ++r) {
        ASSIGN_OR_RETURN(const Bundle theirs, Bundle::Decode(all[r], "bins of rank " + std::to_string(r)));
        ASSIGN_OR_RETURN(std::vector<ColumnBins> columns, LoadBins(theirs));
        size_t next = 0;
        for (size_t c = r; c < columns_ && next < columns.size(); c += all.size()) bins_[c] = std::move(columns[next++]);
      }
    }
    for (ColumnBins& column : bins_) column.zero_bin = column.BinOf(0.0F);
    return Status::Ok();
  }

  WorkerContext& context_;
  const BinSettings settings_;
  const size_t columns_;
  std::vector<ColumnBins> bins_;
  std::vector<SampledRow> sample_;
  std::vector<int64_t> sampled_total_;
  std::vector<std::vector<float>> by_column_;  // sparse data only
};

}  // namespace

Result<std::vector<ColumnBins>> BuildBins(WorkerContext& context, const BinSettings& settings) {
  return BinBuilder(context, settings).Build();
}

}  // namespace tusk::ml
