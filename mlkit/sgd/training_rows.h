// TrainingRows: the rows of a rank's shards as the trainers see them: with effective weights (row weight x class weight), and
// with some rows held out for validation.
#pragma once

#include <memory>
#include <vector>

#include "mlkit/api/algorithm.h"

namespace tusk::ml {

struct RowSettings {
  bool classifies = false;
  bool balanced = false;
  std::vector<double> class_weights;   // empty or [classes]
  double validation_fraction = 0;
  bool one_class_will_do = false;      // more rows come later
};

// Of one owned shard.
struct ShardRows {
  size_t number = 0;
  std::shared_ptr<const Block> block;
  std::vector<float> weights;          // effective; empty: all 1. Held-out rows have 0
  std::vector<uint32_t> training;      // row numbers, ascending
  std::vector<uint32_t> held_out;
  float weight(size_t row) const { return weights.empty() ? 1.0F : weights[row]; }
};

// What all ranks agree upon at the start; part of the saved state.
struct RowTotals {
  std::vector<double> class_weights;   // [classes] or empty
  double training_weight = 0;          // sum of effective weights
  double held_out_weight = 0;
  double training_rows = 0;
  double most_rows = 0;                // training rows of the largest shard

  void SaveTo(Bundle& bundle) const;
  static Result<RowTotals> LoadFrom(const Bundle& bundle, size_t classes);
};

// Communicates. An error if all labels are of one class, or if no row has a weight.
Result<RowTotals> AgreeOnRows(WorkerContext& context, const RowSettings& settings);
// The rank's shards with effective weights. Whether a row is held out depends on its global number and the seed only.
std::vector<ShardRows> PrepareRows(const WorkerContext& context, const RowSettings& settings, const RowTotals& totals);

}  // namespace tusk::ml
