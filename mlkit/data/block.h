// Block: rows of a data set in memory: features (dense row-major or sparse CSR), labels and weights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace tusk::ml {

// One sparse row: strictly increasing column numbers and their values.
struct SparseRow {
  std::span<const uint32_t> columns;
  std::span<const float> values;
};

// Invariants (checked by ValidateBlock): labels.size() == rows; weights is empty (all 1) or has `rows` values; dense has
// rows * columns values, or row_starts has rows + 1 non-decreasing offsets into `indices` and `values`.
// A missing value is a quiet NaN in a dense block; only learners that say so (trees) accept it.
struct Block {
  size_t rows = 0;
  size_t columns = 0;
  bool sparse = false;
  std::vector<float> dense;            // [rows][columns]
  std::vector<uint64_t> row_starts;    // [rows + 1], sparse only
  std::vector<uint32_t> indices;       // column of each value
  std::vector<float> values;
  std::vector<float> labels;           // [rows]; class number or target. Empty where the data has none (predict)
  std::vector<float> weights;          // [rows] or empty
  uint64_t first_row = 0;              // global number of row 0
  std::string origin;                  // "hdfs://…/part-3 from row 1200", for messages

  std::span<const float> DenseRow(size_t row) const { return {dense.data() + row * columns, columns}; }
  SparseRow Row(size_t row) const {
    const size_t begin = row_starts[row], count = row_starts[row + 1] - begin;
    return {{indices.data() + begin, count}, {values.data() + begin, count}};
  }
  float weight(size_t row) const { return weights.empty() ? 1.0F : weights[row]; }
};

inline constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

}  // namespace tusk::ml
