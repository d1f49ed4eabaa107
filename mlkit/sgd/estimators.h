// Estimators: trainers as a C++ program uses them.
//
//     auto model = LogisticRegression{}.l2(1e-6).fit(dataset);      // Result<std::unique_ptr<Model>>
//
// Any setting of `tusk ml train` by set(name, value); an own loss or optimizer as an object of the concept MarginLoss or
// OptimizerRule. The verbs are spelled as in scikit-learn.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "mlkit/api/algorithm.h"
#include "mlkit/api/model.h"
#include "mlkit/sgd/loss/loss.h"
#include "mlkit/sgd/linear_settings.h"
#include "mlkit/sgd/online/online_model.h"
#include "mlkit/sgd/optimizer/optimizer.h"

namespace tusk::ml {

struct MlpSettings;

// What does not depend on the kind of estimator.
class EstimatorBase {
 public:
  // In this process, on all cores (or threads(n)); the same bits as a job on a cluster gives.
  Result<std::unique_ptr<Model>> fit(std::shared_ptr<const Dataset> dataset) const;
  // The algorithm itself, for an own loop or another runtime.
  Result<std::unique_ptr<Algorithm>> make(const Schema& schema) const;
  // Goes on from the blocks before.
  Status partial_fit(const Schema& schema, std::shared_ptr<const Block> block);
  Result<std::unique_ptr<Model>> model() const;  // after partial_fit

 protected:
  explicit EstimatorBase(std::string algorithm) : algorithm_(std::move(algorithm)) {}
  Result<LinearSettings> LinearSettingsFor(const Schema& schema) const;
  Result<MlpSettings> MlpSettingsFor(const Schema& schema) const;
  static std::string Text(double value);

  std::string algorithm_;
  std::map<std::string, std::string> values_;
  std::shared_ptr<const Loss> loss_;
  std::shared_ptr<const GradientOptimizer> rule_;
  uint64_t seed_ = 0;
  size_t threads_ = 0;
  std::shared_ptr<OnlineModel> online_;
};

template <typename Self>
class Estimator : public EstimatorBase {
 public:
  using EstimatorBase::EstimatorBase;
  Self& set(const std::string& name, std::string value) {
    values_[name] = std::move(value);
    return static_cast<Self&>(*this);
  }
  Self& set(const std::string& name, double value) { return set(name, Text(value)); }
  Self& l1(double value) { return set("l1", value); }
  Self& l2(double value) { return set("l2", value); }
  Self& learning_rate(double value) { return set("learning_rate", value); }
  Self& epochs(size_t value) { return set("epochs", std::to_string(value)); }
  Self& batch(size_t value) { return set("batch", std::to_string(value)); }
  Self& tolerance(double value) { return set("tolerance", value); }
  Self& optimizer(const char* name) { return set("optimizer", std::string(name)); }
  template <OptimizerRule R>
  Self& optimizer(R rule) {
    rule_ = std::make_shared<GradientOptimizerOf<R>>(rule);
    return static_cast<Self&>(*this);
  }
  template <MarginLoss L>
  Self& loss(L loss) {
    loss_ = std::make_shared<MarginLossOf<L>>(loss);
    return static_cast<Self&>(*this);
  }
  Self& seed(uint64_t value) {
    seed_ = value;
    return static_cast<Self&>(*this);
  }
  Self& threads(size_t value) {
    threads_ = value;
    return static_cast<Self&>(*this);
  }
};

struct LinearRegression : Estimator<LinearRegression> {
  LinearRegression() : Estimator("linear") {}
};
struct LogisticRegression : Estimator<LogisticRegression> {
  LogisticRegression() : Estimator("logistic") {}
};
struct SoftmaxRegression : Estimator<SoftmaxRegression> {
  SoftmaxRegression() : Estimator("softmax") {}
};
struct LinearSvm : Estimator<LinearSvm> {
  LinearSvm() : Estimator("svm") {}
};
struct MultiLayerPerceptron : Estimator<MultiLayerPerceptron> {
  MultiLayerPerceptron() : Estimator("mlp") {}
  MultiLayerPerceptron& hidden(const std::string& sizes) { return set("hidden", sizes); }  // "512,128"
};

}  // namespace tusk::ml
