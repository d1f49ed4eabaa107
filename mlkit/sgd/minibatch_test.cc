// Mini-batches: equal bits on any ranks for every optimizer, dense like sparse, and the right optimum.
#include <gtest/gtest.h>

#include <cmath>

#include "mlkit/sgd/linear_learner.h"
#include "mlkit/sgd/linear_testing.h"
#include "mlkit/testing/in_process_training.h"

namespace tusk::ml {
namespace {

Result<InProcessOutcome> Train(const std::string& algorithm, const Settings& values, std::shared_ptr<const Dataset> data) {
  return TrainInProcess(Maker(algorithm, values, data->schema()), data, {});
}

std::vector<double> Weights(const InProcessOutcome& outcome) { return outcome.model->Save().Doubles("weights").value(); }

double LastFigure(const InProcessOutcome& outcome, const std::string& name) {
  double last = NAN;
  for (const StepReport& report : outcome.reports) {
    if (const auto it = report.figures.find(name); it != report.figures.end()) last = it->second;
  }
  return last;
}

// The same rows as a sparse data set.
std::shared_ptr<const Dataset> AsSparse(const Dataset& dense) {
  Schema schema = dense.schema();
  schema.sparse = true;
  std::vector<Block> blocks;
  for (size_t s = 0; s < dense.shards(); ++s) {
    Block block = dense.Load(s).value();
    block.sparse = true;
    block.row_starts = {0};
    for (size_t r = 0; r < block.rows; ++r) {
      for (uint32_t c = 0; c < block.columns; ++c) {
        block.indices.push_back(c);
        block.values.push_back(block.dense[r * block.columns + c]);
      }
      block.row_starts.push_back(block.indices.size());
    }
    block.dense.clear();
    blocks.push_back(std::move(block));
  }
  return MakeInMemoryDataset(schema, std::move(blocks));
}

TEST(MinibatchTest, ModelsAreTheSameOnAnyRanks) {
  const struct { const char* algorithm; Settings settings; size_t classes; bool sparse; } cases[] = {
      {"softmax", {{"optimizer", "momentum"}, {"schedule", "cosine"}, {"warmup", "1"}}, 4, false},
      {"softmax", {{"optimizer", "adam"}, {"validation_fraction", "0.2"}}, 4, true},
      {"logistic", {{"optimizer", "svrg"}, {"l2", "0.01"}}, 2, true},
      {"svm", {{"loss", "hinge"}, {"optimizer", "sgd"}, {"l1", "0.001"}, {"accumulate", "2"}}, 3, true},
      {"linear", {{"optimizer", "adagrad"}, {"local_steps", "2"}}, 0, false},
      {"logistic", {{"optimizer", "ftrl"}, {"l1", "0.01"}, {"local_steps", "3"}, {"balanced", "true"}}, 2, true}};
  for (auto one : cases) {
    one.settings["epochs"] = "2";
    one.settings["batch"] = "32";
    one.settings["lanes"] = "9";
    const auto data = MakeRowsForTests(90, 6, one.classes, one.sparse, 9);
    const Status same = CheckSameModelEverywhere(Maker(one.algorithm, one.settings, data->schema()), data, 4, 2);
    EXPECT_TRUE(same.ok()) << one.algorithm << " " << one.settings["optimizer"] << ": " << same.ToString();
  }
}

TEST(MinibatchTest, SparseStepsDoWhatDenseStepsDoForEveryOptimizer) {
  const auto dense = MakeRowsForTests(120, 5, 2, false, 4);
  const auto sparse = AsSparse(*dense);
  for (const std::string optimizer : {"sgd", "momentum", "nesterov", "adagrad", "adam", "adamw", "ftrl", "svrg"}) {
    const Settings settings = {{"optimizer", optimizer}, {"l2", "0.01"}, {"l1", "0.001"}, {"epochs", "4"}, {"batch", "24"}, {"lanes", "4"}};
    auto a = Train("logistic", settings, dense), b = Train("logistic", settings, sparse);
    ASSERT_TRUE(a.ok() && b.ok()) << a.status().ToString() << b.status().ToString();
    const auto x = Weights(*a), y = Weights(*b);
    for (size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], y[i], 2e-5) << optimizer;
  }
}

TEST(LinearLearnerTest, SkippedStepsAreMadeUpForExactly) {
  LinearSettings settings;
  settings.rule = MakeGradientOptimizer("sgd", {});
  settings.l1 = 0.02;
  settings.l2 = 0.1;
  LinearLearner lazy(settings, 3, 1), eager(settings, 3, 1);
  const uint32_t touched[] = {0, 1, 1, 2, 0, 2, 1, 1, 0};
  for (size_t step = 0; step < std::size(touched); ++step) {
    const float rate = 0.3F / static_cast<float>(step + 1), slope = 0.4F * static_cast<float>(static_cast<int>(step % 3) - 1) - 0.5F;
    SparseGradient gradient{{touched[step]}, {slope}, {0, 0, 1}};
    lazy.SparseStep(rate, gradient, 1);
    std::vector<float> dense(4);
    dense[touched[step]] = slope;
    eager.DenseStep(rate, dense);
  }
  lazy.Settle();
  for (size_t i = 0; i < 3; ++i) EXPECT_NEAR(lazy.parameters()[i], eager.parameters()[i], 1e-6);
  EXPECT_NE(eager.parameters()[0], 0);
}

TEST(MinibatchTest, EveryOptimizerNearsTheOptimum) {
  const auto data = MakeRowsForTests(400, 6, 2, true, 8);
  auto best = Train("logistic", {{"l2", "0.01"}}, data);
  ASSERT_TRUE(best.ok());
  const auto want = Weights(*best);
  const std::map<std::string, std::string> rates = {{"sgd", "1"}, {"momentum", "0.1"}, {"nesterov", "0.1"}, {"adagrad", "0.5"},
                                                    {"adam", "0.05"}, {"adamw", "0.05"}, {"ftrl", "1"}, {"svrg", "1"}};
  for (const auto& [optimizer, rate] : rates) {
    // FTRL's l2 is per sum of gradients, AdamW's is not part of the gradient: their optima are others.
    const std::string l2 = optimizer == "ftrl" || optimizer == "adamw" ? "0" : "0.01";
    auto outcome = Train("logistic", {{"optimizer", optimizer}, {"learning_rate", rate}, {"l2", l2}, {"epochs", "60"}, {"batch", "40"}, {"schedule", "cosine"}}, data);
    ASSERT_TRUE(outcome.ok()) << outcome.status().ToString();
    const auto got = Weights(*outcome);
    double dot = 0, a = 0, b = 0;
    for (size_t i = 0; i < got.size(); ++i) {
      dot += got[i] * want[i];
      a += got[i] * got[i];
      b += want[i] * want[i];
    }
    EXPECT_GT(dot / std::sqrt(a * b), 0.98) << optimizer;
    if (optimizer == "svrg") {
      for (size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], want[i], 1e-3);
    }
  }
}

TEST(MinibatchTest, AccumulationEqualsOneLargeBatch) {
  const auto data = MakeRowsForTests(256, 5, 3, false, 8);
  const Settings base = {{"optimizer", "momentum"}, {"epochs", "3"}};
  Settings accumulated = base, large = base;
  accumulated["batch"] = "16";
  accumulated["accumulate"] = "4";
  large["batch"] = "64";
  auto a = Train("softmax", accumulated, data), b = Train("softmax", large, data);
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_EQ(a->bytes, b->bytes);
}

TEST(MinibatchTest, EarlyStoppingKeepsTheBestWeights) {
  const auto data = MakeRowsForTests(200, 30, 2, false, 8, 4.0);
  auto outcome = Train("logistic", {{"optimizer", "sgd"}, {"learning_rate", "2"}, {"epochs", "500"}, {"patience", "3"}, {"l2", "0"}, {"validation_fraction", "0.3"}}, data);
  ASSERT_TRUE(outcome.ok()) << outcome.status().ToString();
  double best = INFINITY;
  for (const StepReport& report : outcome->reports) {
    if (report.figures.contains("validation_loss")) best = std::min(best, report.figures.at("validation_loss"));
  }
  EXPECT_LT(LastFigure(*outcome, "epoch"), 100);
  EXPECT_GT(LastFigure(*outcome, "validation_loss"), best);
}

TEST(MinibatchTest, ADivergingTrainingIsAClearError) {
  const auto data = MakeRowsForTests(100, 5, 0, false, 2);
  auto outcome = Train("linear", {{"optimizer", "sgd"}, {"learning_rate", "1000"}, {"epochs", "200"}}, data);
  ASSERT_FALSE(outcome.ok());
  EXPECT_NE(outcome.status().message().find("learning rate"), std::string::npos);
}

TEST(SparseGradientTest, SumsAreTreesOverLanesAndForeignBytesAreRefused) {
  LocalCommunicator comm;
  const std::vector<SparseGradient> lanes = {{{5, 2}, {1, 2}, {1, 1, 1}}, {{2}, {10}, {2, 2, 1}}, {{9, 5}, {7, 0.5F}, {3, 3, 1}}};
  const std::vector<size_t> numbers = {0, 1, 2};
  SparseGradient sum;
  ASSERT_TRUE(SumSparse(comm, 3, 10, 1, numbers, lanes, sum).ok());
  EXPECT_EQ(sum.columns, (std::vector<uint32_t>{5, 2, 9}));
  EXPECT_EQ(sum.values, (std::vector<float>{1.5F, 12, 7}));
  EXPECT_EQ(sum.tail, (std::vector<float>{6, 6, 3}));
  EXPECT_FALSE(SumSparse(comm, 4, 10, 1, numbers, lanes, sum).ok());
}

TEST(ColumnIndexTest, FindsWhatWasAddedAlsoAfterClearing) {
  ColumnIndex index;
  for (int round = 0; round < 3; ++round) {
    for (uint32_t i = 0; i < 3000; ++i) EXPECT_EQ(index.Find(i * 1024 + 7), i);
    for (uint32_t i = 0; i < 3000; ++i) EXPECT_EQ(index.Find(i * 1024 + 7), i);
    index.Clear();
    EXPECT_EQ(index.Find(99), 0U);
    index.Clear();
  }
}

}  // namespace
}  // namespace tusk::ml
