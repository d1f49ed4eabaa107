// Our models through XGBoost's format and back; files of XGBoost itself are in tests/compat/mlkit.
#include "mlkit/ensemble/xgboost_json.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/testing/matchers.h"
#include "mlkit/api/random.h"
#include "mlkit/ensemble/gbdt/gbdt.h"
#include "mlkit/testing/in_process_training.h"

namespace tusk::ml {
namespace {

Block RandomRows(size_t rows, size_t classes) {
  Random random(2, 0);
  Block block;
  block.rows = rows;
  block.columns = 3;
  for (size_t row = 0; row < rows; ++row) {
    const auto x = static_cast<float>(random.Normal());
    const auto category = static_cast<float>(random.Below(8));
    block.dense.insert(block.dense.end(), {random.Chance(0.1) ? kMissing : x, category, static_cast<float>(random.Normal())});
    const double score = static_cast<double>(x) + (category == 2 || category == 5 ? 1.5 : 0);
    block.labels.push_back(classes == 0 ? static_cast<float>(std::exp(score))
                                        : static_cast<float>(std::clamp(static_cast<int>(score + 1), 0, static_cast<int>(classes) - 1)));
  }
  return block;
}

std::unique_ptr<Model> Train(const Block& block, size_t classes, const std::string& loss) {
  Schema schema;
  schema.classes = classes;
  for (size_t k = 0; k < classes; ++k) schema.class_labels.push_back(std::to_string(k));
  schema.categorical = {false, true, false};
  const std::shared_ptr<const Dataset> data = MakeInMemoryDataset(schema, {block});
  auto outcome = TrainInProcess(
      [&]() -> Result<std::unique_ptr<Algorithm>> {
        Parameters parameters(std::map<std::string, std::string>{
            {"trees", "5"}, {"leaves", "8"}, {"objective", loss}, {"min_data_per_group", "5"}, {"cat_smooth", "1"}});
        return MakeGbdtFromParameters(parameters, data->schema());
      },
      data, InProcessPlan());
  EXPECT_OK(outcome.status());
  return std::move(outcome->model);
}

TEST(XgboostJsonTest, AModelComesBackWithTheSameAnswers) {
  for (const auto& [classes, loss] : std::vector<std::pair<size_t, std::string>>{{2, "auto"}, {3, "auto"}, {0, "squared"}, {0, "poisson"}}) {
    const Block block = RandomRows(600, classes);
    const auto model = Train(block, classes, loss);
    auto text = WriteXgboostJson(*model);
    ASSERT_OK(text.status());
    auto again = ReadXgboostJson(*text, "file");
    ASSERT_OK(again.status());
    std::vector<float> one(block.rows * model->outputs()), other(one.size());
    ASSERT_OK(model->Scores(block, one));
    ASSERT_OK((*again)->Scores(block, other));
    for (size_t i = 0; i < one.size(); ++i) EXPECT_NEAR(one[i], other[i], 2e-6 * (1 + std::fabs(one[i]))) << loss << " " << i;
  }
}

TEST(XgboostJsonTest, DamagedFilesAreRefusedWithTheFilesName) {
  auto text = WriteXgboostJson(*Train(RandomRows(300, 2), 2, "auto"));
  ASSERT_OK(text.status());
  const auto damaged = [&](const std::string& from, const std::string& to) {
    std::string copy = *text;
    const size_t at = copy.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    auto model = ReadXgboostJson(copy.replace(at, from.size(), to), "m.json");
    return model.ok() ? std::string("read") : std::string(model.status().message());
  };
  EXPECT_EQ(damaged("\"name\":\"gbtree\"", "\"name\":\"dart\""), "m.json: booster 'dart' is not supported");
  EXPECT_EQ(damaged("binary:logistic", "rank:pairwise"), "m.json: objective 'rank:pairwise' is not supported");
  EXPECT_EQ(damaged("\"left_children\":[1", "\"left_children\":[0"), "m.json: tree 0: a tree's children are out of range or form a loop");
  EXPECT_EQ(damaged("\"num_feature\":\"3\",\"num_target\"", "\"num_feature\":\"1\",\"num_target\""),
            "m.json: tree 0: a split's column is out of range");
  EXPECT_EQ(ReadXgboostJson(text->substr(0, 500), "m.json").status().message(), "m.json: is no JSON file");
  EXPECT_EQ(ReadXgboostJson("{}", "m.json").status().message(), "m.json: is no model of XGBoost: it has no learner");
}

}  // namespace
}  // namespace tusk::ml
