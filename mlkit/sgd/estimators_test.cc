// Estimators do what the algorithms do; own losses and optimizers work, also on several ranks.
#include "mlkit/sgd/estimators.h"

#include <gtest/gtest.h>

#include <cmath>

#include "mlkit/sgd/linear_testing.h"
#include "mlkit/testing/in_process_training.h"

namespace tusk::ml {
namespace {

double Accuracy(const Model& model, const Dataset& data) {
  size_t right = 0, rows = 0;
  for (size_t s = 0; s < data.shards(); ++s) {
    const Block block = data.Load(s).value();
    std::vector<float> classes(block.rows);
    EXPECT_TRUE(Predict(model, block, classes).ok());
    for (size_t r = 0; r < block.rows; ++r) right += classes[r] == block.labels[r] ? 1 : 0;
    rows += block.rows;
  }
  return static_cast<double>(right) / static_cast<double>(rows);
}

struct LogCosh {  // an own loss
  static constexpr bool kClassifies = false;
  double Value(double score, double target) const { return std::log(std::cosh(score - target)); }
  double Slope(double score, double target) const { return std::tanh(score - target); }
};

struct SignRule {  // an own optimizer
  static constexpr size_t kSlots = 1;
  void Apply(float& weight, float gradient, std::array<float, 1>& slots, const StepInfo& info) const {
    slots[0] = 0.9F * slots[0] + 0.1F * gradient;
    weight -= info.rate * (slots[0] > 0 ? 1.0F : slots[0] < 0 ? -1.0F : 0.0F);
  }
};

TEST(EstimatorsTest, FitGivesGoodModels) {
  const auto two = MakeRowsForTests(400, 6, 2, false, 4, 0.1), five = MakeRowsForTests(800, 6, 5, true, 4, 0.1);
  EXPECT_GT(Accuracy(*LogisticRegression{}.l2(1e-4).fit(two).value(), *two), 0.95);
  EXPECT_GT(Accuracy(*LinearSvm{}.l2(1e-4).fit(two).value(), *two), 0.95);
  EXPECT_GT(Accuracy(*SoftmaxRegression{}.optimizer("lbfgs").fit(five).value(), *five), 0.65);  // a quarter of the rows is empty
  EXPECT_GT(Accuracy(*MultiLayerPerceptron{}.hidden("20").learning_rate(0.01).fit(five).value(), *five), 0.65);  // a quarter of the rows is empty
}

TEST(EstimatorsTest, OwnOptimizersAndLossesTrainAlikeOnAnyRanks) {
  const auto data = MakeRowsForTests(90, 4, 2, true, 9), numbers = MakeRowsForTests(90, 4, 0, false, 9);
  const auto signs = [&] { return LogisticRegression{}.optimizer(SignRule{}).epochs(2).set("lanes", 9).make(data->schema()); };
  const auto robust = [&] { return LinearRegression{}.loss(LogCosh{}).epochs(5).make(numbers->schema()); };
  const Status first = CheckSameModelEverywhere(signs, data, 2, 2), second = CheckSameModelEverywhere(robust, numbers, 2, 2);
  EXPECT_TRUE(first.ok()) << first.ToString();
  EXPECT_TRUE(second.ok()) << second.ToString();
}

TEST(EstimatorsTest, PartialFitLearnsBlockByBlock) {
  for (const bool sparse : {false, true}) {
    const auto data = MakeRowsForTests(2000, 6, 2, sparse, 10, 0.1);
    auto estimator = LogisticRegression{}.optimizer("adagrad").learning_rate(0.5).batch(16);
    EXPECT_FALSE(estimator.model().ok());
    for (size_t s = 0; s < data->shards(); ++s) ASSERT_TRUE(estimator.partial_fit(data->schema(), data->LoadShared(s).value()).ok());
    EXPECT_GT(Accuracy(*estimator.model().value(), *data), sparse ? 0.75 : 0.93);
  }
  EXPECT_FALSE(LogisticRegression{}.partial_fit(MakeRowsForTests(10, 2, 2, false, 1)->schema(), nullptr).ok());
}

TEST(EstimatorsTest, APerceptronLearnsBlockByBlockAndOneClassAtATime) {
  const auto data = MakeRowsForTests(600, 6, 3, false, 6, 0.1);
  MultiLayerPerceptron estimator = MultiLayerPerceptron{}.hidden("20").learning_rate(0.01).batch(20);
  EXPECT_FALSE(estimator.model().ok());
  for (int round = 0; round < 15; ++round) {
    for (size_t s = 0; s < data->shards(); ++s) ASSERT_TRUE(estimator.partial_fit(data->schema(), data->LoadShared(s).value()).ok());
  }
  EXPECT_GT(Accuracy(*estimator.model().value(), *data), 0.85);
  Block one = data->Load(0).value();
  std::fill(one.labels.begin(), one.labels.end(), 2.0F);
  EXPECT_TRUE(estimator.partial_fit(data->schema(), std::make_shared<const Block>(one)).ok());
  one.labels[0] = 3;
  EXPECT_FALSE(estimator.partial_fit(data->schema(), std::make_shared<const Block>(one)).ok());
}

TEST(EstimatorsTest, AMisspeltSettingIsAnError) {
  const auto data = MakeRowsForTests(50, 3, 2, false, 1);
  EXPECT_FALSE(LogisticRegression{}.set("lerning_rate", 1).fit(data).ok());
  EXPECT_FALSE(LogisticRegression{}.loss(LogCosh{}).fit(data).ok());
}

}  // namespace
}  // namespace tusk::ml
