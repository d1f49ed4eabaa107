// Tree: one decision tree as arrays over its nodes, and TreeSet: many of them, as a model or a checkpoint keeps them.
// Node 0 is the root and children have greater numbers than their parent.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "mlkit/api/bundle.h"

namespace tusk::ml {

struct Tree {
  static constexpr uint8_t kDefaultLeft = 1;   // a missing value goes left
  static constexpr uint8_t kCategorical = 2;   // goes left if its category is in the node's set

  // By node. A leaf has column -1, and `left` is the number of its row of `values`.
  std::vector<int32_t> column;
  std::vector<float> threshold;                // x < threshold goes left; a categorical node: the number of its set
  std::vector<int32_t> left, right;
  std::vector<uint8_t> flags;
  std::vector<float> gain;                     // of the split; 0 for leaves
  std::vector<float> cover;                    // hessians or weights of the training rows here

  std::vector<float> values;                   // [value rows][outputs of the set]
  std::vector<uint32_t> set_starts = {0};      // set s is categories[set_starts[s], set_starts[s + 1]), ascending
  std::vector<uint32_t> categories;

  size_t nodes() const { return column.size(); }
  bool IsLeaf(size_t node) const { return column[node] < 0; }
  size_t leaves() const;

  // Appends a leaf whose value row is `value_row`; its number.
  int32_t AddLeaf(int32_t value_row, float node_cover);
  // Adds a set of categories; its number.
  uint32_t AddSet(std::span<const uint32_t> ascending);
  bool SetHas(uint32_t set, float value) const;
  // The child of `node` that a value goes to.
  int32_t Next(size_t node, float value) const;
};

struct TreeSet {
  size_t outputs = 1;        // floats a row of values
  std::vector<Tree> trees;

  void Save(Bundle& bundle) const;
  // Checks everything that prediction relies on: numbers in range, children after parents.
  static Result<TreeSet> Load(const Bundle& bundle, size_t columns);
};

}  // namespace tusk::ml
