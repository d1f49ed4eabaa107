// ColumnBinner: ColumnBins::BinOf for many values of a column: a grid over the edges leaves few of them to compare with.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "mlkit/ensemble/trees/column_bins.h"

namespace tusk::ml {

class ColumnBinner {
 public:
  explicit ColumnBinner(const ColumnBins& bins);

  uint8_t BinOf(float value) const {
    if (starts_.empty() || std::isnan(value)) return bins_.BinOf(value);
    size_t bin = starts_[CellOf(value)];
    for (uint32_t i = 0; i < rounds_; ++i) bin += edges_[bin] <= value ? 1 : 0;  // no branch to guess
    return static_cast<uint8_t>(bin);
  }

 private:
  static constexpr float kCells = 1024;

  // Never falls where `value` rises, so edges of lower cells are below it and those of higher cells above.
  size_t CellOf(float value) const {
    const float at = (value - low_) * scale_;
    return static_cast<size_t>(at < 0 ? 0.0F : (at > kCells - 1 ? kCells - 1 : at));
  }

  const ColumnBins& bins_;
  float low_ = 0, scale_ = 0;
  uint32_t rounds_ = 0;                // edges of the fullest cell
  std::vector<float> edges_;           // and a NaN, which no value reaches
  std::vector<uint8_t> starts_;        // by cell: edges in lower ones; empty: edges lie too close together
};

}  // namespace tusk::ml
