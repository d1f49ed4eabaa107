// Numeric splits with both directions for missing values, and categorical splits.
#include "mlkit/ensemble/trees/split.h"

#include <algorithm>
#include <cmath>

namespace tusk::ml {
namespace {

// A column's cells, and what makes a split of them valid.
struct Column {
  size_t number;
  const ColumnBins* bins;
  size_t first_cell;
  const Histogram* histogram;
  const SplitNode* node;
  const SplitSettings* settings;
  GradientSum Bin(size_t bin) const { return histogram->Cell(first_cell + bin); }
  double rows_per_hessian() const {
    return static_cast<double>(node->rows) / static_cast<double>(std::max<int64_t>(1, node->total.hessian));
  }
};

// Rows are estimated from the hessian, as LightGBM does: a histogram has no cells for them.
double HessianMin(const Column& column, double rows_min) {
  const double by_rows = (rows_min - 0.5) / column.rows_per_hessian() * column.node->hessian_scale;
  return std::max({column.settings->child_weight_min, by_rows, 0.5 * column.node->hessian_scale});
}

GainInputs InputsFor(const Column& column, double l2, double rows_min) {
  GainInputs inputs;
  inputs.gradient = static_cast<double>(column.node->total.gradient) * column.node->gradient_scale;
  inputs.hessian = static_cast<double>(column.node->total.hessian) * column.node->hessian_scale;
  inputs.l1 = column.settings->l1;
  inputs.l2 = l2;
  inputs.hessian_min = HessianMin(column, rows_min);
  return inputs;
}

void Numeric(const Column& column, Split& best) {
  const size_t value_bins = column.bins->value_bins();
  std::array<int64_t, 256> gradients, hessians;
  std::array<double, 256> left_gradients, left_hessians, gains;
  GradientSum sum;
  for (size_t bin = 0; bin < value_bins; ++bin) {
    const GradientSum cell = column.Bin(bin);
    gradients[bin] = sum.gradient += cell.gradient;
    hessians[bin] = sum.hessian += cell.hessian;
  }
  const GradientSum missing = column.bins->missing ? column.Bin(value_bins) : GradientSum();
  const GainInputs inputs = InputsFor(column, column.settings->l2, column.settings->child_rows_min);
  const GainKernel kernel = GainKernels().back();
  for (const bool default_left : {false, true}) {
    if (default_left && !column.bins->missing) break;
    // Missing values on the right: the last position has all others on the left.
    const size_t positions = value_bins - (column.bins->missing && !default_left ? 0 : 1);
    const GradientSum more = default_left ? missing : GradientSum();
    for (size_t bin = 0; bin < positions; ++bin) {
      left_gradients[bin] = static_cast<double>(gradients[bin] + more.gradient) * column.node->gradient_scale;
      left_hessians[bin] = static_cast<double>(hessians[bin] + more.hessian) * column.node->hessian_scale;
    }
    kernel(left_gradients.data(), left_hessians.data(), positions, inputs, gains.data());
    size_t at = 0;
    for (size_t bin = 1; bin < positions; ++bin) at = gains[bin] > gains[at] ? bin : at;
    if (positions == 0 || !(gains[at] > best.gain)) continue;
    best = Split();
    best.gain = gains[at];
    best.column = static_cast<uint32_t>(column.number);
    best.bin = static_cast<uint16_t>(at);
    best.default_left = default_left;
    best.left = {gradients[at] + more.gradient, hessians[at] + more.hessian};
  }
  // Where nothing is missing in training, a missing value goes where most rows went.
  if (!column.bins->missing && best.found() && best.column == column.number) {
    best.default_left = 2 * best.left.hessian >= column.node->total.hessian;
  }
}

double PairGain(const GradientSum& left, const Column& column, const GainInputs& inputs) {
  const double gradient = static_cast<double>(left.gradient) * column.node->gradient_scale;
  const double hessian = static_cast<double>(left.hessian) * column.node->hessian_scale;
  double gain = -1;
  GainKernels().front()(&gradient, &hessian, 1, inputs, &gain);
  return gain;
}

void Keep(const Column& column, double gain, const GradientSum& left, std::span<const size_t> left_bins, Split& best) {
  if (!(gain > best.gain)) return;
  best = Split();
  best.gain = gain;
  best.column = static_cast<uint32_t>(column.number);
  best.categorical = true;
  best.left = left;
  for (const size_t bin : left_bins) best.left_bins[bin >> 6] |= uint64_t{1} << (bin & 63);
}

// The bin of rare categories and that of missing values always go right.
void Categorical(const Column& column, Split& best) {
  const SplitSettings& settings = *column.settings;
  const size_t categories = column.bins->categories.size();
  if (column.bins->bins() <= settings.one_hot_max) {
    const GainInputs inputs = InputsFor(column, settings.l2, settings.child_rows_min);
    for (size_t bin = 0; bin < categories; ++bin) {
      const GradientSum left = column.Bin(bin);
      Keep(column, PairGain(left, column, inputs), left, std::span(&bin, 1), best);
    }
    return;
  }
  const GainInputs inputs = InputsFor(column, settings.l2 + settings.category_l2, settings.child_rows_min);
  std::vector<size_t> order;
  std::vector<double> ratio(categories);
  for (size_t bin = 0; bin < categories; ++bin) {
    const GradientSum cell = column.Bin(bin);
    const double hessian = static_cast<double>(cell.hessian) * column.node->hessian_scale;
    if (static_cast<double>(cell.hessian) * column.rows_per_hessian() < settings.category_smooth) continue;
    ratio[bin] = static_cast<double>(cell.gradient) * column.node->gradient_scale / (hessian + settings.category_smooth);
    order.push_back(bin);
  }
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return ratio[a] != ratio[b] ? ratio[a] < ratio[b] : a < b; });
  const size_t most = std::min(settings.category_set_max, (order.size() + 1) / 2);
  for (const bool backward : {false, true}) {
    if (backward) std::reverse(order.begin(), order.end());
    GradientSum left;
    double group_rows = 0;
    for (size_t i = 0; i < order.size() && i < most; ++i) {
      const GradientSum cell = column.Bin(order[i]);
      left.gradient += cell.gradient;
      left.hessian += cell.hessian;
      group_rows += static_cast<double>(cell.hessian) * column.rows_per_hessian();
      if (group_rows < settings.category_rows_min) continue;
      const double gain = PairGain(left, column, inputs);
      if (gain < 0) continue;
      group_rows = 0;
      Keep(column, gain, left, std::span(order.data(), i + 1), best);
    }
  }
}

}  // namespace

bool Better(const Split& one, const Split& other) {
  if (one.gain != other.gain) return one.gain > other.gain;
  return one.found() && one.column < other.column;
}

double LeafValue(const SplitSettings& settings, double gradient, double hessian) {
  const double size = std::max(0.0, std::fabs(gradient) - settings.l1);
  const double weight = hessian + settings.l2;
  return weight <= 0 ? 0.0 : -std::copysign(size, gradient) / weight;
}

double LeafGain(const SplitSettings& settings, double gradient, double hessian) {
  const double size = std::max(0.0, std::fabs(gradient) - settings.l1);
  const double weight = hessian + settings.l2;
  return weight <= 0 ? 0.0 : size * size / weight;
}

Split FindSplit(const BinLayout& layout, size_t order_begin, size_t order_end, const std::vector<bool>& allowed,
                const Histogram& histogram, const SplitNode& node, const SplitSettings& settings) {
  const double as_leaf = LeafGain(settings, static_cast<double>(node.total.gradient) * node.gradient_scale,
                                  static_cast<double>(node.total.hessian) * node.hessian_scale);
  Split best;
  for (size_t i = order_begin; i < order_end; ++i) {
    const size_t number = layout.order[i];
    if (!allowed.empty() && !allowed[number]) continue;
    if (layout.columns[number].bins() < 2) continue;
    const Column column{number,     &layout.columns[number], layout.places[number].first_cell,
                        &histogram, &node,                   &settings};
    Split split;
    if (layout.columns[number].categorical) {
      Categorical(column, split);
    } else {
      Numeric(column, split);
    }
    if (split.found()) split.gain -= as_leaf;
    // Rounding alone is no gain.
    if (!(split.gain > std::max(settings.gain_min, 1e-12 * as_leaf))) continue;
    if (Better(split, best)) best = split;
  }
  return best;
}

}  // namespace tusk::ml
