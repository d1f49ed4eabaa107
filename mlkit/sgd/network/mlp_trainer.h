// The multi-layer perceptron: mini-batches that take rows of every lane, on a tape over a backend. A superstep is one update, or one
// round of local steps.
#pragma once

#include <memory>

#include "mlkit/api/algorithm.h"
#include "mlkit/sgd/linear_settings.h"
#include "mlkit/sgd/network/network_gradients.h"

namespace tusk::ml {

struct MlpSettings {
  LinearSettings how;                     // loss, optimizer, schedule, batches, held-out rows
  std::vector<size_t> hidden = {128};
  Activation activation = Activation::kRelu;
  double dropout = 0;
  // Where it computes; null: on the CPU.
  MakeBackend make_backend = nullptr;
  // Not null: of a stream of rows, these are some; weights and the optimizer's memory come from this state of a trainer, if it holds any.
  std::shared_ptr<const Bundle> go_on_from = nullptr;

  Network NetworkFor(const Schema& schema) const;
};

Result<MlpSettings> ReadMlpSettings(Parameters& parameters, const Schema& schema);
std::unique_ptr<Algorithm> MakeMlpTrainer(MlpSettings settings);

// For the catalog.
Result<std::unique_ptr<Algorithm>> MakeMlp(Parameters& parameters, const Schema& schema);

}  // namespace tusk::ml
