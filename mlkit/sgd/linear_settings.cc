// Reading of the linear models' settings, with the names that scikit-learn and LIBLINEAR users know as aliases.
#include "mlkit/sgd/linear_settings.h"

namespace tusk::ml {
namespace {

constexpr double kMost = 1e12;

Status Bad(const std::string& why) { return Status(Code::kInvalidArgument, why); }

void ReadHow(Parameters& parameters, LinearSettings& settings) {
  GradientOptimizerSettings rules;
  rules.momentum = parameters.GetNumber("momentum", 0.9, 0, 0.9999);
  rules.beta1 = parameters.GetNumber("beta1", 0.9, 0, 0.9999);
  rules.beta2 = parameters.GetNumber("beta2", 0.999, 0, 0.999999);
  rules.epsilon = parameters.GetNumber("epsilon", 1e-8, 1e-12, 1);
  rules.ftrl_beta = parameters.GetNumber("ftrl_beta", 1, 0, kMost);
  settings.rule = MakeGradientOptimizer(settings.optimizer == "svrg" ? "sgd" : settings.optimizer, rules);
  Schedule& schedule = settings.schedule;
  const bool adaptive = settings.optimizer.starts_with("adam");
  schedule.rate = parameters.GetNumber("learning_rate", adaptive ? 0.001 : 0.1, 1e-12, kMost, {"eta0", "lr"});
  schedule.kind = parameters.GetChoice("schedule", "constant", ScheduleKinds());
  schedule.decay = parameters.GetNumber("decay", 1, 0, kMost);
  schedule.factor = parameters.GetNumber("step_factor", 0.1, 0, 1);
  schedule.every = parameters.GetNumber("step_epochs", 10, 1e-3, kMost);
  schedule.floor = parameters.GetNumber("rate_floor", 0, 0, 1);
  schedule.warmup = parameters.GetNumber("warmup", 0, 0, kMost);
  settings.epochs = static_cast<size_t>(parameters.GetInteger("epochs", settings.full_batch() ? 1000 : 20, 1, 1'000'000'000, {"max_iter", "iterations"}));
  settings.batch = static_cast<size_t>(parameters.GetInteger("batch", settings.algorithm == "mlp" ? 128 : 256, 1, 1 << 28, {"batch_size"}));
  settings.lanes = static_cast<size_t>(parameters.GetInteger("lanes", settings.full_batch() ? 0 : 8, settings.full_batch() ? 0 : 1, 4096));
  settings.accumulate = static_cast<size_t>(parameters.GetInteger("accumulate", 1, 1, 1 << 20));
  settings.local_steps = static_cast<size_t>(parameters.GetInteger("local_steps", 0, 0, 1 << 20));
  settings.tolerance = parameters.GetNumber("tolerance", 1e-4, 0, 1, {"tol"});
  settings.patience = static_cast<size_t>(parameters.GetInteger("patience", 0, 0, 1'000'000, {"n_iter_no_change"}));
  settings.validation_fraction = parameters.GetNumber("validation_fraction", settings.patience > 0 ? 0.1 : 0, 0, 0.9);
}

Status ReadClassWeights(Parameters& parameters, const Schema& schema, LinearSettings& settings) {
  settings.balanced = parameters.GetBool("balanced", false);
  settings.class_weights = parameters.GetNumbers("class_weights", {});
  if (settings.class_weights.empty()) return Status::Ok();
  if (!settings.loss->classifies() || settings.class_weights.size() != schema.classes) {
    return Bad("class_weights has " + std::to_string(settings.class_weights.size()) + " values for " + std::to_string(schema.classes) + " classes");
  }
  for (const double weight : settings.class_weights) {
    if (!(weight >= 0) || weight > kMost) return Bad("a class weight is not a number >= 0");
  }
  return Status::Ok();
}

Status CheckFit(const LinearSettings& settings, const Schema& schema) {
  if (settings.loss->classifies() && schema.classes < 2) {
    return Bad(settings.algorithm + " needs labels of at least two classes; the data has " + std::to_string(schema.classes));
  }
  if (!settings.loss->classifies() && schema.classes != 0 && settings.algorithm != "linear") {
    return Bad("a loss for regression does not fit " + settings.algorithm);
  }
  if (settings.optimizer == "newton" && ((!settings.loss->curved() && !settings.loss->Smoothed(1)) || settings.l1 > 0)) {
    return Bad("optimizer newton needs a loss with a second derivative and no l1; use lbfgs");
  }
  if (settings.optimizer == "svrg" && settings.local_steps > 0) return Bad("local_steps does not go with svrg");
  if (settings.local_steps > 0 && settings.accumulate > 1) return Bad("local_steps does not go with accumulate");
  if (settings.full_batch() && settings.patience > 0) return Bad("patience (early stopping) needs an optimizer of mini-batches");
  return Status::Ok();
}

}  // namespace

Result<LinearSettings> ReadLinearSettings(const std::string& algorithm, Parameters& parameters, const Schema& schema) {
  LinearSettings settings;
  settings.algorithm = algorithm;
  std::vector<std::string> losses = {"softmax"};
  if (algorithm == "mlp" && schema.classes == 0) losses = {"squared"};
  if (algorithm == "linear") losses = {"squared", "huber"};
  if (algorithm == "logistic") losses = {"logistic"};
  if (algorithm == "svm") losses = {"squared_hinge", "hinge"};
  const std::string loss = parameters.GetChoice("loss", losses[0], losses);
  settings.loss = MakeLoss(loss, parameters.GetNumber("delta", 1, 1e-12, kMost));
  settings.l1 = parameters.GetNumber("l1", 0, 0, kMost);
  settings.l2 = parameters.GetNumber("l2", algorithm == "linear" || algorithm == "mlp" ? 0 : 1e-6, 0, kMost, {"lambda"});
  const double cost = parameters.GetNumber("C", 0, 0, kMost);  // LIBLINEAR's: sum of losses * C + |w|^2 / 2
  if (cost > 0 && schema.rows > 0) settings.l2 = 1 / (cost * static_cast<double>(schema.rows));
  settings.intercept = parameters.GetBool("intercept", true, {"fit_intercept"});
  std::string own = "newton";
  if (loss == "softmax" || algorithm == "mlp" || (loss == "hinge" && settings.l1 > 0)) own = "adam";
  if (own == "newton" && settings.l1 > 0) own = "lbfgs";
  settings.optimizer = parameters.GetChoice("optimizer", own,
      {"newton", "lbfgs", "svrg", "sgd", "momentum", "nesterov", "adagrad", "adam", "adamw", "ftrl"}, {"solver"});
  ReadHow(parameters, settings);
  RETURN_IF_ERROR(ReadClassWeights(parameters, schema, settings));
  RETURN_IF_ERROR(CheckFit(settings, schema));
  return settings;
}

}  // namespace tusk::ml
