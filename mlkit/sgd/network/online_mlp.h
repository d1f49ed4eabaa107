// OnlineMlp: a perceptron that learns from one block after the other: each is one epoch of the trainer, which goes on from the
// weights and the optimizer's memory of the blocks before.
#pragma once

#include <memory>

#include "mlkit/sgd/network/mlp_trainer.h"
#include "mlkit/sgd/online/online_model.h"

namespace tusk::ml {

class OnlineMlp final : public OnlineModel {
 public:
  static Result<std::unique_ptr<OnlineMlp>> Make(MlpSettings settings, Schema schema, uint64_t seed);

  Status PartialFit(std::shared_ptr<const Block> block) override;
  Result<std::unique_ptr<Model>> MakeModel() const override;

 private:
  OnlineMlp(MlpSettings settings, Schema schema, uint64_t seed)
      : settings_(std::move(settings)), schema_(std::move(schema)), seed_(seed) {}

  const MlpSettings settings_;
  const Schema schema_;
  const uint64_t seed_;
  std::shared_ptr<const Bundle> state_;   // after the last block
  std::vector<uint8_t> model_;            // its file
};

}  // namespace tusk::ml
