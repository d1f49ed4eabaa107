// Products of rows with weights in double, for the full-batch methods: scores of many rows, and sums of rows times factors.
// Every `stride`th row only, if wanted: the coarse problems that Newton's method starts with.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "mlkit/data/block.h"

namespace tusk::ml {

struct RowView {
  const Block* block = nullptr;
  size_t stride = 1;
  size_t first = 0, most = SIZE_MAX;   // which of the strided rows
  size_t rows() const {
    const size_t all = (block->rows + stride - 1) / stride;
    return first >= all ? 0 : std::min(most, all - first);
  }
  size_t number(size_t row) const { return (first + row) * stride; }   // in the block
  // Rows [begin, begin + kPiece): what fits into the second cache, so that products there and back read memory once.
  static constexpr size_t kPiece = 64;
  RowView Piece(size_t begin) const { return {block, stride, first + begin, std::min(kPiece, rows() - begin)}; }
};

// parameters: weights [columns][outputs], then intercepts [outputs]; `columns` is the schema's.
// scores [view.rows()][outputs] = intercepts + rows * weights.
void RowScores(const RowView& view, size_t columns, size_t outputs, const double* parameters, double* scores);
// sums [columns + 1][outputs] += the rows (and a 1 for the intercept) times factors [view.rows()][outputs].
void AddRows(const RowView& view, size_t columns, size_t outputs, const double* factors, double* sums);
// sums [columns + 1][2] += (the rows times factors, the squared rows times squares): a gradient and a Hessian's diagonal in one
// pass. One output.
void AddRowsAndSquares(const RowView& view, size_t columns, const double* factors, const double* squares, double* sums);

}  // namespace tusk::ml
