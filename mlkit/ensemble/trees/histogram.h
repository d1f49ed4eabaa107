// Histograms of quantized gradients. A row's gradient and hessian are 16-bit integers; a cell holds both sums in one
// 64-bit number, gradient * 2^32 + hessian, so that adding a row to a cell is one addition, and a child is its parent minus
// its sibling, exactly. That form holds kPackedRows rows; cells of larger nodes are two numbers (wide).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mlkit/ensemble/trees/binned_rows.h"

namespace tusk::ml {

// A row of a node: which one, and its gradient and hessian.
struct RowGradient {
  uint32_t row;
  int16_t gradient;
  uint16_t hessian;
};
inline constexpr int32_t kGradientMax = 32767;
inline constexpr size_t kPackedRows = 65536;

struct GradientSum {
  int64_t gradient = 0, hessian = 0;
  bool operator==(const GradientSum&) const = default;
};
inline int64_t PackCell(int64_t gradient, int64_t hessian) { return gradient * 4294967296 + hessian; }
inline GradientSum UnpackCell(int64_t cell) {
  const auto hessian = static_cast<int64_t>(static_cast<uint32_t>(cell));
  return {(cell - hessian) >> 32, hessian};
}

// Cells [begin, end) of a layout for one node.
struct Histogram {
  bool wide = false;
  size_t begin = 0, end = 0;
  std::vector<int64_t> cells;        // [end - begin], or twice as many if wide: gradient, hessian

  bool empty() const { return cells.empty(); }
  void Reset(bool is_wide, size_t begin_cell, size_t end_cell) {
    wide = is_wide;
    begin = begin_cell;
    end = end_cell;
    cells.assign((end - begin) * (wide ? 2 : 1), 0);
  }
  GradientSum Cell(size_t cell) const {
    return wide ? GradientSum{cells[2 * (cell - begin)], cells[2 * (cell - begin) + 1]} : UnpackCell(cells[cell - begin]);
  }
};

// Adds `rows` to the group's cells of `histogram`, which holds all cells of the layout. Dense rows only.
void AddGroup(const BinLayout& layout, const BinnedRows& bins, size_t group, std::span<const RowGradient> rows,
              Histogram& histogram);
// All columns of sparse rows; cells of a column's bin of zero stay empty (FillZeroBins).
void AddSparse(const BinnedRows& bins, std::span<const RowGradient> rows, Histogram& histogram);
// The cell of the bin of zero is the node's sum minus the column's other cells.
void FillZeroBins(const BinLayout& layout, size_t order_begin, size_t order_end, const GradientSum& total,
                  Histogram& histogram);

// other := parent - child for cells [begin, end) of the layout; `other` is ready (Reset) for its size.
void Subtract(const Histogram& parent, const Histogram& child, size_t begin, size_t end, Histogram& other);

}  // namespace tusk::ml
