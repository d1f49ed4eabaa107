// Random forests and extra trees: every tree is grown by one rank from all rows (ForestData), a batch of trees a Step, and
// goes to everybody; the model's bits depend on the data, the seed and the settings only.
#pragma once

#include <memory>

#include "mlkit/api/algorithm.h"
#include "mlkit/api/parameters.h"
#include "mlkit/ensemble/forest/tree_builder.h"

namespace tusk::ml {

struct ForestSettings {
  std::string name = "forest";          // or "extratrees", "tree"
  size_t trees = 100;
  TreeSettings tree;
  size_t bins_max = 255;
  size_t trees_at_once = 32;            // in a Step, over all ranks
  bool out_of_bag = true;               // score: accuracy or R^2 of rows on the trees that did not see them
  uint64_t memory_mb = 8192;            // of the rows on each rank
};

// scikit-learn's names are understood as aliases.
Result<ForestSettings> ReadForestSettings(Parameters& parameters, const Schema& schema, const std::string& name);
std::unique_ptr<Algorithm> MakeForest(const ForestSettings& settings, const Schema& schema);
// For the catalog.
Result<std::unique_ptr<Algorithm>> MakeRandomForest(Parameters& parameters, const Schema& schema);
Result<std::unique_ptr<Algorithm>> MakeExtraTrees(Parameters& parameters, const Schema& schema);
// One decision tree: all rows, all columns.
Result<std::unique_ptr<Algorithm>> MakeDecisionTree(Parameters& parameters, const Schema& schema);

}  // namespace tusk::ml
