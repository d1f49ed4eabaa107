// TreeBuilder: grows one tree of a forest, alone, depth first. Which rows it sees and which columns a node looks at are functions
// of (seed, number of the tree).
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "mlkit/api/random.h"
#include "mlkit/ensemble/forest/bag.h"
#include "mlkit/ensemble/forest/forest_data.h"
#include "mlkit/ensemble/forest/gini_scan.h"
#include "mlkit/ensemble/forest/local_rows.h"
#include "mlkit/ensemble/trees/tree.h"

namespace tusk::ml {

enum class Impurity : uint8_t { kGini, kEntropy, kSquared };

struct TreeSettings {
  Impurity impurity = Impurity::kGini;
  bool random_cuts = false;             // extra trees: one random cut a column
  bool bootstrap = true;
  double sample_fraction = 1;           // of the rows, with bootstrap
  size_t columns_at_node = 1;
  size_t depth_max = 0;                 // 0: any
  size_t leaf_rows_min = 1;
  size_t split_rows_min = 2;
  double gain_min = 0;                  // share of the root's weighted impurity
};

class TreeBuilder {
 public:
  TreeBuilder(const ForestData& data, const TreeSettings& settings, uint64_t seed);
  Tree Build(uint64_t tree);
  // All rows in the order of a tree's leaves.
  static std::vector<uint32_t> OrderByLeaves(const ForestData& data, TreeSettings settings, uint64_t seed);

 private:
  using Sample = ForestSample;
  struct Node {
    size_t begin, end;
    uint32_t depth;
    int32_t number;                     // in the tree
  };
  struct Cut {
    bool found = false;
    double score = -std::numeric_limits<double>::infinity();   // the higher the better
    size_t column = 0;
    uint32_t bin = 0;                   // the last one that goes left
  };
  // Sums over samples: of weights by class, or {weight, weight * target, weight * target^2}.
  using Sums = std::vector<double>;

  Tree Grow(uint64_t tree, size_t local_max);
  void Draw(uint64_t tree);
  Sums SumsOf(size_t begin, size_t end) const;
  double Quality(const Sums& sums) const;       // impurity's complement times weight; higher is purer
  bool Pure(const Sums& sums) const;
  Cut FindCut(const Node& node, const Sums& sums, Random& random);
  // `bins` are the column's by Sample::row.
  void TryColumn(const Node& node, const Sums& sums, size_t column, const uint8_t* bins, Random& random, Cut& best);
  // Both sides of a cut that moves through a column's bins.
  struct GiniSums {
    size_t count = 0, left_rows = 0;
    uint64_t left_total = 0, right_total = 0, left_squares = 0, right_squares = 0;
  };
  void PrepareGini(const Node& node, const Sums& sums);
  void TryGini(const Node& node, const Sums& sums, size_t column, const uint8_t* bins, Cut& best);
  void CountGini(const Node& node, const Sums& sums, size_t column, const uint8_t* bins, Cut& best);
  bool Consider(const GiniSums& scan, size_t column, uint32_t bin, Cut& best) const;
  void TryBySums(const Node& node, const Sums& sums, size_t column, const uint8_t* bins, Cut& best);
  void TryRandomCut(const Node& node, const Sums& sums, size_t column, const uint8_t* bins, Random& random, Cut& best);
  void AddSample(const Sample& sample, double* sums) const;
  void Centre(const Node& node, Cut& cut) const;
  size_t SplitRows(const Node& node, const Cut& cut);
  // Bins of a column by Sample::row.
  const uint8_t* BinsOf(size_t column) const { return local_.empty() ? data_.Column(column) : local_.Column(column); }
  void SetLeaf(Tree& tree, int32_t node, const Sums& sums);
  void SetSplit(Tree& tree, int32_t node, const Cut& cut, double gain);

  const ForestData& data_;
  const TreeSettings settings_;
  const uint64_t seed_;
  const size_t width_;                  // of Sums
  double weight_unit_ = 1;
  std::vector<Sample> samples_, scratch_;
  std::vector<uint8_t> times_;          // in the bag, by number of the row
  std::vector<uint32_t> column_order_;
  std::vector<int32_t> pure_value_;     // of each class: its row of values, or -1
  LocalRows local_;
  const GiniScanner scanner_ = GiniScanners().back();
  // Of one node, and of one column at it.
  std::optional<GiniNode> gini_;        // where the fast scan can be used
  std::vector<GiniLanes> gini_cells_;
  std::vector<uint32_t> kept_rows_;
  std::vector<uint8_t> kept_bins_;
  std::vector<double> cells_;           // [256][width]
  std::vector<uint32_t> cell_rows_, class_weights_;
  std::vector<uint64_t> left_, right_;  // weights by class
};

}  // namespace tusk::ml
