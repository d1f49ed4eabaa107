// Ensembles of learners of the catalog.
#include <gtest/gtest.h>

#include "base/testing/matchers.h"
#include "mlkit/api/random.h"
#include "mlkit/catalog/catalog.h"
#include "mlkit/ensemble/meta/ensemble_model.h"
#include "mlkit/testing/error_of.h"
#include "mlkit/testing/in_process_training.h"

namespace tusk::ml {
namespace {

// Two informative columns; the border is bent, so one straight line is not enough.
std::shared_ptr<const Dataset> MakeBent(size_t rows, size_t classes) {
  Schema schema;
  schema.classes = classes;
  for (size_t k = 0; k < classes; ++k) schema.class_labels.push_back(std::to_string(k));
  Random random(4, 0);
  std::vector<Block> blocks(4);
  for (size_t s = 0; s < 4; ++s) {
    Block& block = blocks[s];
    block.columns = 4;
    block.rows = rows / 4 + s;
    for (size_t row = 0; row < block.rows; ++row) {
      double x[4];
      for (double& value : x) {
        value = random.Normal();
        block.dense.push_back(static_cast<float>(value));
      }
      const double score = x[0] + x[1] * x[1] - 0.7;
      block.labels.push_back(classes == 0 ? static_cast<float>(score)
                                          : static_cast<float>(std::clamp(static_cast<int>(score + 1), 0, static_cast<int>(classes) - 1)));
    }
  }
  return MakeInMemoryDataset(schema, std::move(blocks));
}

using Settings = std::map<std::string, std::string>;
std::function<Result<std::unique_ptr<Algorithm>>()> Making(const std::string& name, const std::shared_ptr<const Dataset>& data,
                                                           const Settings& settings) {
  return [=]() -> Result<std::unique_ptr<Algorithm>> {
    Parameters parameters(settings);
    ASSIGN_OR_RETURN(std::unique_ptr<Algorithm> algorithm, MakeAlgorithm(name, parameters, data->schema()));
    RETURN_IF_ERROR(parameters.Check());
    return algorithm;
  };
}

InProcessOutcome Train(const std::string& name, const std::shared_ptr<const Dataset>& data, const Settings& settings) {
  auto outcome = TrainInProcess(Making(name, data, settings), data, InProcessPlan());
  if (outcome.ok()) return std::move(*outcome);
  ADD_FAILURE() << name << ": " << outcome.status().message();
  return InProcessOutcome();
}

const Settings kBagging = {{"trees", "5"}, {"estimator.depth", "4"}};
const Settings kAdaBoost = {{"trees", "6"}, {"estimator.depth", "2"}};
const Settings kVoting = {{"estimators", "logistic,tree"}, {"tree.depth", "5"}};
const Settings kStacking = {{"estimators", "tree,gbdt"}, {"folds", "2"}, {"gbdt.trees", "2"}, {"gbdt.leaves", "4"}, {"tree.depth", "3"}};

TEST(MetaTest, EveryEnsembleLearnsAndIsReadBack) {
  const auto data = MakeBent(600, 3);
  for (const auto& [name, settings] : std::map<std::string, Settings>{
           {"bagging", {{"trees", "10"}}}, {"adaboost", {{"trees", "30"}, {"estimator.depth", "3"}}},
           {"voting", kVoting}, {"stacking", kStacking}}) {
    const InProcessOutcome outcome = Train(name, data, settings);
    ASSERT_NE(outcome.model, nullptr);
    EXPECT_LT(ErrorOf(*outcome.model, *data), 0.2) << name;
    auto again = LoadModel(*Bundle::Decode(outcome.bytes, "model"));
    ASSERT_OK(again.status());
    EXPECT_EQ((*again)->Save().Encode(), outcome.bytes) << name;
    EXPECT_EQ(ErrorOf(**again, *data), ErrorOf(*outcome.model, *data)) << name;
  }
}

TEST(MetaTest, AdaBoostOfStumpsBeatsOneStump) {
  const auto data = MakeBent(800, 2);
  const double stump = ErrorOf(*Train("tree", data, {{"depth", "1"}}).model, *data);
  EXPECT_LT(ErrorOf(*Train("adaboost", data, {{"trees", "60"}}).model, *data), 0.6 * stump);
}

TEST(MetaTest, RegressionsAreBaggedVotedAndStacked) {
  const auto data = MakeBent(600, 0);
  EXPECT_LT(ErrorOf(*Train("bagging", data, {{"trees", "8"}}).model, *data), 0.1);
  EXPECT_LT(ErrorOf(*Train("voting", data, {{"estimators", "linear,tree"}}).model, *data), 0.7);
  EXPECT_LT(ErrorOf(*Train("stacking", data, {{"estimators", "linear,forest"}, {"folds", "3"}, {"forest.trees", "10"}}).model, *data), 0.1);
  EXPECT_FALSE(Making("adaboost", data, {})().ok());
}

TEST(MetaTest, AnAverageOfLinearModelsIsOneLinearModel) {
  const auto data = MakeBent(2000, 2);
  const InProcessOutcome average = Train("average", data, {{"estimator", "logistic"}});
  ASSERT_NE(average.model, nullptr);
  EXPECT_EQ(average.model->algorithm(), "logistic");
  const double whole = ErrorOf(*Train("logistic", data, {}).model, *data);
  EXPECT_NEAR(ErrorOf(*average.model, *data), whole, 0.03);
}

TEST(MetaTest, ModelsTrainedElsewhereVote) {
  const auto data = MakeBent(400, 2);
  std::vector<std::shared_ptr<const Model>> members;
  for (const char* name : {"tree", "gbdt", "logistic"}) members.push_back(Train(name, data, {}).model);
  for (const bool hard : {false, true}) {
    auto vote = MakeVotingModel(members, {}, hard);
    ASSERT_OK(vote.status());
    EXPECT_LT(ErrorOf(**vote, *data), 0.1);
  }
  members.push_back(Train("tree", MakeBent(400, 3), {}).model);
  EXPECT_FALSE(MakeVotingModel(members, {}, true).ok());
}

TEST(MetaTest, SettingsOfLearnersAreChecked) {
  const auto data = MakeBent(100, 2);
  EXPECT_FALSE(Making("bagging", data, {{"estimator", "nonsense"}})().ok());
  EXPECT_NE(Making("bagging", data, {{"estimator.dept", "3"}})().status().message().find("dept"), std::string::npos);
  EXPECT_FALSE(Making("voting", data, {})().ok());
}

TEST(MetaTest, ModelsBytesDependOnNoWorkerOrThread) {
  const auto data = MakeBent(160, 2);
  EXPECT_OK(CheckSameModelEverywhere(Making("bagging", data, kBagging), data, 8, 3));
  EXPECT_OK(CheckSameModelEverywhere(Making("adaboost", data, kAdaBoost), data, 16, 5));
  EXPECT_OK(CheckSameModelEverywhere(Making("stacking", data, kStacking), data, 16, 7));
  EXPECT_OK(CheckSameModelEverywhere(Making("average", data, {{"estimator", "logistic"}}), data, 2, 1));
}

}  // namespace
}  // namespace tusk::ml
