// The best split of a node from its histogram. Ties go to the lower column, then to the lower bin, then to "missing right",
// so the answer does not depend on who looks at which columns.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "mlkit/ensemble/trees/histogram.h"

namespace tusk::ml {

struct SplitSettings {
  double l1 = 0, l2 = 0;
  double child_weight_min = 1e-3;       // sum of hessians
  double child_rows_min = 20;
  double gain_min = 0;
  // Categorical columns (LightGBM's names and defaults): up to one_hot_max bins one category against the rest; else sorted
  // by gradient / (hessian + smooth), at most set_max categories on the left.
  size_t one_hot_max = 4;
  double category_smooth = 10;
  double category_l2 = 10;
  size_t category_set_max = 32;
  double category_rows_min = 100;
};

struct Split {
  double gain = -1;                     // over the node as a leaf; < 0: none was found
  uint32_t column = 0;
  uint16_t bin = 0;                     // the last bin that goes left; numeric only
  bool default_left = false, categorical = false;
  GradientSum left;
  std::array<uint64_t, 4> left_bins{};  // categorical: which bins go left

  bool found() const { return gain >= 0; }
  bool GoesLeft(const ColumnBins& bins, uint8_t value) const {
    if (categorical) return (left_bins[value >> 6] >> (value & 63) & 1) != 0;
    if (bins.missing && value == bins.value_bins()) return default_left;
    return value <= bin;
  }
};
bool Better(const Split& one, const Split& other);

// What of a node a split is found with. Scales turn the integers into gradients and hessians.
struct SplitNode {
  GradientSum total;
  uint64_t rows = 0;
  double gradient_scale = 1, hessian_scale = 1;
};

double LeafValue(const SplitSettings& settings, double gradient, double hessian);
double LeafGain(const SplitSettings& settings, double gradient, double hessian);

// The best split by columns layout.order[order_begin, order_end) with allowed[column] (empty: all).
Split FindSplit(const BinLayout& layout, size_t order_begin, size_t order_end, const std::vector<bool>& allowed,
                const Histogram& histogram, const SplitNode& node, const SplitSettings& settings);

// One loop of FindSplit, in the ways it is compiled; all give equal bits (split_test.cc). Writes each position's summed gain of both
// children, or -1 where a child is too light.
struct GainInputs {
  double gradient = 0, hessian = 0;     // of the node
  double l1 = 0, l2 = 0, hessian_min = 0;
};
using GainKernel = void (*)(const double* left_gradients, const double* left_hessians, size_t count,
                            const GainInputs& inputs, double* gains);
std::span<const GainKernel> GainKernels();  // those that this processor runs; the last is used

}  // namespace tusk::ml
