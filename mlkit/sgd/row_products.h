// Products of rows with weights in double, for the full-batch methods: scores of many rows, and sums of rows times factors.
// Every `stride`th row only, if wanted: the coarse problems that Newton's method starts with.
#pragma once

#include <span>
#include <vector>

#include "mlkit/data/block.h"

namespace tusk::ml {

struct RowView {
  const Block* block = nullptr;
  size_t stride = 1;
  size_t rows() const { return (block->rows + stride - 1) / stride; }
};

// parameters: weights [columns][outputs], then intercepts [outputs]; `columns` is the schema's.
// scores [view.rows()][outputs] = intercepts + rows * weights.
void RowScores(const RowView& view, size_t columns, size_t outputs, const double* parameters, double* scores);
// sums [columns + 1][outputs] += the rows (and a 1 for the intercept) times factors [view.rows()][outputs].
void AddRows(const RowView& view, size_t columns, size_t outputs, const double* factors, double* sums);
// sums [columns + 1] += squared entries times factors [view.rows()].
void AddSquaredRows(const RowView& view, size_t columns, const double* factors, double* sums);

}  // namespace tusk::ml
