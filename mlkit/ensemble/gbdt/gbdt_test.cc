// Boosting: what it learns, and that its model does not depend on who computes what.
#include "mlkit/ensemble/gbdt/gbdt.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/testing/matchers.h"
#include "mlkit/api/random.h"
#include "mlkit/ensemble/gbdt/group_quantiles.h"
#include "mlkit/ensemble/trees/tree_model.h"
#include "mlkit/testing/in_process_training.h"

namespace tusk::ml {
namespace {

struct Shape {
  size_t rows = 600, columns = 6, classes = 2, shards = 7;
  double missing = 0;
  bool sparse = false, categorical = false, weights = false;
};

float Target(const std::vector<float>& x, size_t classes, bool categorical) {
  double score = std::sin(3 * static_cast<double>(x[1])) + static_cast<double>(x[2] * x[2]);
  score += categorical ? (static_cast<int>(x[0]) % 3 == 0 ? 2.0 : 0.0) : static_cast<double>(x[0]);
  if (classes == 0) return static_cast<float>(score);
  return static_cast<float>(std::clamp(static_cast<int>(score + 1), 0, static_cast<int>(classes) - 1));
}

// Column 0 decides most; it is a category where asked for, and missing values of it count as 0.
std::shared_ptr<const Dataset> MakeRows(const Shape& shape) {
  Schema schema;
  schema.classes = shape.classes;
  for (size_t k = 0; k < shape.classes; ++k) schema.class_labels.push_back(std::to_string(k));
  schema.sparse = shape.sparse;
  if (shape.categorical) {
    schema.categorical.assign(shape.columns, false);
    schema.categorical[0] = true;
  }
  Random random(5, 0);
  std::vector<Block> blocks(shape.shards);
  for (size_t s = 0; s < shape.shards; ++s) {
    Block& block = blocks[s];
    block.columns = shape.columns;
    block.sparse = shape.sparse;
    block.rows = s == 1 ? 0 : shape.rows / shape.shards + s;  // unequal, one empty
    if (shape.sparse) block.row_starts.push_back(0);
    for (size_t row = 0; row < block.rows; ++row) {
      std::vector<float> x(shape.columns);
      for (float& value : x) {
        value = static_cast<float>(random.Normal());
        if (shape.sparse && random.Chance(0.9)) value = 0;
      }
      if (shape.categorical) x[0] = static_cast<float>(random.Below(12));
      const bool missing = random.Chance(shape.missing);
      if (missing) x[0] = 0;
      block.labels.push_back(Target(x, shape.classes, shape.categorical));
      if (shape.weights) block.weights.push_back(static_cast<float>(random.Uniform(0.5, 2)));
      if (missing) x[0] = kMissing;
      for (size_t c = 0; c < shape.columns; ++c) {
        if (!shape.sparse) {
          block.dense.push_back(x[c]);
        } else if (x[c] != 0) {
          block.indices.push_back(static_cast<uint32_t>(c));
          block.values.push_back(x[c]);
        }
      }
      if (shape.sparse) block.row_starts.push_back(block.values.size());
    }
  }
  return MakeInMemoryDataset(schema, std::move(blocks));
}

std::function<Result<std::unique_ptr<Algorithm>>()> Maker(const std::shared_ptr<const Dataset>& data,
                                                          std::map<std::string, std::string> settings) {
  return [data, settings]() -> Result<std::unique_ptr<Algorithm>> {
    Parameters parameters(settings);
    ASSIGN_OR_RETURN(std::unique_ptr<Algorithm> algorithm, MakeGbdtFromParameters(parameters, data->schema()));
    RETURN_IF_ERROR(parameters.Check());
    return algorithm;
  };
}

InProcessOutcome Train(const std::shared_ptr<const Dataset>& data, std::map<std::string, std::string> settings) {
  auto outcome = TrainInProcess(Maker(data, std::move(settings)), data, InProcessPlan());
  if (!outcome.ok()) {
    ADD_FAILURE() << outcome.status().message();
    return InProcessOutcome();
  }
  return std::move(*outcome);
}

// Share of right classes, or the root of the mean squared error.
double Quality(const Model& model, const Dataset& data) {
  double sum = 0, rows = 0;
  for (size_t s = 0; s < data.shards(); ++s) {
    const Block block = *data.Load(s);
    std::vector<float> answers(block.rows);
    EXPECT_OK(Predict(model, block, answers));
    for (size_t row = 0; row < block.rows; ++row) {
      const double error = static_cast<double>(answers[row] - block.labels[row]);
      sum += model.schema().classes == 0 ? error * error : (error == 0 ? 1 : 0);
    }
    rows += static_cast<double>(block.rows);
  }
  return model.schema().classes == 0 ? std::sqrt(sum / rows) : sum / rows;
}

const std::map<std::string, std::string> kSmall = {{"trees", "4"}, {"leaves", "8"}, {"min_data_in_leaf", "5"}};
std::map<std::string, std::string> With(std::map<std::string, std::string> more) {
  more.insert(kSmall.begin(), kSmall.end());
  return more;
}

TEST(GbdtTest, LearnsTwoClassesManyClassesAndNumbers) {
  const std::map<std::string, std::string> settings = {{"trees", "40"}, {"min_data_in_leaf", "5"}};
  for (const size_t classes : {2, 4}) {
    const auto data = MakeRows({.classes = classes});
    const InProcessOutcome outcome = Train(data, settings);
    EXPECT_GT(Quality(*outcome.model, *data), 0.97) << classes;
  }
  const auto data = MakeRows({.classes = 0});
  EXPECT_LT(Quality(*Train(data, settings).model, *data), 0.2);
}

TEST(GbdtTest, EveryRegressionLossComesNearItsTarget) {
  const auto data = MakeRows({.classes = 0});
  for (const char* loss : {"huber", "absolute", "quantile"}) {
    std::map<std::string, std::string> settings = {{"trees", "60"}, {"objective", loss}, {"min_data_in_leaf", "5"}};
    if (std::string(loss) == "quantile") settings["alpha"] = "0.5";
    EXPECT_LT(Quality(*Train(data, settings).model, *data), 0.55) << loss;
  }
}

TEST(GbdtTest, MissingValuesGoWhereTheyBelong) {
  const auto data = MakeRows({.missing = 0.3});
  EXPECT_GT(Quality(*Train(data, {{"trees", "40"}, {"min_data_in_leaf", "5"}}).model, *data), 0.96);
}

TEST(GbdtTest, CategoriesAreSplitAsSets) {
  const auto data = MakeRows({.rows = 900, .categorical = true});
  const InProcessOutcome outcome =
      Train(data, {{"trees", "1"}, {"leaves", "2"}, {"min_data_per_group", "5"}, {"learning_rate", "1"}});
  const auto* model = dynamic_cast<const TreeModel*>(outcome.model.get());
  ASSERT_NE(model, nullptr);
  const Tree& tree = model->parts().trees.trees[0];
  ASSERT_TRUE((tree.flags[0] & Tree::kCategorical) != 0);
  const std::vector<uint32_t> multiples = {0, 3, 6, 9};
  std::vector<uint32_t> others;
  for (uint32_t c = 0; c < 12; ++c) {
    if (c % 3 != 0) others.push_back(c);
  }
  EXPECT_TRUE(tree.categories == multiples || tree.categories == others);
}

TEST(GbdtTest, SparseRowsGiveTheDenseRowsModel) {
  Shape shape{.sparse = true};
  const auto sparse = MakeRows(shape);
  std::vector<Block> blocks;
  for (size_t s = 0; s < sparse->shards(); ++s) {
    const Block from = *sparse->Load(s);
    Block to;
    to.rows = from.rows;
    to.columns = from.columns;
    to.labels = from.labels;
    to.dense.resize(from.rows * from.columns);
    for (size_t row = 0; row < from.rows; ++row) {
      const SparseRow values = from.Row(row);
      for (size_t i = 0; i < values.columns.size(); ++i) to.dense[row * from.columns + values.columns[i]] = values.values[i];
    }
    blocks.push_back(std::move(to));
  }
  Schema schema = sparse->schema();
  schema.sparse = false;
  const std::shared_ptr<const Dataset> dense = MakeInMemoryDataset(schema, std::move(blocks));
  const auto one = Train(sparse, kSmall), other = Train(dense, kSmall);
  ASSERT_TRUE(one.model && other.model);
  const auto trees = [](const InProcessOutcome& outcome) {
    return dynamic_cast<const TreeModel&>(*outcome.model).parts().trees.trees;
  };
  ASSERT_EQ(trees(one).size(), trees(other).size());
  for (size_t t = 0; t < trees(one).size(); ++t) {
    EXPECT_EQ(trees(one)[t].values, trees(other)[t].values);
    EXPECT_EQ(trees(one)[t].column, trees(other)[t].column);
  }
}

TEST(GbdtTest, TheModelsBytesDependOnNoWorkerOrThread) {
  EXPECT_OK(CheckSameModelEverywhere(Maker(MakeRows({.missing = 0.1}), kSmall), MakeRows({.missing = 0.1}), 40, 4));
}
TEST(GbdtTest, TheSameWithSampledRowsColumnsAndHeldOutRows) {
  const auto data = MakeRows({.classes = 3, .weights = true});
  const auto settings = With({{"bagging_fraction", "0.7"}, {"feature_fraction", "0.6"}, {"early_stopping", "2"}, {"growth", "depth"}});
  EXPECT_OK(CheckSameModelEverywhere(Maker(data, settings), data, 24, 11));
}
TEST(GbdtTest, TheSameForSparseRows) {
  const auto data = MakeRows({.missing = 0.1, .sparse = true});
  EXPECT_OK(CheckSameModelEverywhere(Maker(data, kSmall), data, 12, 5));
}
TEST(GbdtTest, TheSameForCategoriesAndQuantiles) {
  const auto categories = MakeRows({.categorical = true});
  EXPECT_OK(CheckSameModelEverywhere(Maker(categories, kSmall), categories, 12, 5));
  const auto numbers = MakeRows({.classes = 0});
  const auto settings = With({{"objective", "quantile"}, {"alpha", "0.8"}});
  EXPECT_OK(CheckSameModelEverywhere(Maker(numbers, settings), numbers, 14, 7));
}

TEST(GbdtTest, EarlyStoppingKeepsTheBestRound) {
  const auto data = MakeRows({.rows = 300});
  const InProcessOutcome outcome = Train(
      data, {{"trees", "400"}, {"early_stopping", "5"}, {"validation_fraction", "0.3"}, {"learning_rate", "0.5"}});
  ASSERT_NE(outcome.model, nullptr);
  const auto& model = dynamic_cast<const TreeModel&>(*outcome.model);
  EXPECT_LT(outcome.reports.size(), 400U);
  EXPECT_EQ(model.parts().trees.trees.size() + 5, outcome.reports.size());
}

TEST(GbdtTest, LeafWiseGrowthTakesTheBestLeafFirst) {
  const auto data = MakeRows({.rows = 2000, .classes = 0});
  double before = INFINITY;
  for (const char* leaves : {"2", "3", "5", "9", "17", "40"}) {
    const InProcessOutcome outcome = Train(data, {{"trees", "1"}, {"leaves", leaves}, {"learning_rate", "1"}});
    const auto& model = dynamic_cast<const TreeModel&>(*outcome.model);
    EXPECT_EQ(std::to_string(model.parts().trees.trees[0].leaves()), leaves);
    const double error = Quality(model, *data);
    EXPECT_LT(error, before);
    before = error;
  }
}

TEST(GbdtTest, BadSettingsAndDataAreRefused) {
  const auto data = MakeRows({});
  EXPECT_EQ(Maker(data, {{"num_leafs", "7"}})().status().message(), "unknown setting 'num_leafs'; did you mean 'num_leaves'?");
  EXPECT_FALSE(Maker(data, {{"objective", "regression"}})().ok());
  EXPECT_FALSE(Maker(data, {{"early_stopping", "3"}, {"validation_fraction", "0"}})().ok());
  const auto numbers = MakeRows({.classes = 0});
  auto outcome = TrainInProcess(Maker(numbers, {{"objective", "poisson"}}), numbers, InProcessPlan());
  ASSERT_FALSE(outcome.ok());
  EXPECT_NE(outcome.status().message().find("for a Poisson regression"), std::string::npos);
}

TEST(GbdtTest, AModelIsReadBackAndDescribed) {
  const auto data = MakeRows({.classes = 3, .categorical = true});
  const InProcessOutcome outcome = Train(data, kSmall);
  auto bundle = Bundle::Decode(outcome.bytes, "model");
  ASSERT_OK(bundle.status());
  auto again = TreeModel::Load(*bundle);
  ASSERT_OK(again.status());
  EXPECT_EQ((*again)->Save().Encode(), outcome.bytes);
  EXPECT_EQ(Quality(**again, *data), Quality(*outcome.model, *data));
  EXPECT_NE((*again)->Describe().find("12 trees"), std::string::npos);
}

TEST(GroupQuantilesTest, AreExactForEveryGroup) {
  LocalCommunicator comm;
  std::vector<GroupedValue> values;
  for (int i = 0; i < 101; ++i) {
    values.push_back({0, static_cast<float>((i * 37) % 101 - 50), 1});
    values.push_back({2, static_cast<float>(i) * 0.001F, i < 90 ? 1.0F : 10.0F});
  }
  auto medians = GroupQuantiles(comm, 3, values, 0.5);
  ASSERT_OK(medians.status());
  EXPECT_EQ((*medians)[0], 0.0F);
  EXPECT_EQ((*medians)[1], 0.0F);          // empty
  EXPECT_EQ((*medians)[2], 0.09F);         // 90 rows of weight 1, then of 10
}

}  // namespace
}  // namespace tusk::ml
