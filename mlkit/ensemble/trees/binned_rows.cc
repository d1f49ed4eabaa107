// Layout of columns, and rows to bins.
#include "mlkit/ensemble/trees/binned_rows.h"

#include <algorithm>
#include <numeric>

#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/ensemble/trees/column_binner.h"

namespace tusk::ml {
namespace {

constexpr double kSparseBelow = 0.15;   // share of stored values under which sparse data stays sparse
constexpr size_t kRowsAtOnce = 4096;

uint32_t StrideFor(size_t bins) {
  for (const uint32_t stride : {4U, 16U, 64U}) {
    if (bins <= stride) return stride;
  }
  return 256;
}

}  // namespace

BinLayout::BinLayout(std::vector<ColumnBins> bins) : columns(std::move(bins)), places(columns.size()), order(columns.size()) {
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    const uint32_t one = StrideFor(columns[a].bins()), other = StrideFor(columns[b].bins());
    return one != other ? one > other : a < b;
  });
  for (size_t at = 0; at < order.size();) {
    const uint32_t stride = StrideFor(columns[order[at]].bins());
    size_t end = at;
    while (end < order.size() && StrideFor(columns[order[end]].bins()) == stride) ++end;
    const size_t parts = (end - at + kGroupColumns - 1) / kGroupColumns;
    for (size_t part = 0; part < parts; ++part) {
      const size_t begin = at + (end - at) * part / parts, stop = at + (end - at) * (part + 1) / parts;
      const Group group{static_cast<uint32_t>(cells), static_cast<uint32_t>(stop - begin), stride};
      for (size_t i = begin; i < stop; ++i) {
        const auto slot = static_cast<uint32_t>(i - begin);
        places[order[i]] = {static_cast<uint32_t>(groups.size()), slot, group.first_cell + slot * stride};
      }
      cells += size_t{group.width} * stride;
      groups.push_back(group);
    }
    at = end;
  }
}

BinnedRows::BinnedRows(const BinLayout& layout, const WorkerContext& context) {
  size_t stored = 0;
  for (const OwnedShard& shard : context.shards) {
    rows_ += shard.block->rows;
    stored += shard.block->values.size();
  }
  const auto possible = static_cast<double>(rows_) * static_cast<double>(layout.columns.size());
  zeros_left_out_ = context.schema->sparse;
  sparse_ = zeros_left_out_ && static_cast<double>(stored) < kSparseBelow * possible;
  if (sparse_) {
    FillSparse(layout, context);
    return;
  }
  groups_.resize(layout.groups.size());
  for (size_t g = 0; g < groups_.size(); ++g) groups_[g].resize(rows_ * layout.groups[g].width);
  size_t first = 0;
  for (const OwnedShard& shard : context.shards) {
    FillDense(layout, *shard.block, first, *context.pool);
    first += shard.block->rows;
  }
}

void BinnedRows::FillDense(const BinLayout& layout, const Block& block, size_t first, ThreadPool& pool) {
  const size_t pieces = (block.rows + kRowsAtOnce - 1) / kRowsAtOnce;
  const std::vector<ColumnBinner> binners(layout.columns.begin(), layout.columns.end());
  pool.ParallelFor(pieces, [&](size_t piece) {
    const size_t begin = piece * kRowsAtOnce, end = std::min(block.rows, begin + kRowsAtOnce);
    for (size_t c = 0; c < layout.columns.size(); ++c) {
      const ColumnPlace& place = layout.places[c];
      const size_t width = layout.groups[place.group].width;
      const ColumnBins& bins = layout.columns[c];
      uint8_t* out = groups_[place.group].data() + (first + begin) * width + place.slot;
      if (block.sparse || c >= block.columns) {
        for (size_t row = begin; row < end; ++row, out += width) *out = bins.zero_bin;
        continue;
      }
      const float* in = block.dense.data() + begin * block.columns + c;
      for (size_t row = begin; row < end; ++row, out += width, in += block.columns) *out = binners[c].BinOf(*in);
    }
    if (!block.sparse) return;
    for (size_t row = begin; row < end; ++row) {
      const SparseRow values = block.Row(row);
      for (size_t i = 0; i < values.columns.size(); ++i) {
        const ColumnPlace& place = layout.places[values.columns[i]];
        groups_[place.group][(first + row) * layout.groups[place.group].width + place.slot] =
            layout.columns[values.columns[i]].BinOf(values.values[i]);
      }
    }
  });
}

void BinnedRows::FillSparse(const BinLayout& layout, const WorkerContext& context) {
  starts_.push_back(0);
  std::vector<uint32_t> row_cells;
  const auto add = [&](size_t column, float value) {
    const ColumnBins& bins = layout.columns[column];
    const uint8_t bin = bins.BinOf(value);
    if (bin != bins.zero_bin) row_cells.push_back(layout.places[column].first_cell + bin);
  };
  for (const OwnedShard& shard : context.shards) {
    const Block& block = *shard.block;
    for (size_t row = 0; row < block.rows; ++row) {
      row_cells.clear();
      if (block.sparse) {
        const SparseRow values = block.Row(row);
        for (size_t i = 0; i < values.columns.size(); ++i) add(values.columns[i], values.values[i]);
      } else {
        for (size_t c = 0; c < block.columns; ++c) add(c, block.dense[row * block.columns + c]);
      }
      std::sort(row_cells.begin(), row_cells.end());
      cells_.insert(cells_.end(), row_cells.begin(), row_cells.end());
      starts_.push_back(cells_.size());
    }
  }
}

uint8_t BinnedRows::SparseBin(const BinLayout& layout, size_t column, size_t row) const {
  const uint32_t first_cell = layout.places[column].first_cell;
  const uint32_t* end = cells_.data() + starts_[row + 1];
  const uint32_t* at = std::lower_bound(cells_.data() + starts_[row], end, first_cell);
  if (at != end && *at < first_cell + layout.columns[column].bins()) return static_cast<uint8_t>(*at - first_cell);
  return layout.columns[column].zero_bin;
}

size_t BinnedRows::memory_bytes() const {
  size_t bytes = cells_.size() * sizeof(uint32_t) + starts_.size() * sizeof(uint64_t);
  for (const auto& group : groups_) bytes += group.size();
  return bytes;
}

}  // namespace tusk::ml
