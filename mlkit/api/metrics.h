// How good a model is on a data set. Sums go over shards in the order of their numbers: equal figures on any number of threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/core/result.h"
#include "mlkit/api/model.h"
#include "mlkit/data/dataset.h"

namespace tusk::ml {

class ThreadPool;

// Weighted by the rows' weights. What does not apply is absent: classification has accuracy (log_loss where the model gives
// probabilities, auc with two classes), regression the others.
struct Metrics {
  uint64_t rows = 0;
  std::optional<double> accuracy = {}, log_loss = {}, auc = {}, rmse = {}, mae = {}, r2 = {};
  // [actual * classes + predicted], rows (not weights); empty above kConfusionClassesMax classes.
  std::vector<uint64_t> confusion = {};

  // Those that are there, by name, in the order of the fields.
  std::vector<std::pair<std::string, double>> Named() const;
};
inline constexpr size_t kConfusionClassesMax = 256;

// The data set's labels must be the model's class numbers (open it with the model's schema).
Result<Metrics> Evaluate(const Model& model, const Dataset& dataset, ThreadPool& pool);

// Exact area under the ROC curve: the chance that a random positive scores higher than a random negative, ties counting
// half. Absent where there is only one of both, or a NaN. `scores` is sorted in place.
struct ScoredRow {
  float score = 0;
  float weight = 1;
  bool positive = false;
};
std::optional<double> AreaUnderCurve(std::vector<ScoredRow>& rows);

}  // namespace tusk::ml
