// BinnedTree: a tree of a forest that walks rows of ForestData: comparisons of bytes, eight rows at once.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "mlkit/ensemble/forest/forest_data.h"
#include "mlkit/ensemble/trees/tree.h"

namespace tusk::ml {

class BinnedTree {
 public:
  static constexpr size_t kLanes = 8;
  static constexpr double kUnits = 1 << 20;

  BinnedTree(const Tree& tree, size_t outputs, const ForestData& data);
  // A row of the tree's values, as integers in steps of 2^-20: their sums over ranks are exact.
  const int64_t* Units(size_t value_row) const { return units_.data() + value_row * outputs_; }
  // The rows of values that eight rows' bins lead to.
  std::array<uint32_t, kLanes> ValueRows(const std::array<const uint8_t*, kLanes>& rows) const;

 private:
  struct Node {
    uint32_t column = 0;
    uint32_t left = 0;                  // the right child follows; a leaf leads to itself
    uint32_t last_left = 255;           // bin
    uint32_t value = 0;
  };
  std::vector<Node> nodes_;
  size_t outputs_ = 1;
  std::vector<int64_t> units_;
};

}  // namespace tusk::ml
