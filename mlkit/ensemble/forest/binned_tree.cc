// Cuts of forests are all "bin <= b": categories go left as a range of bins, missing values are the last bin.
#include "mlkit/ensemble/forest/binned_tree.h"

#include <algorithm>
#include <cmath>

namespace tusk::ml {
namespace {

uint32_t LastLeft(const Tree& tree, size_t node, const ColumnBins& bins) {
  if ((tree.flags[node] & Tree::kCategorical) == 0) {
    return static_cast<uint32_t>(std::lower_bound(bins.edges.begin(), bins.edges.end(), tree.threshold[node]) - bins.edges.begin());
  }
  const auto set = static_cast<size_t>(tree.threshold[node]);
  return tree.set_starts[set + 1] - tree.set_starts[set] - 1;   // a cut takes the most frequent categories: the first bins
}

}  // namespace

BinnedTree::BinnedTree(const Tree& tree, size_t outputs, const ForestData& data) : outputs_(outputs) {
  for (const float value : tree.values) units_.push_back(static_cast<int64_t>(std::floor(static_cast<double>(value) * kUnits + 0.5)));
  std::vector<size_t> order = {0};      // breadth first: siblings are neighbours
  for (size_t i = 0; i < order.size(); ++i) {
    const size_t from = order[i];
    Node node;
    if (tree.IsLeaf(from)) {
      node.left = static_cast<uint32_t>(i);
      node.value = static_cast<uint32_t>(tree.left[from]);
    } else {
      node.column = static_cast<uint32_t>(tree.column[from]);
      node.left = static_cast<uint32_t>(order.size());
      node.last_left = LastLeft(tree, from, data.columns[node.column]);
      order.push_back(static_cast<size_t>(tree.left[from]));
      order.push_back(static_cast<size_t>(tree.right[from]));
    }
    nodes_.push_back(node);
  }
}

std::array<uint32_t, BinnedTree::kLanes> BinnedTree::ValueRows(const std::array<const uint8_t*, kLanes>& rows) const {
  std::array<uint32_t, kLanes> at{};
  uint32_t moved = 1;
  while (moved != 0) {
    moved = 0;
    for (size_t l = 0; l < kLanes; ++l) {
      const Node& node = nodes_[at[l]];
      const uint32_t next = node.left + (rows[l][node.column] > node.last_left ? 1 : 0);
      moved |= next ^ at[l];
      at[l] = next;
    }
  }
  for (uint32_t& node : at) node = nodes_[node].value;
  return at;
}

}  // namespace tusk::ml
