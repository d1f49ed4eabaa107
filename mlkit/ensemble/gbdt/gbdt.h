// Gradient boosting on histograms: one Step is one round, a tree for every output. Gradients are rounded to integers with
// a scale that all ranks share, so histograms are exact sums, and the model has the same bits on any number of ranks
// and threads.
#pragma once

#include <memory>
#include <vector>

#include "mlkit/api/algorithm.h"
#include "mlkit/api/parameters.h"
#include "mlkit/ensemble/gbdt/objective.h"
#include "mlkit/ensemble/trees/column_bins.h"
#include "mlkit/ensemble/trees/grower.h"

namespace tusk::ml {

struct GbdtSettings {
  BoostLoss loss = BoostLoss::kSquared;
  float alpha = 0.9F;                   // Huber's delta or the quantile
  size_t rounds = 100;
  double learning_rate = 0.1;
  GrowSettings grow;
  BinSettings bins;
  double bagging_fraction = 1;
  size_t bagging_every = 0;             // rounds; 0: no bagging
  double feature_fraction = 1;
  double validation_fraction = 0;       // rows that are not trained on
  size_t patience = 0;                  // early_stopping: rounds without a better validation loss
};

// LightGBM's and XGBoost's names are understood as aliases.
Result<GbdtSettings> ReadGbdtSettings(Parameters& parameters, const Schema& schema);
std::unique_ptr<Algorithm> MakeGbdt(const GbdtSettings& settings, const Schema& schema);
// For the catalog.
Result<std::unique_ptr<Algorithm>> MakeGbdtFromParameters(Parameters& parameters, const Schema& schema);

}  // namespace tusk::ml
