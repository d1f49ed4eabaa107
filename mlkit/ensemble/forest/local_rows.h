// LocalRows: the bins of a small node's rows, copied together by columns, so that its whole subtree is grown from memory that a
// processor's second-level cache holds.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mlkit/ensemble/forest/forest_data.h"
#include "mlkit/ensemble/forest/forest_sample.h"

namespace tusk::ml {

class LocalRows {
 public:
  // Nodes of at most so many rows are worth it; 0: none are.
  static size_t RowsMax(const ForestData& data, size_t columns_at_node);

  bool empty() const { return stride_ == 0; }
  const uint8_t* Column(size_t column) const { return bins_.data() + column * stride_; }
  // From now on the samples' rows are their positions here.
  void Take(const ForestData& data, std::span<ForestSample> samples);
  void Clear() { stride_ = 0; }

 private:
  size_t stride_ = 0;
  std::vector<uint8_t> bins_;
};

}  // namespace tusk::ml
