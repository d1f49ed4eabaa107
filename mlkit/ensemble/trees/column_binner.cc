// The grid.
#include "mlkit/ensemble/trees/column_binner.h"

#include <algorithm>
#include <limits>

namespace tusk::ml {

ColumnBinner::ColumnBinner(const ColumnBins& bins) : bins_(bins) {
  constexpr size_t kEdgesMax = 8;      // in a cell: more are found faster by halving
  const std::vector<float>& edges = bins.edges;
  if (bins.categorical || edges.size() < 2) return;
  low_ = edges.front();
  scale_ = (kCells - 1) / (edges.back() - low_);
  if (!std::isfinite(scale_) || !(scale_ > 0)) return;
  std::vector<uint32_t> counts(static_cast<size_t>(kCells));
  for (const float edge : edges) ++counts[CellOf(edge)];
  rounds_ = *std::max_element(counts.begin(), counts.end());
  if (rounds_ > kEdgesMax) return;
  edges_ = edges;
  edges_.push_back(std::numeric_limits<float>::quiet_NaN());
  uint32_t below = 0;
  for (const uint32_t count : counts) {
    starts_.push_back(static_cast<uint8_t>(below));
    below += count;
  }
}

}  // namespace tusk::ml
