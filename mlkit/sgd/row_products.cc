// Products in double. Dense rows go through the matrix product in pieces converted to double; a sparse row's product has four
// lanes (entry i goes to lane i mod 4), without fused operations, so its bits need no dispatch.
#include "mlkit/sgd/row_products.h"

#include <algorithm>

#include "mlkit/device/cpu/kernels.h"

namespace tusk::ml {
namespace {

constexpr size_t kPiece = RowView::kPiece;

// Rows [begin, begin + count) of the view in double.
void Convert(const RowView& view, size_t begin, size_t count, std::vector<double>& piece) {
  const size_t columns = view.block->columns;
  piece.resize(kPiece * columns);
  for (size_t r = 0; r < count; ++r) {
    const float* row = view.block->dense.data() + view.number(begin + r) * columns;
    for (size_t c = 0; c < columns; ++c) piece[r * columns + c] = static_cast<double>(row[c]);
  }
}

double SparseProduct(const SparseRow& row, const double* weights) {
  const uint32_t* columns = row.columns.data();
  const float* values = row.values.data();
  const size_t count = row.columns.size();
  double lanes[4] = {0, 0, 0, 0};
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    for (size_t lane = 0; lane < 4; ++lane) lanes[lane] += static_cast<double>(values[i + lane]) * weights[columns[i + lane]];
  }
  for (size_t lane = 0; i < count; ++i, ++lane) lanes[lane] += static_cast<double>(values[i]) * weights[columns[i]];
  return (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
}

}  // namespace

void RowScores(const RowView& view, size_t columns, size_t outputs, const double* parameters, double* scores) {
  const double* intercepts = parameters + columns * outputs;
  const size_t rows = view.rows();
  for (size_t row = 0; row < rows; ++row) std::copy_n(intercepts, outputs, scores + row * outputs);
  if (!view.block->sparse) {
    std::vector<double> piece;
    const size_t width = view.block->columns;
    for (size_t begin = 0; begin < rows; begin += kPiece) {
      const size_t count = std::min(kPiece, rows - begin);
      Convert(view, begin, count, piece);
      Cpu().gemm_double(Transpose::kNo, Transpose::kNo, count, outputs, width, piece.data(), width, parameters, outputs,
                        scores + begin * outputs, outputs, true);
    }
    return;
  }
  for (size_t row = 0; row < rows; ++row) {
    const SparseRow entries = view.block->Row(view.number(row));
    if (outputs == 1) {
      scores[row] += SparseProduct(entries, parameters);
      continue;
    }
    double* score = scores + row * outputs;
    for (size_t i = 0; i < entries.columns.size(); ++i) {
      const double value = static_cast<double>(entries.values[i]);
      const double* weights = parameters + entries.columns[i] * outputs;
      for (size_t k = 0; k < outputs; ++k) score[k] += value * weights[k];
    }
  }
}

void AddRows(const RowView& view, size_t columns, size_t outputs, const double* factors, double* sums) {
  const size_t rows = view.rows();
  for (size_t row = 0; row < rows; ++row) {
    for (size_t k = 0; k < outputs; ++k) sums[columns * outputs + k] += factors[row * outputs + k];
  }
  if (!view.block->sparse) {
    std::vector<double> piece;
    const size_t width = view.block->columns;
    for (size_t begin = 0; begin < rows; begin += kPiece) {
      const size_t count = std::min(kPiece, rows - begin);
      Convert(view, begin, count, piece);
      Cpu().gemm_double(Transpose::kYes, Transpose::kNo, width, outputs, count, piece.data(), width, factors + begin * outputs,
                        outputs, sums, outputs, true);
    }
    return;
  }
  for (size_t row = 0; row < rows; ++row) {
    const SparseRow entries = view.block->Row(view.number(row));
    const uint32_t* column = entries.columns.data();
    const float* value = entries.values.data();
    const size_t count = entries.columns.size();
    if (outputs == 1) {
      const double factor = factors[row];
      if (factor == 0) continue;
      for (size_t i = 0; i < count; ++i) sums[column[i]] += factor * static_cast<double>(value[i]);
      continue;
    }
    for (size_t i = 0; i < count; ++i) {
      double* sum = sums + column[i] * outputs;
      for (size_t k = 0; k < outputs; ++k) sum[k] += factors[row * outputs + k] * static_cast<double>(value[i]);
    }
  }
}

void AddRowsAndSquares(const RowView& view, size_t columns, const double* factors, const double* squares, double* sums) {
  const size_t rows = view.rows();
  for (size_t row = 0; row < rows; ++row) {
    const double factor = factors[row], square = squares[row];
    sums[2 * columns] += factor;
    sums[2 * columns + 1] += square;
    if (factor == 0 && square == 0) continue;
    if (!view.block->sparse) {
      const auto values = view.block->DenseRow(view.number(row));
      for (size_t c = 0; c < values.size(); ++c) {
        const double value = static_cast<double>(values[c]);
        sums[2 * c] += factor * value;
        sums[2 * c + 1] += square * value * value;
      }
      continue;
    }
    const SparseRow entries = view.block->Row(view.number(row));
    const uint32_t* column = entries.columns.data();
    const float* values = entries.values.data();
    for (size_t i = 0, count = entries.columns.size(); i < count; ++i) {
      const double value = static_cast<double>(values[i]);
      double* sum = sums + 2 * size_t{column[i]};
      sum[0] += factor * value;
      sum[1] += square * value * value;
    }
  }
}

}  // namespace tusk::ml
