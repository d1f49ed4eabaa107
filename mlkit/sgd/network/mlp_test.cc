// Perceptrons: equal bits on any ranks, what a linear model cannot learn, files.
#include "mlkit/sgd/network/mlp_trainer.h"

#include <gtest/gtest.h>

#include "mlkit/sgd/linear_testing.h"
#include "mlkit/sgd/network/network_model.h"
#include "mlkit/testing/in_process_training.h"

namespace tusk::ml {
namespace {

std::function<Result<std::unique_ptr<Algorithm>>()> MlpMaker(Settings values, const Schema& schema) {
  return [=]() -> Result<std::unique_ptr<Algorithm>> {
    Parameters parameters(values);
    ASSIGN_OR_RETURN(auto algorithm, MakeMlp(parameters, schema));
    RETURN_IF_ERROR(parameters.Check());
    return algorithm;
  };
}

TEST(MlpTest, ModelsAreTheSameOnAnyRanks) {
  const struct { Settings settings; size_t classes; bool sparse; } cases[] = {
      {{{"hidden", "9,4"}, {"dropout", "0.2"}, {"activation", "gelu"}, {"validation_fraction", "0.2"}}, 3, false},
      {{{"hidden", "5"}, {"optimizer", "nesterov"}, {"learning_rate", "0.01"}, {"l2", "0.01"}, {"activation", "tanh"}}, 0, true},
      {{{"hidden", "5"}, {"optimizer", "momentum"}, {"learning_rate", "0.05"}, {"local_steps", "3"}, {"dropout", "0.1"}}, 3, false}};
  for (auto one : cases) {
    one.settings["epochs"] = "2";
    one.settings["batch"] = "30";
    one.settings["lanes"] = "9";
    const auto data = MakeRowsForTests(90, 6, one.classes, one.sparse, 9);
    const Status same = CheckSameModelEverywhere(MlpMaker(one.settings, data->schema()), data, 4, 2);
    EXPECT_TRUE(same.ok()) << same.ToString();
  }
}

// Two classes of which no line tells: inside and outside a ring.
std::shared_ptr<const Dataset> Ring(size_t rows) {
  Schema schema;
  schema.classes = 2;
  schema.class_labels = {"in", "out"};
  Block block;
  block.columns = 2;
  Random random(4, 4);
  for (size_t row = 0; row < rows; ++row) {
    const float x = static_cast<float>(random.Uniform(-1, 1)), y = static_cast<float>(random.Uniform(-1, 1));
    block.dense.insert(block.dense.end(), {x, y});
    block.labels.push_back(x * x + y * y > 0.6F ? 1.0F : 0.0F);
    ++block.rows;
  }
  return MakeInMemoryDataset(schema, {block});
}

TEST(MlpTest, LearnsWhatALinearModelCannotAndItsFileGivesTheSameScores) {
  const auto data = Ring(1000);
  auto outcome = TrainInProcess(MlpMaker({{"hidden", "16"}, {"epochs", "60"}, {"learning_rate", "0.01"}, {"batch", "64"}}, data->schema()), data, {});
  ASSERT_TRUE(outcome.ok()) << outcome.status().ToString();
  auto loaded = NetworkModel::Load(outcome->model->Save());
  ASSERT_TRUE(loaded.ok()) << loaded.status().ToString();
  const Block block = data->Load(0).value();
  std::vector<float> classes(block.rows), a(block.rows * 2), b(block.rows * 2), probabilities(block.rows * 2);
  ASSERT_TRUE(Predict(*loaded.value(), block, classes).ok());
  size_t right = 0;
  for (size_t r = 0; r < block.rows; ++r) right += classes[r] == block.labels[r] ? 1 : 0;
  EXPECT_GT(right, 950U);
  ASSERT_TRUE(outcome->model->Scores(block, a).ok() && loaded.value()->Scores(block, b).ok());
  EXPECT_EQ(a, b);
  ASSERT_TRUE(loaded.value()->Probabilities(block, probabilities).ok());
  EXPECT_NEAR(probabilities[0] + probabilities[1], 1, 1e-6);
}

TEST(MlpTest, OneLocalStepOfOneLaneIsAnUpdate) {
  const auto data = MakeRowsForTests(90, 6, 3, false, 1);
  Settings values = {{"hidden", "9"}, {"epochs", "3"}, {"batch", "30"}, {"lanes", "1"}};
  const auto plain = TrainInProcess(MlpMaker(values, data->schema()), data, {});
  values["local_steps"] = "1";
  const auto local = TrainInProcess(MlpMaker(values, data->schema()), data, {});
  ASSERT_TRUE(plain.ok() && local.ok()) << local.status().ToString();
  const double first = plain->reports.back().figures.at("loss"), second = local->reports.back().figures.at("loss");
  EXPECT_NEAR(first, second, 1e-5);
}

TEST(MlpTest, LayersThatDoNotFitAreRefused) {
  const auto data = Ring(50);
  auto outcome = TrainInProcess(MlpMaker({{"hidden", "4"}, {"epochs", "1"}}, data->schema()), data, {});
  ASSERT_TRUE(outcome.ok());
  Bundle bundle = outcome->model->Save();
  bundle.SetFloats("layer1.weights", std::vector<float>(3));
  EXPECT_FALSE(NetworkModel::Load(bundle).ok());
  bundle = outcome->model->Save();
  bundle.SetLongs("sizes", std::vector<int64_t>{2, int64_t{1} << 40, 2});
  EXPECT_FALSE(NetworkModel::Load(bundle).ok());
  EXPECT_FALSE(MlpMaker({{"hidden", "0"}}, data->schema())().ok());
  EXPECT_FALSE(MlpMaker({{"optimizer", "newton"}}, data->schema())().ok());
}

}  // namespace
}  // namespace tusk::ml
