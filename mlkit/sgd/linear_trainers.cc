// Which trainer a linear model's settings ask for.
#include "mlkit/sgd/linear_trainers.h"

#include "mlkit/sgd/lbfgs_trainer.h"
#include "mlkit/sgd/minibatch_trainer.h"
#include "mlkit/sgd/newton_trainer.h"

namespace tusk::ml {
namespace {

Result<std::unique_ptr<Algorithm>> Make(const std::string& algorithm, Parameters& parameters, const Schema& schema) {
  ASSIGN_OR_RETURN(LinearSettings settings, ReadLinearSettings(algorithm, parameters, schema));
  return MakeLinearTrainer(std::move(settings));
}

}  // namespace

std::unique_ptr<Algorithm> MakeLinearTrainer(LinearSettings settings) {
  if (settings.optimizer == "newton") return MakeNewtonTrainer(std::move(settings));
  if (settings.optimizer == "lbfgs") return MakeLbfgsTrainer(std::move(settings));
  return MakeMinibatchTrainer(std::move(settings));
}

Result<std::unique_ptr<Algorithm>> MakeLinear(Parameters& parameters, const Schema& schema) { return Make("linear", parameters, schema); }
Result<std::unique_ptr<Algorithm>> MakeLogistic(Parameters& parameters, const Schema& schema) { return Make("logistic", parameters, schema); }
Result<std::unique_ptr<Algorithm>> MakeSoftmax(Parameters& parameters, const Schema& schema) { return Make("softmax", parameters, schema); }
Result<std::unique_ptr<Algorithm>> MakeSvm(Parameters& parameters, const Schema& schema) { return Make("svm", parameters, schema); }

}  // namespace tusk::ml
