// BinnedRows: this rank's rows as bins, in the order of their shards. Dense data lies in groups of up to 16 columns, row-major
// within a group, so that one row's bins are a few neighbouring bytes and a group's histogram fits into the first-level
// cache; sparse data keeps the bins that differ from the column's bin of zero.
#pragma once

#include <cstdint>
#include <vector>

#include "mlkit/api/algorithm.h"
#include "mlkit/ensemble/trees/column_bins.h"

namespace tusk::ml {

// Where a column's bins and histogram cells are; equal on all ranks.
struct ColumnPlace {
  uint32_t group = 0, slot = 0;
  uint32_t first_cell = 0;           // of the histogram
};

// How columns are laid out. Columns of like numbers of bins are neighbours, so that histograms stay small.
struct BinLayout {
  static constexpr size_t kGroupColumns = 16;
  struct Group {
    uint32_t first_cell = 0;
    uint32_t width = 0;              // columns
    uint32_t stride = 0;             // cells a column: 4, 16, 64 or 256
  };

  std::vector<ColumnBins> columns;
  std::vector<ColumnPlace> places;   // [columns]
  std::vector<uint32_t> order;       // columns by their place
  std::vector<Group> groups;
  size_t cells = 0;

  explicit BinLayout(std::vector<ColumnBins> bins);
  BinLayout() = default;
};

class BinnedRows {
 public:
  BinnedRows() = default;
  BinnedRows(const BinLayout& layout, const WorkerContext& context);

  size_t rows() const { return rows_; }
  bool sparse() const { return sparse_; }
  // Some rank may keep its rows sparse: histograms' bins of zero are to be filled in. Equal on all ranks.
  bool zeros_left_out() const { return zeros_left_out_; }
  // Row-major bins of a group: [rows][width].
  const uint8_t* group(size_t g) const { return groups_[g].data(); }
  // Sparse: the cells (first_cell + bin) of a row, ascending.
  const uint32_t* cells() const { return cells_.data(); }
  const uint64_t* starts() const { return starts_.data(); }

  uint8_t Bin(const BinLayout& layout, size_t column, size_t row) const {
    const ColumnPlace& place = layout.places[column];
    if (!sparse_) return groups_[place.group][row * layout.groups[place.group].width + place.slot];
    return SparseBin(layout, column, row);
  }
  size_t memory_bytes() const;

 private:
  uint8_t SparseBin(const BinLayout& layout, size_t column, size_t row) const;
  void FillDense(const BinLayout& layout, const Block& block, size_t first, ThreadPool& pool);
  void FillSparse(const BinLayout& layout, const WorkerContext& context);

  size_t rows_ = 0;
  bool sparse_ = false, zeros_left_out_ = false;
  std::vector<std::vector<uint8_t>> groups_;
  std::vector<uint64_t> starts_;
  std::vector<uint32_t> cells_;
};

}  // namespace tusk::ml
