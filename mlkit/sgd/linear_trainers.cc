// Which trainer a linear model's settings ask for.
#include "mlkit/sgd/linear_trainers.h"

#include "mlkit/sgd/lbfgs_trainer.h"
#include "mlkit/sgd/minibatch_trainer.h"
#include "mlkit/sgd/newton_trainer.h"

namespace tusk::ml {
std::unique_ptr<Algorithm> MakeLinearTrainer(LinearSettings settings) {
  if (settings.optimizer == "newton") return MakeNewtonTrainer(std::move(settings));
  if (settings.optimizer == "lbfgs") return MakeLbfgsTrainer(std::move(settings));
  return MakeMinibatchTrainer(std::move(settings));
}

}  // namespace tusk::ml
