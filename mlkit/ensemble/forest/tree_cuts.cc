// The search for a node's cut, column by column.
#include <algorithm>
#include <bit>
#include <cmath>

#include "mlkit/ensemble/forest/tree_builder.h"

namespace tusk::ml {
namespace {

constexpr uint32_t kEnd = UINT32_MAX;

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
  for (size_t i = 0; i < columns; ++i) {
    if (i >= settings_.columns_at_node && best.found) break;
    std::swap(column_order_[i], column_order_[i + random.Below(columns - i)]);
    TryColumn(node, sums, column_order_[i], random, best);
  }
  return best;
}

void TreeBuilder::TryColumn(const Node& node, const Sums& sums, size_t column, Random& random, Cut& best) {
  if (data_.columns[column].bins() < 2) return;
  if (settings_.random_cuts) {
    TryRandomCut(node, sums, column, random, best);
  } else if (settings_.impurity == Impurity::kGini) {
    TryGini(node, sums, column, best);
  } else {
    TryBySums(node, sums, column, best);
  }
}

// Gini: the sums of squares of both sides change by one sample at a time, so a node of n samples costs n steps however many
// bins and classes there are.
void TreeBuilder::TryGini(const Node& node, const Sums& sums, size_t column, Cut& best) {
  const uint8_t* bins = data_.Column(column);
  const Sample* samples = samples_.data() + node.begin;
  const auto count = static_cast<uint32_t>(node.end - node.begin);
  uint64_t present[4] = {};
  uint32_t* head = head_.data();
  uint32_t* next = next_.data();
  for (uint32_t i = 0; i < count; ++i) {
    const uint8_t bin = bins[samples[i].row];
    uint64_t& word = present[bin >> 6];
    const uint64_t bit = uint64_t{1} << (bin & 63);
    next[i] = (word & bit) != 0 ? head[bin] : kEnd;
    head[bin] = i;
    word |= bit;
  }
  uint64_t left_total = 0, right_total = 0;
  double left_squares = 0, right_squares = 0;
  for (size_t k = 0; k < width_; ++k) {
    left_[k] = 0;
    right_[k] = static_cast<uint64_t>(sums[k]);
    right_total += right_[k];
    right_squares += sums[k] * sums[k];
  }
  uint32_t left_rows = 0;
  const auto least = static_cast<uint32_t>(settings_.leaf_rows_min);
  ForEachBin(present, [&](uint32_t bin) {
    for (uint32_t i = head[bin]; i != kEnd; i = next[i]) {
      const Sample& sample = samples[i];
      const auto weight = static_cast<double>(sample.weight);
      uint64_t &left = left_[sample.label_class], &right = right_[sample.label_class];
      left_squares += weight * (2 * static_cast<double>(left) + weight);
      right_squares -= weight * (2 * static_cast<double>(right) - weight);
      left += sample.weight;
      right -= sample.weight;
      left_total += sample.weight;
      right_total -= sample.weight;
      ++left_rows;
    }
    if (left_rows >= count) return false;
    if (left_rows < least || count - left_rows < least) return true;
    const double score = left_squares / static_cast<double>(left_total) + right_squares / static_cast<double>(right_total);
    if (score > best.score) best = {true, score, column, bin};
    return true;
  });
}

// Any impurity, from sums by bin.
void TreeBuilder::TryBySums(const Node& node, const Sums& sums, size_t column, Cut& best) {
  const uint8_t* bins = data_.Column(column);
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

void TreeBuilder::TryRandomCut(const Node& node, const Sums& sums, size_t column, Random& random, Cut& best) {
  const uint8_t* bins = data_.Column(column);
  uint8_t low = 255, high = 0;
  for (size_t i = node.begin; i < node.end; ++i) {
    const uint8_t bin = bins[samples_[i].row];
    column_bins_[i - node.begin] = bin;
    low = std::min(low, bin);
    high = std::max(high, bin);
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
  const size_t count = node.end - node.begin;
  for (size_t i = 0; i < count; ++i) {
    if (column_bins_[i] > cut) continue;
    AddSample(samples_[node.begin + i], left.data());
    ++left_rows;
  }
  if (left_rows < settings_.leaf_rows_min || count - left_rows < settings_.leaf_rows_min) return;
  for (size_t k = 0; k < width_; ++k) right[k] = sums[k] - left[k];
  const double score = Quality(left) + Quality(right);
  if (score > best.score) best = {true, score, column, cut};
}

}  // namespace tusk::ml
