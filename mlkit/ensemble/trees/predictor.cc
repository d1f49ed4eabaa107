// Eight rows at once: eight independent chains of loads hide each other's latency.
#include "mlkit/ensemble/trees/predictor.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tusk::ml {
namespace {

constexpr uint32_t kLeftBit = 0x80000000U;
constexpr size_t kLanes = 8;
constexpr size_t kBlockRows = 128;

}  // namespace

Predictor::Predictor(const TreeSet& set, size_t outputs, bool boosted) : set_(set), outputs_(outputs), boosted_(boosted) {
  for (const Tree& tree : set.trees) {
    for (const int32_t column : tree.column) columns_ = std::max(columns_, static_cast<size_t>(column + 1));
    Lay(tree);
  }
}

// Breadth first, so that siblings are neighbours.
void Predictor::Lay(const Tree& tree) {
  Place place;
  place.first_node = nodes_.size();
  place.first_value = values_.size();
  values_.insert(values_.end(), tree.values.begin(), tree.values.end());
  std::vector<size_t> order = {0};
  for (size_t i = 0; i < order.size(); ++i) {
    const size_t from = order[i];
    const auto at = static_cast<uint32_t>(i);
    if (tree.IsLeaf(from)) {
      nodes_.push_back({std::numeric_limits<float>::quiet_NaN(), kLeftBit, at, static_cast<uint32_t>(tree.left[from])});
      continue;
    }
    place.categorical |= (tree.flags[from] & Tree::kCategorical) != 0;
    const uint32_t bit = (tree.flags[from] & Tree::kDefaultLeft) != 0 ? kLeftBit : 0;
    nodes_.push_back({tree.threshold[from], static_cast<uint32_t>(tree.column[from]) | bit,
                      static_cast<uint32_t>(order.size()), 0});
    order.push_back(static_cast<size_t>(tree.left[from]));
    order.push_back(static_cast<size_t>(tree.right[from]));
  }
  places_.push_back(place);
}

template <bool kMissing>
void Predictor::AddTrees(const float* rows, size_t count, size_t columns, float* out) const {
  for (size_t t = 0; t < places_.size(); ++t) {
    const Place& place = places_[t];
    const auto add = [&](size_t row, size_t value) {
      if (boosted_) {
        out[row * outputs_ + t % outputs_] += values_[place.first_value + value];
      } else {
        const float* from = values_.data() + place.first_value + value * outputs_;
        for (size_t k = 0; k < outputs_; ++k) out[row * outputs_ + k] += from[k];
      }
    };
    if (place.categorical) {
      const Tree& tree = set_.trees[t];
      for (size_t row = 0; row < count; ++row) {
        size_t node = 0;
        while (!tree.IsLeaf(node)) {
          node = static_cast<size_t>(tree.Next(node, rows[row * columns + static_cast<size_t>(tree.column[node])]));
        }
        add(row, static_cast<size_t>(tree.left[node]));
      }
      continue;
    }
    const Node* nodes = nodes_.data() + place.first_node;
    for (size_t begin = 0; begin < count; begin += kLanes) {
      uint32_t at[kLanes] = {};
      const float* lanes[kLanes];
      for (size_t l = 0; l < kLanes; ++l) lanes[l] = rows + std::min(begin + l, count - 1) * columns;
      uint32_t moved = 1;
      while (moved != 0) {
        moved = 0;
#pragma clang loop unroll(full)
        for (size_t l = 0; l < kLanes; ++l) {
          const Node& node = nodes[at[l]];
          const float value = lanes[l][node.column & ~kLeftBit];
          uint32_t right = value >= node.threshold ? 1 : 0;
          if (kMissing) right |= (value != value ? 1U : 0U) & ~(node.column >> 31);
          const uint32_t next = node.left + right;
          moved |= next ^ at[l];
          at[l] = next;
        }
      }
      for (size_t l = 0; l < kLanes && begin + l < count; ++l) add(begin + l, nodes[at[l]].value);
    }
  }
}

void Predictor::Add(const float* rows, size_t count, size_t columns, float* out) const {
  for (size_t begin = 0; begin < count; begin += kBlockRows) {
    const size_t some = std::min(kBlockRows, count - begin);
    const float* from = rows + begin * columns;
    bool missing = false;
    for (size_t i = 0; i < some * columns; ++i) missing |= from[i] != from[i];
    if (missing) {
      AddTrees<true>(from, some, columns, out + begin * outputs_);
    } else {
      AddTrees<false>(from, some, columns, out + begin * outputs_);
    }
  }
}

void Predictor::AddBlock(const Block& block, std::span<float> out) const {
  const size_t columns = std::max<size_t>(1, columns_);
  if (!block.sparse && block.columns >= columns) {
    Add(block.dense.data(), block.rows, block.columns, out.data());
    return;
  }
  std::vector<float> rows(kBlockRows * columns);
  for (size_t begin = 0; begin < block.rows; begin += kBlockRows) {
    const size_t some = std::min(kBlockRows, block.rows - begin);
    std::fill(rows.begin(), rows.end(), 0.0F);
    for (size_t row = 0; row < some; ++row) {
      float* to = rows.data() + row * columns;
      if (block.sparse) {
        const SparseRow values = block.Row(begin + row);
        for (size_t i = 0; i < values.columns.size() && values.columns[i] < columns; ++i) {
          to[values.columns[i]] = values.values[i];
        }
      } else {
        std::copy_n(block.dense.data() + (begin + row) * block.columns, block.columns, to);
      }
    }
    Add(rows.data(), some, columns, out.data() + begin * outputs_);
  }
}

}  // namespace tusk::ml
