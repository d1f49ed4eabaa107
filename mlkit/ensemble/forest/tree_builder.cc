// Growth of one tree: bag, nodes, leaves.
#include "mlkit/ensemble/forest/tree_builder.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tusk::ml {
namespace {

constexpr uint32_t kNodeStream = 0x6e6f6465;

// By operations that every processor rounds alike; x is positive and normal.
double StableLog2(double x) {
  int exponent = 0;
  double m = std::frexp(x, &exponent);
  if (m < 0.70710678118654752) {
    m *= 2;
    --exponent;
  }
  const double s = (m - 1) / (m + 1), square = s * s;
  double sum = 0;
  for (int k = 21; k >= 1; k -= 2) sum = sum * square + 1.0 / k;
  return exponent + 2 * s * sum * 1.4426950408889634;
}

}  // namespace

TreeBuilder::TreeBuilder(const ForestData& data, const TreeSettings& settings, uint64_t seed)
    : data_(data), settings_(settings), seed_(seed), width_(data.classes == 0 ? 3 : data.classes),
      column_order_(data.columns.size()), gini_cells_(256), cells_(256 * width_), cell_rows_(256), left_(width_), right_(width_) {
  double sum = 0, least = 1;
  for (const float weight : data.weights) {
    sum += static_cast<double>(weight);
    if (weight > 0) least = std::min(least, static_cast<double>(weight));
  }
  // Whole numbers stay as they are if they fit; others get steps so fine that 2^30 of them are all rows.
  bool whole = true;
  for (const float weight : data.weights) whole &= weight == std::floor(weight);
  weight_unit_ = whole && sum < 1e8 ? 1.0 : std::max(sum, 1e-30) / 1073741824.0;
}

// The tree's samples. Rows of weight 0 are left out.
void TreeBuilder::Draw(uint64_t tree) {
  samples_.clear();
  times_.assign(data_.rows, 1);
  if (settings_.bootstrap) {
    Bag bag(seed_, tree, settings_.sample_fraction);
    for (size_t row = 0; row < data_.rows; ++row) times_[row] = static_cast<uint8_t>(bag.Times(row));
  }
  for (size_t row = 0; row < data_.rows; ++row) {
    const uint32_t times = times_[data_.numbers[row]];
    const double weight = data_.weights.empty() ? 1.0 : static_cast<double>(data_.weights[row]);
    const double units = weight / weight_unit_ * times;
    if (units < 0.5) continue;
    Sample sample{};
    sample.row = static_cast<uint32_t>(row);
    if (data_.classes > 0) {
      sample.weight = static_cast<uint32_t>(units + 0.5);
      sample.label_class = static_cast<uint32_t>(data_.labels[row]);
    } else {
      sample.weight = std::bit_cast<uint32_t>(static_cast<float>(weight * times));
      sample.label_class = std::bit_cast<uint32_t>(data_.labels[row]);
    }
    samples_.push_back(sample);
  }
  scratch_.resize(samples_.size());
}

void TreeBuilder::AddSample(const Sample& sample, double* sums) const {
  if (data_.classes > 0) {
    sums[sample.label_class] += sample.weight;
    return;
  }
  const auto share = static_cast<double>(sample.share()), target = static_cast<double>(sample.target());
  sums[0] += share;
  sums[1] += share * target;
  sums[2] += share * target * target;
}

TreeBuilder::Sums TreeBuilder::SumsOf(size_t begin, size_t end) const {
  Sums sums(width_);
  for (size_t i = begin; i < end; ++i) AddSample(samples_[i], sums.data());
  return sums;
}

double TreeBuilder::Quality(const Sums& sums) const {
  if (settings_.impurity == Impurity::kSquared) return sums[0] > 0 ? sums[1] * sums[1] / sums[0] : 0;
  const double total = std::accumulate(sums.begin(), sums.end(), 0.0);
  if (total <= 0) return 0;
  double quality = 0;
  if (settings_.impurity == Impurity::kGini) {
    for (const double weight : sums) quality += weight * weight;
    return quality / total;
  }
  for (const double weight : sums) {
    if (weight > 0) quality += weight * StableLog2(weight / total);
  }
  return quality;
}

bool TreeBuilder::Pure(const Sums& sums) const {
  if (data_.classes > 0) return std::count_if(sums.begin(), sums.end(), [](double weight) { return weight > 0; }) <= 1;
  return sums[2] - sums[1] * sums[1] / sums[0] <= 1e-12 * std::max(1e-30, sums[2]);
}

Tree TreeBuilder::Build(uint64_t tree_number) {
  return Grow(tree_number, LocalRows::RowsMax(data_, settings_.columns_at_node));
}

std::vector<uint32_t> TreeBuilder::OrderByLeaves(const ForestData& data, TreeSettings settings, uint64_t seed) {
  settings.bootstrap = false;
  settings.leaf_rows_min = 32;
  settings.gain_min = 0;
  settings.depth_max = 0;
  TreeBuilder builder(data, settings, seed);
  (void)builder.Grow(UINT32_MAX, 0);
  std::vector<uint32_t> order;
  std::vector<bool> placed(data.rows);
  for (const Sample& sample : builder.samples_) {
    order.push_back(sample.row);
    placed[sample.row] = true;
  }
  for (uint32_t row = 0; row < data.rows; ++row) {  // of weight 0
    if (!placed[row]) order.push_back(row);
  }
  return order;
}

Tree TreeBuilder::Grow(uint64_t tree_number, size_t local_max) {
  Draw(tree_number);
  Tree tree;
  pure_value_.assign(width_, -1);
  std::iota(column_order_.begin(), column_order_.end(), 0U);
  Random random(seed_, kNodeStream + (tree_number << 32));
  std::vector<Node> stack = {{0, samples_.size(), 0, tree.AddLeaf(0, 0)}};
  double root_impurity = 0;
  size_t local_end = 0;
  local_.Clear();
  while (!stack.empty()) {
    const Node node = stack.back();
    stack.pop_back();
    if (node.begin >= local_end) {      // depth first: a subtree's nodes come one after the other
      local_.Clear();
      if (node.end - node.begin <= local_max) {
        local_.Take(data_, std::span(samples_).subspan(node.begin, node.end - node.begin));
        local_end = node.end;
      }
    }
    const Sums sums = SumsOf(node.begin, node.end);
    const double total = data_.classes > 0 ? std::accumulate(sums.begin(), sums.end(), 0.0) * weight_unit_ : sums[0];
    tree.cover[static_cast<size_t>(node.number)] = static_cast<float>(total);
    if (node.number == 0) root_impurity = std::max(1e-30, std::fabs(total / weight_unit_ - Quality(sums)));
    const size_t rows = node.end - node.begin;
    const bool stop = rows < settings_.split_rows_min || rows < 2 * settings_.leaf_rows_min || Pure(sums) ||
                      (settings_.depth_max > 0 && node.depth >= settings_.depth_max);
    const Cut cut = stop ? Cut() : FindCut(node, sums, random);
    const double gain = cut.found ? cut.score - Quality(sums) : 0;
    if (!cut.found || gain < settings_.gain_min * root_impurity - 1e-9 * root_impurity) {
      SetLeaf(tree, node.number, sums);
      continue;
    }
    const size_t middle = SplitRows(node, cut);
    SetSplit(tree, node.number, cut, std::max(0.0, gain) * (data_.classes > 0 ? weight_unit_ : 1.0));
    const int32_t left = tree.AddLeaf(0, 0), right = tree.AddLeaf(0, 0);
    tree.left[static_cast<size_t>(node.number)] = left;
    tree.right[static_cast<size_t>(node.number)] = right;
    stack.push_back({middle, node.end, node.depth + 1, right});
    stack.push_back({node.begin, middle, node.depth + 1, left});
  }
  return tree;
}

size_t TreeBuilder::SplitRows(const Node& node, const Cut& cut) {
  const uint8_t* bins = BinsOf(cut.column);
  size_t left = node.begin, right = 0;
  for (size_t i = node.begin; i < node.end; ++i) {
    const Sample sample = samples_[i];
    const bool goes_left = bins[sample.row] <= cut.bin;
    samples_[left] = sample;
    scratch_[right] = sample;
    left += goes_left ? 1 : 0;
    right += goes_left ? 0 : 1;
  }
  std::copy_n(scratch_.begin(), right, samples_.begin() + static_cast<ptrdiff_t>(left));
  return left;
}

void TreeBuilder::SetLeaf(Tree& tree, int32_t node, const Sums& sums) {
  const auto row = static_cast<int32_t>(tree.values.size() / (data_.classes == 0 ? 1 : data_.classes));
  tree.left[static_cast<size_t>(node)] = row;
  if (data_.classes == 0) {
    tree.values.push_back(sums[0] > 0 ? static_cast<float>(sums[1] / sums[0]) : 0.0F);
    return;
  }
  const double total = std::accumulate(sums.begin(), sums.end(), 0.0);
  const auto top = std::max_element(sums.begin(), sums.end());
  int32_t* pure = *top == total && total > 0 ? &pure_value_[static_cast<size_t>(top - sums.begin())] : nullptr;
  if (pure != nullptr && *pure >= 0) {  // most leaves of a grown tree: they share one row of values a class
    tree.left[static_cast<size_t>(node)] = *pure;
    return;
  }
  if (pure != nullptr) *pure = row;
  for (const double weight : sums) tree.values.push_back(total > 0 ? static_cast<float>(weight / total) : 0.0F);
}

void TreeBuilder::SetSplit(Tree& tree, int32_t number, const Cut& cut, double gain) {
  const auto node = static_cast<size_t>(number);
  const ColumnBins& bins = data_.columns[cut.column];
  tree.column[node] = static_cast<int32_t>(cut.column);
  tree.gain[node] = static_cast<float>(gain);
  if (!bins.categorical) {
    tree.threshold[node] = cut.bin < bins.edges.size() ? bins.edges[cut.bin] : INFINITY;
    return;
  }
  tree.flags[node] |= Tree::kCategorical;
  std::vector<uint32_t> set(bins.categories.begin(),
                            bins.categories.begin() + static_cast<ptrdiff_t>(std::min<size_t>(cut.bin + 1, bins.categories.size())));
  std::sort(set.begin(), set.end());
  tree.threshold[node] = static_cast<float>(tree.AddSet(set));
}

}  // namespace tusk::ml
