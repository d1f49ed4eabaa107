// The search for a node's cut, column by column.
#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "mlkit/ensemble/forest/tree_builder.h"

namespace tusk::ml {
namespace {

// A value that stands for a bin: between its edges.
double Middle(const ColumnBins& column, uint32_t bin) {
  const auto& edges = column.edges;
  if (edges.empty()) return 0;
  const auto edge = [&](size_t i) { return static_cast<double>(edges[std::min(i, edges.size() - 1)]); };
  const double step = edges.size() > 1 ? edge(1) - edge(0) : 1.0;
  if (bin == 0) return edge(0) - step / 2;
  if (bin >= edges.size()) return edge(edges.size() - 1) + (edges.size() > 1 ? edge(edges.size() - 1) - edge(edges.size() - 2) : 1.0) / 2;
  return (edge(bin - 1) + edge(bin)) / 2;
}

// The bins that occur, ascending.
template <typename Body>
void ForEachBin(const uint64_t (&present)[4], const Body& body) {
  for (uint32_t word = 0; word < 4; ++word) {
    for (uint64_t bits = present[word]; bits != 0; bits &= bits - 1) {
      if (!body(word * 64 + static_cast<uint32_t>(std::countr_zero(bits)))) return;
    }
  }
}

}  // namespace

// Columns in random order: as many as wanted, and more while none of them can be cut.
TreeBuilder::Cut TreeBuilder::FindCut(const Node& node, const Sums& sums, Random& random) {
  Cut best;
  const size_t columns = column_order_.size();
  const size_t wanted = std::min(columns, settings_.columns_at_node);
  for (size_t i = 0; i < wanted; ++i) std::swap(column_order_[i], column_order_[i + random.Below(columns - i)]);
  PrepareGini(node, sums);
  for (size_t i = 0; i < columns; ++i) {
    if (i >= wanted) {
      if (best.found) break;
      std::swap(column_order_[i], column_order_[i + random.Below(columns - i)]);
    }
    TryColumn(node, sums, column_order_[i], BinsOf(column_order_[i]), random, best);
  }
  if (best.found && !settings_.random_cuts) Centre(node, best);
  return best;
}

// Between the node's values on both sides there may be bins without samples: the cut goes into their middle, as it does
// where values are not binned.
void TreeBuilder::Centre(const Node& node, Cut& cut) const {
  const ColumnBins& column = data_.columns[cut.column];
  if (column.categorical) return;
  const uint8_t* bins = BinsOf(cut.column);
  uint32_t next = 256;
  for (size_t i = node.begin; i < node.end; ++i) {
    const uint32_t bin = bins[samples_[i].row];
    if (bin > cut.bin && bin < next) next = bin;
  }
  if (next >= column.value_bins()) {  // only missing values are on the right
    cut.bin = static_cast<uint32_t>(column.value_bins() - 1);
    return;
  }
  const auto middle = static_cast<float>((Middle(column, cut.bin) + Middle(column, next)) / 2);
  const auto edge = std::upper_bound(column.edges.begin(), column.edges.end(), middle) - column.edges.begin();
  cut.bin = std::clamp<uint32_t>(static_cast<uint32_t>(edge), cut.bin, next - 1);
}

void TreeBuilder::TryColumn(const Node& node, const Sums& sums, size_t column, const uint8_t* bins, Random& random,
                            Cut& best) {
  if (data_.columns[column].bins() < 2) return;
  if (settings_.random_cuts) {
    TryRandomCut(node, sums, column, bins, random, best);
  } else if (settings_.impurity == Impurity::kGini) {
    TryGini(node, sums, column, bins, best);
  } else {
    TryBySums(node, sums, column, bins, best);
  }
}

// Weights of few rows are small numbers.
void TreeBuilder::PrepareGini(const Node& node, const Sums& sums) {
  gini_.reset();
  if (settings_.impurity != Impurity::kGini || settings_.random_cuts || width_ > kGiniClasses) return;
  if (std::accumulate(sums.begin(), sums.end(), 0.0) > kGiniWeightMax) return;
  const std::span<const Sample> samples = std::span(samples_).subspan(node.begin, node.end - node.begin);
  gini_ = MakeGiniNode(samples, static_cast<uint32_t>(std::min<size_t>(settings_.leaf_rows_min, UINT32_MAX)));
  kept_rows_.resize(std::max(kept_rows_.size(), samples.size()));
  kept_bins_.resize(kept_rows_.size());
}

void TreeBuilder::TryGini(const Node& node, const Sums& sums, size_t column, const uint8_t* bins, Cut& best) {
  if (!gini_) {
    CountGini(node, sums, column, bins, best);
    return;
  }
  const GiniCut cut = scanner_(*gini_, bins, data_.common[column], best.score,
                               {gini_cells_.data(), kept_rows_.data(), kept_bins_.data()});
  if (cut.found) best = {true, cut.score, column, cut.bin};
}

// The same for any number of classes and any weights, whose sum is at most 2^31, so squares fit into 64 bits.
void TreeBuilder::CountGini(const Node& node, const Sums& sums, size_t column, const uint8_t* bins, Cut& best) {
  GiniSums scan;
  scan.count = node.end - node.begin;
  for (size_t k = 0; k < width_; ++k) {
    left_[k] = 0;
    right_[k] = static_cast<uint64_t>(sums[k]);
    scan.right_total += right_[k];
  }
  class_weights_.assign(256 * width_, 0);
  std::fill(cell_rows_.begin(), cell_rows_.end(), 0);
  for (size_t i = node.begin; i < node.end; ++i) {
    const Sample& sample = samples_[i];
    const uint8_t bin = bins[sample.row];
    class_weights_[bin * width_ + sample.label_class] += sample.weight;
    ++cell_rows_[bin];
  }
  for (uint32_t bin = 0; bin < 256; ++bin) {
    if (cell_rows_[bin] == 0) continue;
    const uint32_t* weights = class_weights_.data() + bin * width_;
    scan.left_squares = scan.right_squares = 0;
    for (size_t k = 0; k < width_; ++k) {
      left_[k] += weights[k];
      right_[k] -= weights[k];
      scan.left_total += weights[k];
      scan.right_total -= weights[k];
      scan.left_squares += left_[k] * left_[k];
      scan.right_squares += right_[k] * right_[k];
    }
    scan.left_rows += cell_rows_[bin];
    if (!Consider(scan, column, bin, best)) return;
  }
}

// One bin has gone from the right to the left.
bool TreeBuilder::Consider(const GiniSums& scan, size_t column, uint32_t bin, Cut& best) const {
  if (scan.left_rows >= scan.count) return false;
  if (scan.left_rows < settings_.leaf_rows_min || scan.count - scan.left_rows < settings_.leaf_rows_min) return true;
  const auto left = static_cast<double>(scan.left_total), right = static_cast<double>(scan.right_total);
  const double score = (static_cast<double>(scan.left_squares) * right + static_cast<double>(scan.right_squares) * left) / (left * right);
  if (score > best.score) best = {true, score, column, bin};
  return true;
}

// Any impurity, from sums by bin.
void TreeBuilder::TryBySums(const Node& node, const Sums& sums, size_t column, const uint8_t* bins, Cut& best) {
  uint64_t present[4] = {};
  for (size_t i = node.begin; i < node.end; ++i) {
    const uint8_t bin = bins[samples_[i].row];
    const uint64_t bit = uint64_t{1} << (bin & 63);
    if ((present[bin >> 6] & bit) == 0) {
      present[bin >> 6] |= bit;
      std::fill_n(cells_.begin() + static_cast<ptrdiff_t>(bin * width_), width_, 0.0);
      cell_rows_[bin] = 0;
    }
    AddSample(samples_[i], cells_.data() + bin * width_);
    ++cell_rows_[bin];
  }
  Sums left(width_), right(width_);
  const size_t count = node.end - node.begin;
  size_t left_rows = 0;
  ForEachBin(present, [&](uint32_t bin) {
    for (size_t k = 0; k < width_; ++k) {
      left[k] += cells_[bin * width_ + k];
      right[k] = sums[k] - left[k];
    }
    left_rows += cell_rows_[bin];
    if (left_rows >= count) return false;
    if (left_rows < settings_.leaf_rows_min || count - left_rows < settings_.leaf_rows_min) return true;
    const double score = Quality(left) + Quality(right);
    if (score > best.score) best = {true, score, column, bin};
    return true;
  });
}

void TreeBuilder::TryRandomCut(const Node& node, const Sums& sums, size_t column, const uint8_t* bins, Random& random,
                               Cut& best) {
  uint8_t low = 255, high = 0;
  const size_t count = node.end - node.begin;
  for (size_t i = node.begin; i < node.end; ++i) {
    low = std::min(low, bins[samples_[i].row]);
    high = std::max(high, bins[samples_[i].row]);
  }
  if (low == high) return;
  const ColumnBins& of_column = data_.columns[column];
  uint32_t cut = 0;
  if (of_column.categorical) {
    cut = low + static_cast<uint32_t>(random.Below(high - low));
  } else {
    const double at = random.Uniform(Middle(of_column, low), Middle(of_column, high));
    const auto edge = std::upper_bound(of_column.edges.begin(), of_column.edges.end(), static_cast<float>(at));
    cut = std::clamp<uint32_t>(static_cast<uint32_t>(edge - of_column.edges.begin()), low, high - 1U);
  }
  Sums left(width_), right(width_);
  size_t left_rows = 0;
  for (size_t i = node.begin; i < node.end; ++i) {
    if (bins[samples_[i].row] > cut) continue;
    AddSample(samples_[i], left.data());
    ++left_rows;
  }
  if (left_rows < settings_.leaf_rows_min || count - left_rows < settings_.leaf_rows_min) return;
  for (size_t k = 0; k < width_; ++k) right[k] = sums[k] - left[k];
  const double score = Quality(left) + Quality(right);
  if (score > best.score) best = {true, score, column, cut};
}

}  // namespace tusk::ml
