// Estimators over the algorithms and the runtime of one process.
#include "mlkit/sgd/estimators.h"

#include <cstdio>

#include "mlkit/api/local_training.h"
#include "mlkit/sgd/linear_trainers.h"
#include "mlkit/sgd/network/online_mlp.h"
#include "mlkit/sgd/online/online_linear.h"

namespace tusk::ml {

std::string EstimatorBase::Text(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.17g", value);
  return text;
}

Result<LinearSettings> EstimatorBase::LinearSettingsFor(const Schema& schema) const {
  Parameters parameters(values_);
  ASSIGN_OR_RETURN(LinearSettings settings, ReadLinearSettings(algorithm_, parameters, schema));
  RETURN_IF_ERROR(parameters.Check());
  if (loss_ != nullptr) {
    if (loss_->classifies() != (schema.classes > 0)) return Status(Code::kInvalidArgument, "the loss does not fit the data's labels");
    settings.loss = loss_;
    const bool newton = loss_->curved() && settings.l1 == 0;
    if (!parameters.Has("optimizer")) settings.optimizer = newton ? "newton" : "lbfgs";
    else if (settings.optimizer == "newton" && !newton) return Status(Code::kInvalidArgument, "optimizer newton needs a Curvature in the loss and no l1");
  }
  if (rule_ != nullptr) {
    settings.optimizer = "own";
    settings.rule = rule_;
  }
  if (!settings.full_batch() && settings.lanes == 0) {  // the defaults of mini-batches
    settings.lanes = 8;
    if (!parameters.Has("epochs")) settings.epochs = 20;
  }
  return settings;
}

Result<MlpSettings> EstimatorBase::MlpSettingsFor(const Schema& schema) const {
  Parameters parameters(values_);
  ASSIGN_OR_RETURN(MlpSettings settings, ReadMlpSettings(parameters, schema));
  RETURN_IF_ERROR(parameters.Check());
  if (loss_ != nullptr) return Status(Code::kUnsupported, "a perceptron has its own losses");
  if (rule_ != nullptr) settings.how.rule = rule_;
  return settings;
}

Result<std::unique_ptr<Algorithm>> EstimatorBase::make(const Schema& schema) const {
  if (algorithm_ == "mlp") {
    ASSIGN_OR_RETURN(MlpSettings settings, MlpSettingsFor(schema));
    return MakeMlpTrainer(std::move(settings));
  }
  ASSIGN_OR_RETURN(LinearSettings settings, LinearSettingsFor(schema));
  return MakeLinearTrainer(std::move(settings));
}

Result<std::unique_ptr<Model>> EstimatorBase::fit(std::shared_ptr<const Dataset> dataset) const {
  ASSIGN_OR_RETURN(const auto algorithm, make(dataset->schema()));
  LocalTrainingOptions options;
  options.seed = seed_;
  options.threads = threads_;
  return TrainLocally(*algorithm, std::move(dataset), options);
}

Status EstimatorBase::partial_fit(const Schema& schema, std::shared_ptr<const Block> block) {
  if (online_ == nullptr) {
    if (algorithm_ == "mlp") {
      ASSIGN_OR_RETURN(MlpSettings settings, MlpSettingsFor(schema));
      ASSIGN_OR_RETURN(online_, OnlineMlp::Make(std::move(settings), schema, seed_));
      return online_->PartialFit(std::move(block));
    }
    ASSIGN_OR_RETURN(LinearSettings settings, LinearSettingsFor(schema));
    ASSIGN_OR_RETURN(online_, OnlineLinear::Make(std::move(settings), schema));
  }
  return online_->PartialFit(std::move(block));
}

Result<std::unique_ptr<Model>> EstimatorBase::model() const {
  if (online_ == nullptr) return Status(Code::kIllegalState, "model() comes after partial_fit; fit gives its model itself");
  return online_->MakeModel();
}

}  // namespace tusk::ml
