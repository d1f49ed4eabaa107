// SparseGradient: the gradient of some sparse rows, by touched column; and the sum of the lanes' gradients in the fixed tree at
// a cost of what was touched only.
#pragma once

#include <span>
#include <vector>

#include "base/core/result.h"
#include "mlkit/collectives/communicator.h"

namespace tusk::ml {

// Column numbers to 0, 1, 2, … in order of first appearance; open addressing, emptied in the time of what it held.
class ColumnIndex {
 public:
  void Clear();
  uint32_t Find(uint32_t column) {  // adds it if it is new
    if (columns_.size() * 2 >= table_.size()) Grow();
    for (size_t at = Home(column);; at = (at + 1) & (table_.size() - 1)) {
      if (table_[at] == 0) {
        columns_.push_back(column);
        table_[at] = static_cast<uint32_t>(columns_.size());
        return table_[at] - 1;
      }
      if (columns_[table_[at] - 1] == column) return table_[at] - 1;
    }
  }
  const std::vector<uint32_t>& columns() const { return columns_; }

 private:
  size_t Home(uint32_t column) const { return (column * uint32_t{2654435769} >> 7) & (table_.size() - 1); }
  void Grow();
  std::vector<uint32_t> table_;    // 0: free; else place + 1
  std::vector<uint32_t> columns_;
};

struct SparseGradient {
  std::vector<uint32_t> columns;
  std::vector<float> values;       // [columns][outputs]
  std::vector<float> tail;         // [outputs + 2]: intercepts, loss, weight
};

// lanes[i] is of lane numbers[i], which this rank owns. `sum` is the sum over all `lane_count` lanes, the same on all ranks:
// each value through the fixed tree of lanes, an untouched column counting as 0. There are `columns` columns; the sum's are in no order.
Status SumSparse(Communicator& comm, size_t lane_count, size_t columns, size_t outputs, std::span<const size_t> numbers,
                 std::span<const SparseGradient> lanes, SparseGradient& sum);

}  // namespace tusk::ml
