// OnlineLinear: a linear model that learns from one block after the other, in one process (`partial_fit`): each block's rows in
// their order, `batch` at a time.
#pragma once

#include <memory>

#include "mlkit/sgd/lane_gradient.h"
#include "mlkit/sgd/linear_learner.h"
#include "mlkit/sgd/online/online_model.h"

namespace tusk::ml {

class OnlineLinear final : public OnlineModel {
 public:
  // schema.rows need not be known. The settings' optimizer must be one of mini-batches.
  static Result<std::unique_ptr<OnlineLinear>> Make(LinearSettings settings, Schema schema);

  Status PartialFit(std::shared_ptr<const Block> block) override;
  Result<std::unique_ptr<Model>> MakeModel() const override;

 private:
  OnlineLinear(LinearSettings settings, Schema schema);

  LinearSettings settings_;
  Schema schema_;
  size_t outputs_;
  LinearLearner learner_;
  LaneScratch scratch_;
  uint64_t rows_ = 0;
};

}  // namespace tusk::ml
