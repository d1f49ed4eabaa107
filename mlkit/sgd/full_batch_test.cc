// Newton's method and L-BFGS: right optima, equal bits on any ranks, bad data.
#include <gtest/gtest.h>

#include <cmath>

#include "base/testing/matchers.h"
#include "mlkit/sgd/linear_model.h"
#include "mlkit/sgd/linear_testing.h"
#include "mlkit/sgd/linear_trainers.h"
#include "mlkit/testing/in_process_training.h"

namespace tusk::ml {
namespace {

Result<InProcessOutcome> Train(const std::string& algorithm, const Settings& values, std::shared_ptr<const Dataset> data) {
  return TrainInProcess(Maker(algorithm, values, data->schema()), data, {});
}

std::vector<double> ParametersOf(const InProcessOutcome& outcome) {
  const Bundle bundle = outcome.model->Save();
  std::vector<double> all = bundle.Doubles("weights").value();
  const std::vector<double> intercepts = bundle.Doubles("intercepts").value();
  all.insert(all.end(), intercepts.begin(), intercepts.end());
  return all;
}

TEST(FullBatchTest, ModelsAreTheSameOnAnyRanks) {
  const struct { const char* algorithm; Settings settings; size_t classes; } cases[] = {
      {"logistic", {{"l2", "1e-3"}}, 2},
      {"logistic", {{"l1", "1e-2"}, {"epochs", "6"}}, 2},
      {"svm", {{"l2", "1e-3"}}, 3},
      {"svm", {{"l2", "1e-2"}, {"loss", "hinge"}}, 2},
      {"softmax", {{"optimizer", "lbfgs"}, {"epochs", "4"}, {"validation_fraction", "0.2"}}, 4},
      {"linear", {{"loss", "huber"}, {"l2", "1e-3"}}, 0}};
  for (const auto& one : cases) {
    {
      const bool sparse = one.settings.contains("l1") || one.classes == 3;
      const auto data = MakeRowsForTests(90, 6, one.classes, sparse, 9);
      const Status same = CheckSameModelEverywhere(Maker(one.algorithm, one.settings, data->schema()), data, 3, 2);
      EXPECT_TRUE(same.ok()) << one.algorithm << (sparse ? " sparse: " : " dense: ") << same.ToString();
    }
  }
}

TEST(FullBatchTest, NewtonAndLbfgsMeetAtTheOptimum) {
  for (const bool sparse : {false, true}) {
    const auto data = MakeRowsForTests(500, 10, 2, sparse, 3);
    auto newton = Train("logistic", {{"l2", "1e-3"}, {"tolerance", "1e-10"}}, data);
    auto lbfgs = Train("logistic", {{"l2", "1e-3"}, {"tolerance", "1e-10"}, {"optimizer", "lbfgs"}}, data);
    ASSERT_TRUE(newton.ok()) << newton.status().ToString();
    ASSERT_TRUE(lbfgs.ok()) << lbfgs.status().ToString();
    const auto a = ParametersOf(*newton), b = ParametersOf(*lbfgs);
    for (size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-7);
    EXPECT_LT(newton->reports.size(), 15U);
  }
}

TEST(FullBatchTest, ALargeProblemStartsCoarselyAndEndsAtTheSameOptimum) {
  const auto data = MakeRowsForTests(70000, 4, 2, false, 5);
  auto newton = Train("logistic", {{"l2", "1e-3"}, {"tolerance", "1e-9"}}, data);
  auto lbfgs = Train("logistic", {{"l2", "1e-3"}, {"tolerance", "1e-9"}, {"optimizer", "lbfgs"}}, data);
  ASSERT_TRUE(newton.ok() && lbfgs.ok());
  const auto a = ParametersOf(*newton), b = ParametersOf(*lbfgs);
  for (size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-6);
}

TEST(FullBatchTest, L1MakesExactZerosAndKeepsTheOptimalityConditions) {
  const auto data = MakeRowsForTests(400, 30, 0, false, 3, 2.0);
  auto outcome = Train("linear", {{"l1", "0.3"}, {"tolerance", "1e-9"}}, data);
  ASSERT_TRUE(outcome.ok()) << outcome.status().ToString();
  const auto w = ParametersOf(*outcome);
  std::vector<double> gradient(30);
  double rows = 0;
  for (size_t s = 0; s < data->shards(); ++s) {
    const Block block = data->Load(s).value();
    rows += static_cast<double>(block.rows);
    for (size_t r = 0; r < block.rows; ++r) {
      double error = w[30] - static_cast<double>(block.labels[r]);
      for (size_t c = 0; c < 30; ++c) error += w[c] * static_cast<double>(block.DenseRow(r)[c]);
      for (size_t c = 0; c < 30; ++c) gradient[c] += error * static_cast<double>(block.DenseRow(r)[c]);
    }
  }
  size_t zeros = 0;
  for (size_t c = 0; c < 30; ++c) {
    const double g = gradient[c] / rows;
    if (w[c] == 0) {
      ++zeros;
      EXPECT_LE(std::abs(g), 0.3 + 1e-6);
    } else {
      EXPECT_NEAR(g, w[c] > 0 ? -0.3 : 0.3, 1e-6);
    }
  }
  EXPECT_GT(zeros, 0U);
  EXPECT_LT(zeros, 30U);
}

TEST(FullBatchTest, WeightsOfRowsCountAsRepeatedRows) {
  const auto plain = MakeRowsForTests(60, 4, 2, false, 1);
  Block block = plain->Load(0).value();
  block.weights.assign(block.rows, 1.0F);
  block.weights[3] = 2.0F;
  block.weights[7] = 0.0F;
  Block repeated;
  repeated.columns = 4;
  for (size_t r = 0; r < block.rows; ++r) {
    for (int times = 0; times < static_cast<int>(block.weights[r]); ++times) {
      repeated.dense.insert(repeated.dense.end(), block.DenseRow(r).begin(), block.DenseRow(r).end());
      repeated.labels.push_back(block.labels[r]);
      ++repeated.rows;
    }
  }
  Schema schema = plain->schema();
  const Settings settings = {{"l2", "0.01"}, {"tolerance", "1e-11"}};
  auto a = Train("logistic", settings, MakeInMemoryDataset(schema, {block}));
  auto b = Train("logistic", settings, MakeInMemoryDataset(schema, {repeated}));
  ASSERT_TRUE(a.ok() && b.ok());
  const auto x = ParametersOf(*a), y = ParametersOf(*b);
  for (size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], y[i], 1e-8);
}

TEST(FullBatchTest, OneClassOnlyIsAClearError) {
  auto data = MakeRowsForTests(20, 3, 2, false, 2);
  Block block = data->Load(0).value();
  std::fill(block.labels.begin(), block.labels.end(), 1.0F);
  auto outcome = Train("logistic", {}, MakeInMemoryDataset(data->schema(), {block}));
  ASSERT_FALSE(outcome.ok());
  EXPECT_NE(outcome.status().message().find("one class"), std::string::npos);
}

TEST(FullBatchTest, SettingsThatDoNotFitAreRefused) {
  const auto data = MakeRowsForTests(20, 3, 2, false, 1);
  EXPECT_FALSE(Maker("svm", {{"loss", "hinge"}, {"l1", "1"}, {"optimizer", "newton"}}, data->schema())().ok());
  EXPECT_FALSE(Maker("logistic", {{"l1", "1"}, {"optimizer", "newton"}}, data->schema())().ok());
  EXPECT_FALSE(Maker("logistic", {{"lerning_rate", "1"}}, data->schema())().ok());
  EXPECT_FALSE(Maker("logistic", {{"class_weights", "1,2,3"}}, data->schema())().ok());
  EXPECT_FALSE(Maker("logistic", {}, MakeRowsForTests(20, 3, 0, false, 1)->schema())().ok());
}

TEST(LinearModelTest, SavedAndLoadedItPredictsAlikeAndForeignWeightsAreRefused) {
  const auto data = MakeRowsForTests(100, 6, 3, true, 2);
  auto outcome = Train("svm", {{"l2", "0.01"}}, data);
  ASSERT_TRUE(outcome.ok());
  Bundle bundle = outcome->model->Save();
  auto loaded = LinearModel::Load(bundle);
  ASSERT_TRUE(loaded.ok()) << loaded.status().ToString();
  const Block block = data->Load(0).value();
  std::vector<float> a(block.rows * 3), b(block.rows * 3), classes(block.rows);
  ASSERT_TRUE(outcome->model->Scores(block, a).ok() && loaded.value()->Scores(block, b).ok());
  EXPECT_EQ(a, b);
  ASSERT_TRUE(Predict(*loaded.value(), block, classes).ok());
  size_t right = 0;
  for (size_t r = 0; r < block.rows; ++r) right += classes[r] == block.labels[r] ? 1 : 0;
  EXPECT_GT(right * 2, block.rows);
  EXPECT_EQ(loaded.value()->Probabilities(block, a).code(), Code::kUnsupported);
  bundle.SetDoubles("weights", std::vector<double>(7));
  EXPECT_FALSE(LinearModel::Load(bundle).ok());
}

}  // namespace
}  // namespace tusk::ml
