// Settings of the linear models: what is minimized (loss, penalties, weights of classes) and how.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "mlkit/api/parameters.h"
#include "mlkit/data/dataset.h"
#include "mlkit/sgd/loss/loss.h"
#include "mlkit/sgd/optimizer/optimizer.h"
#include "mlkit/sgd/schedule.h"

namespace tusk::ml {

// The objective is the weighted mean of the loss + l2 / 2 * |w|^2 + l1 * |w|_1; the intercept is not penalized.
struct LinearSettings {
  std::string algorithm = "logistic";       // "linear", "logistic", "softmax", "svm"
  std::shared_ptr<const Loss> loss;
  double l1 = 0, l2 = 0;
  bool intercept = true;
  std::string optimizer = "newton";         // "newton", "lbfgs": full batch; "svrg" or a name of MakeGradientOptimizer: mini-batches
  std::shared_ptr<const GradientOptimizer> rule;    // of mini-batches
  Schedule schedule;
  size_t epochs = 20;                       // or iterations of a full-batch method
  size_t batch = 256;                       // rows over all lanes
  size_t lanes = 8;
  size_t accumulate = 1;                    // micro-steps of `batch` rows before one update
  size_t local_steps = 0;                   // > 0: each lane steps alone, then the lanes' weights are averaged
  double tolerance = 1e-4;                  // of the gradient's norm relative to the one at zero; of early stopping's gain
  size_t patience = 0;                      // > 0: epochs without a gain of `tolerance` on held-out rows before the end
  double validation_fraction = 0;           // rows held out
  bool balanced = false;                    // classes weigh inversely to their rows
  std::vector<double> class_weights;        // empty or [classes]

  bool full_batch() const { return optimizer == "newton" || optimizer == "lbfgs"; }
  // Of each lane in one micro-step.
  size_t LaneRows(size_t shards) const { return (batch + shards - 1) / shards; }
  size_t OutputsFor(const Schema& schema) const { return loss->OutputsFor(schema.classes); }
};

// `loss` empty: the algorithm's own. Errors say which setting does not fit.
Result<LinearSettings> ReadLinearSettings(const std::string& algorithm, Parameters& parameters, const Schema& schema);

}  // namespace tusk::ml
