// Every rank's shards to everybody: u64 shard number, u64 has weights, then labels, weights and bins column by column.
#include "mlkit/ensemble/forest/forest_data.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/ensemble/trees/column_binner.h"

namespace tusk::ml {
namespace {

std::vector<uint8_t> BinsOf(const Block& block, const std::vector<ColumnBins>& columns, ThreadPool& pool) {
  constexpr size_t kAtOnce = 16;        // a cache line of floats
  std::vector<uint8_t> bins(columns.size() * block.rows);
  pool.ParallelFor((columns.size() + kAtOnce - 1) / kAtOnce, [&](size_t group) {
    const size_t first = group * kAtOnce, last = std::min(columns.size(), first + kAtOnce);
    if (block.sparse || last > block.columns) {
      for (size_t c = first; c < last; ++c) {
        uint8_t* to = bins.data() + c * block.rows;
        if (block.sparse || c >= block.columns) {
          std::fill_n(to, block.rows, columns[c].zero_bin);
        } else {
          for (size_t row = 0; row < block.rows; ++row) to[row] = columns[c].BinOf(block.dense[row * block.columns + c]);
        }
      }
      return;
    }
    const std::vector<ColumnBinner> binners(columns.begin() + static_cast<ptrdiff_t>(first),
                                            columns.begin() + static_cast<ptrdiff_t>(last));
    for (size_t row = 0; row < block.rows; ++row) {
      const float* values = block.dense.data() + row * block.columns;
      for (size_t c = first; c < last; ++c) bins[c * block.rows + row] = binners[c - first].BinOf(values[c]);
    }
  });
  if (!block.sparse) return bins;
  for (size_t row = 0; row < block.rows; ++row) {
    const SparseRow values = block.Row(row);
    for (size_t i = 0; i < values.columns.size(); ++i) {
      bins[values.columns[i] * block.rows + row] = columns[values.columns[i]].BinOf(values.values[i]);
    }
  }
  return bins;
}

void Put(std::vector<uint8_t>& bytes, const void* data, size_t size) {
  const auto* from = static_cast<const uint8_t*>(data);
  bytes.insert(bytes.end(), from, from + size);
}

// One shard's part of a rank's bytes into its place.
Status Place(const std::vector<uint8_t>& part, size_t& at, const std::vector<int64_t>& starts, ForestData& data) {
  const Status bad(Code::kCorruption, "a rank's shard is cut off");
  uint64_t head[2] = {};
  if (part.size() - at < sizeof head) return bad;
  std::memcpy(head, part.data() + at, sizeof head);
  at += sizeof head;
  if (head[0] + 1 >= starts.size()) return bad;
  const auto first = static_cast<size_t>(starts[head[0]]);
  const size_t rows = static_cast<size_t>(starts[head[0] + 1]) - first;
  const size_t size = rows * (4 + (head[1] != 0 ? 4 : 0) + data.columns.size());
  if (part.size() - at < size) return bad;
  if (rows == 0) return Status::Ok();
  std::memcpy(data.labels.data() + first, part.data() + at, rows * 4);
  at += rows * 4;
  if (head[1] != 0) {
    if (data.weights.empty()) data.weights.assign(data.rows, 1.0F);
    std::memcpy(data.weights.data() + first, part.data() + at, rows * 4);
    at += rows * 4;
  }
  for (size_t c = 0; c < data.columns.size(); ++c, at += rows) {
    std::memcpy(data.bins.data() + c * data.rows + first, part.data() + at, rows);
  }
  return Status::Ok();
}

void Transpose(ForestData& data, ThreadPool& pool) {
  const size_t columns = data.columns.size();
  data.bins_by_row.resize(data.bins.size());
  constexpr size_t kTile = 64;
  pool.ParallelFor((data.rows + kTile - 1) / kTile, [&](size_t tile) {
    const size_t end = std::min(data.rows, (tile + 1) * kTile);
    for (size_t first = 0; first < columns; first += kTile) {
      for (size_t row = tile * kTile; row < end; ++row) {
        for (size_t c = first; c < std::min(columns, first + kTile); ++c) {
          data.bins_by_row[row * columns + c] = data.bins[c * data.rows + row];
        }
      }
    }
  });
}

void FindCommonBins(ForestData& data, ThreadPool& pool) {
  data.common.resize(data.columns.size());
  pool.ParallelFor(data.columns.size(), [&](size_t c) {
    std::vector<uint32_t> counts(256);
    for (size_t row = 0; row < data.rows; ++row) ++counts[data.Column(c)[row]];
    data.common[c] = static_cast<uint8_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
  });
}

template <typename T>
void Permute(std::vector<T>& values, const std::vector<uint32_t>& order) {
  if (values.empty()) return;
  std::vector<T> moved(values.size());
  for (size_t i = 0; i < order.size(); ++i) moved[i] = values[order[i]];
  values = std::move(moved);
}

}  // namespace

void Reorder(ForestData& data, const std::vector<uint32_t>& order, ThreadPool& pool) {
  pool.ParallelFor(data.columns.size(), [&](size_t c) {
    uint8_t* column = data.bins.data() + c * data.rows;
    const std::vector<uint8_t> before(column, column + data.rows);
    for (size_t i = 0; i < order.size(); ++i) column[i] = before[order[i]];
  });
  Transpose(data, pool);
  Permute(data.labels, order);
  Permute(data.weights, order);
  Permute(data.numbers, order);
  for (size_t i = 0; i < data.rows; ++i) data.places[data.numbers[i]] = static_cast<uint32_t>(i);
}

Result<ForestData> GatherForestData(WorkerContext& context, std::vector<ColumnBins> columns, uint64_t memory_max) {
  ForestData data;
  data.columns = std::move(columns);
  data.classes = context.schema->classes;
  std::vector<int64_t> starts(context.shard_count + 1);
  for (const OwnedShard& shard : context.shards) starts[shard.number + 1] = static_cast<int64_t>(shard.block->rows);
  RETURN_IF_ERROR(context.comm->AllReduceSum(std::span<int64_t>(starts)));
  for (size_t s = 0; s < context.shard_count; ++s) starts[s + 1] += starts[s];
  data.rows = static_cast<size_t>(starts.back());
  const uint64_t wanted = data.rows * (2 * data.columns.size() + 8);
  if (wanted > memory_max) {
    return Status(Code::kInvalidArgument, "a forest holds all rows as bytes on every worker: " + std::to_string(wanted >> 20) +
                                              " MiB, more than memory_mb allows");
  }
  data.labels.resize(data.rows);
  data.bins.resize(data.rows * data.columns.size());
  std::vector<uint8_t> mine;
  for (const OwnedShard& shard : context.shards) {
    const Block& block = *shard.block;
    const uint64_t head[2] = {shard.number, block.weights.empty() ? 0U : 1U};
    Put(mine, head, sizeof head);
    Put(mine, block.labels.data(), block.rows * 4);
    if (head[1] != 0) Put(mine, block.weights.data(), block.rows * 4);
    const std::vector<uint8_t> bins = BinsOf(block, data.columns, *context.pool);
    Put(mine, bins.data(), bins.size());
  }
  std::vector<std::vector<uint8_t>> all;
  if (context.comm->size() == 1) {
    all.push_back(std::move(mine));
  } else {
    ASSIGN_OR_RETURN(all, context.comm->AllGather(mine));
  }
  for (const std::vector<uint8_t>& part : all) {
    for (size_t at = 0; at < part.size();) RETURN_IF_ERROR(Place(part, at, starts, data));
  }
  Transpose(data, *context.pool);
  FindCommonBins(data, *context.pool);
  data.numbers.resize(data.rows);
  std::iota(data.numbers.begin(), data.numbers.end(), 0U);
  data.places = data.numbers;
  return data;
}

}  // namespace tusk::ml
