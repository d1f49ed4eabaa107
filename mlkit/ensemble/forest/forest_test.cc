// Forests: what they learn, their score out of the bag, and that nobody can tell who grew which tree.
#include "mlkit/ensemble/forest/forest.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/testing/matchers.h"
#include "mlkit/ensemble/forest/bag.h"
#include "mlkit/ensemble/trees/tree_model.h"
#include "mlkit/testing/error_of.h"
#include "mlkit/testing/in_process_training.h"

namespace tusk::ml {
namespace {

std::shared_ptr<const Dataset> MakeRings(size_t rows, size_t classes, bool weights = false, double missing = 0) {
  Schema schema;
  schema.classes = classes;
  for (size_t k = 0; k < classes; ++k) schema.class_labels.push_back(std::to_string(k));
  Random random(11, 0);
  std::vector<Block> blocks(5);
  for (size_t s = 0; s < 5; ++s) {
    Block& block = blocks[s];
    block.columns = 6;
    block.rows = s == 2 ? 0 : rows / 4;
    for (size_t row = 0; row < block.rows; ++row) {
      double radius = 0;
      for (size_t c = 0; c < 6; ++c) {
        const auto x = static_cast<float>(random.Normal());
        if (c < 2) radius += static_cast<double>(x * x);
        block.dense.push_back(random.Chance(missing) ? kMissing : x);
      }
      const double label = classes == 0 ? radius : std::min(std::floor(radius), static_cast<double>(classes - 1));
      block.labels.push_back(static_cast<float>(label));
      if (weights) block.weights.push_back(static_cast<float>(random.Uniform(0.1, 3)));
    }
  }
  return MakeInMemoryDataset(schema, std::move(blocks));
}

using Maker = Result<std::unique_ptr<Algorithm>> (*)(Parameters&, const Schema&);
std::function<Result<std::unique_ptr<Algorithm>>()> Making(Maker maker, const std::shared_ptr<const Dataset>& data,
                                                           std::map<std::string, std::string> settings) {
  return [=]() -> Result<std::unique_ptr<Algorithm>> {
    Parameters parameters(settings);
    ASSIGN_OR_RETURN(std::unique_ptr<Algorithm> algorithm, maker(parameters, data->schema()));
    RETURN_IF_ERROR(parameters.Check());
    return algorithm;
  };
}

InProcessOutcome Train(Maker maker, const std::shared_ptr<const Dataset>& data, std::map<std::string, std::string> settings) {
  auto outcome = TrainInProcess(Making(maker, data, std::move(settings)), data, InProcessPlan());
  if (outcome.ok()) return std::move(*outcome);
  ADD_FAILURE() << outcome.status().message();
  return InProcessOutcome();
}

TEST(ForestTest, FitsItsRowsAndKnowsHowWellItDoesOnOthers) {
  const auto data = MakeRings(1200, 3);
  for (const Maker maker : {&MakeRandomForest, &MakeExtraTrees}) {
    const InProcessOutcome outcome = Train(maker, data, {{"trees", "40"}});
    EXPECT_LT(ErrorOf(*outcome.model, *data), 0.01);
    if (maker != &MakeRandomForest) continue;
    const double score = outcome.reports.back().figures.at("oob_score");
    EXPECT_GT(score, 0.80);
    EXPECT_LT(score, 0.97);
  }
}

TEST(ForestTest, EntropyAndRegressionWork) {
  const auto classes = MakeRings(800, 3);
  EXPECT_LT(ErrorOf(*Train(&MakeRandomForest, classes, {{"trees", "20"}, {"criterion", "entropy"}}).model, *classes), 0.02);
  const auto numbers = MakeRings(800, 0);
  const InProcessOutcome outcome = Train(&MakeRandomForest, numbers, {{"trees", "40"}});
  EXPECT_GT(outcome.reports.back().figures.at("oob_score"), 0.85);
  EXPECT_LT(ErrorOf(*Train(&MakeExtraTrees, numbers, {{"trees", "30"}}).model, *numbers), 0.02);
}

TEST(ForestTest, ATreeOfAllRowsFitsThemExactlyAndItsLimitsHold) {
  const auto data = MakeRings(400, 2);
  EXPECT_EQ(ErrorOf(*Train(&MakeDecisionTree, data, {}).model, *data), 0);
  const InProcessOutcome outcome = Train(&MakeDecisionTree, data, {{"max_depth", "2"}});
  EXPECT_LE(dynamic_cast<const TreeModel&>(*outcome.model).parts().trees.trees[0].leaves(), 4U);
}

TEST(ForestTest, RowsOfWeightZeroDoNotCount) {
  Schema schema;
  schema.classes = 2;
  schema.class_labels = {"a", "b"};
  std::vector<Block> blocks(1);
  blocks[0].rows = 100;
  blocks[0].columns = 1;
  for (size_t row = 0; row < 100; ++row) {
    blocks[0].dense.push_back(static_cast<float>(row % 10));
    blocks[0].labels.push_back(row < 50 ? (row % 10 < 5 ? 0.0F : 1.0F) : (row % 10 < 5 ? 1.0F : 0.0F));
    blocks[0].weights.push_back(row < 50 ? 0.25F : 0.0F);
  }
  const std::shared_ptr<const Dataset> data = MakeInMemoryDataset(schema, std::move(blocks));
  EXPECT_EQ(ErrorOf(*Train(&MakeDecisionTree, data, {}).model, *data), 0.5);  // right on those that count, wrong on the others
}

TEST(ForestTest, TheModelsBytesDependOnNoWorkerOrThread) {
  const auto data = MakeRings(300, 3, true, 0.1);
  EXPECT_OK(CheckSameModelEverywhere(Making(&MakeRandomForest, data, {{"trees", "9"}, {"trees_at_once", "4"}}), data, 12, 2));
  const auto numbers = MakeRings(300, 0);
  EXPECT_OK(CheckSameModelEverywhere(Making(&MakeExtraTrees, numbers, {{"trees", "5"}, {"trees_at_once", "3"}}), numbers, 9, 3));
}

TEST(ForestTest, ABagHasEveryRowOnceOnAverage) {
  uint64_t sum = 0, none = 0;
  Bag bag(3, 7, 1.0);
  for (uint64_t row = 0; row < 100'000; ++row) {
    const uint32_t times = bag.Times(row);
    sum += times;
    none += times == 0 ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(sum), 100'000, 1200);
  EXPECT_NEAR(static_cast<double>(none), 36'788, 600);
}

TEST(ForestTest, ImportancesNameTheColumnsThatMatter) {
  const auto data = MakeRings(1000, 2);
  const InProcessOutcome outcome = Train(&MakeRandomForest, data, {{"trees", "20"}});
  const std::vector<double> gains = dynamic_cast<const TreeModel&>(*outcome.model).GainImportances();
  for (size_t c = 2; c < 6; ++c) EXPECT_LT(2 * gains[c], std::min(gains[0], gains[1]));
}

}  // namespace
}  // namespace tusk::ml
