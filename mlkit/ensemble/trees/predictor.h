// Predictor: trees laid out for speed. Rows go through a tree eight at a time, without branches, and a block of rows goes
// through all trees while it is in the cache.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mlkit/data/block.h"
#include "mlkit/ensemble/trees/tree.h"

namespace tusk::ml {

class Predictor {
 public:
  // Boosted: tree t adds its value to output t % outputs. Otherwise a tree adds its row of set.outputs values.
  // `set` must outlive the predictor.
  Predictor(const TreeSet& set, size_t outputs, bool boosted);

  // Adds to out[rows][outputs]. Rows are dense floats of `columns` values each, all columns the trees ask for.
  void Add(const float* rows, size_t count, size_t columns, float* out) const;
  // The same for any block: sparse rows, and rows without their last columns, are filled with zeros.
  void AddBlock(const Block& block, std::span<float> out) const;
  size_t columns() const { return columns_; }

 private:
  struct Node {                 // a leaf goes to itself for ever: its threshold is NaN
    float threshold;
    uint32_t column;            // kDefaultLeft in the top bit
    uint32_t left;              // the right child is the next one
    uint32_t value;             // of a leaf: its row of values
  };
  struct Place {
    size_t first_node = 0, first_value = 0;
    bool categorical = false;   // slowly, by the tree itself
  };
  template <bool kMissing>
  void AddTrees(const float* rows, size_t count, size_t columns, float* out) const;
  void Lay(const Tree& tree);

  const TreeSet& set_;
  const size_t outputs_;
  const bool boosted_;
  size_t columns_ = 0;          // 1 + the highest column of a split
  std::vector<Node> nodes_;
  std::vector<Place> places_;
  std::vector<float> values_;
};

}  // namespace tusk::ml
