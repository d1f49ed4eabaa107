// Objective: what boosting minimizes: gradients and hessians of a row's margins, the margins to begin with, the loss.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "mlkit/data/dataset.h"
#include "mlkit/ensemble/trees/tree_model.h"

namespace tusk::ml {

enum class BoostLoss : uint8_t { kLogistic, kSoftmax, kSquared, kHuber, kAbsolute, kQuantile, kPoisson };

// Rows of one shard. Scores are margins, [rows][outputs].
struct ObjectiveRows {
  std::span<const float> scores, labels, weights;   // weights may be empty
};

class Objective {
 public:
  // `alpha`: Huber's delta, or the quantile.
  Objective(BoostLoss loss, size_t classes, float alpha);

  size_t outputs() const { return outputs_; }
  TreeLink link() const;
  std::string name() const;             // "logistic", as in the settings
  std::string loss_name() const;        // of the figure: "log_loss", "rmse", …
  // Labels that the loss cannot take (negative counts).
  Status CheckLabels(const Block& block) const;

  // Gradients and hessians, [outputs][stride] from `at` on.
  void Gradients(const ObjectiveRows& rows, float* gradients, float* hessians, size_t stride) const;
  // Leaf values are quantiles of residuals instead of Newton's steps.
  bool renews_leaves() const { return loss_ == BoostLoss::kAbsolute || loss_ == BoostLoss::kQuantile; }
  double quantile() const { return loss_ == BoostLoss::kQuantile ? static_cast<double>(alpha_) : 0.5; }

  // The margins to begin with are a function of sums over rows; AddRow adds one to `sums` (sum_count of them).
  size_t sum_count() const { return 1 + outputs_; }
  void AddRow(float label, float weight, std::span<double> sums) const;
  std::vector<float> Base(std::span<const double> sums) const;

  // Sums of weighted losses and of weights over the rows: {loss, weight}.
  void AddLoss(const ObjectiveRows& rows, std::span<double> sums) const;
  double Loss(std::span<const double> sums) const;

 private:
  const BoostLoss loss_;
  const size_t outputs_;
  const float alpha_;
};

}  // namespace tusk::ml
