// Optima that scikit-learn and LIBLINEAR found (tests/golden/mlkit/linear): our coefficients agree to 1e-6.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "mlkit/sgd/linear_testing.h"
#include "mlkit/testing/in_process_training.h"

namespace tusk::ml {
namespace {

constexpr size_t kColumns = 5;
const std::string kFolder = std::string(TUSK_GOLDEN_DIR) + "/mlkit/linear/";

// `label`: "y", "two" or "three", the columns behind the features.
std::shared_ptr<const Dataset> ReadRows(const std::string& label, size_t shards) {
  Schema schema;
  schema.classes = label == "y" ? 0 : label == "two" ? 2 : 3;
  std::vector<Block> blocks(shards);
  std::ifstream file(kFolder + "rows.csv");
  std::string line;
  for (size_t row = 0; std::getline(file, line); ++row) {
    Block& block = blocks[row % shards];
    std::stringstream fields(line);
    std::string field;
    for (size_t c = 0; std::getline(fields, field, ','); ++c) {
      if (c < kColumns) block.dense.push_back(std::stof(field));
      if (c == kColumns + schema.classes - (schema.classes > 0 ? 1 : 0)) block.labels.push_back(std::stof(field));
    }
    block.columns = kColumns;
    ++block.rows;
  }
  return MakeInMemoryDataset(schema, std::move(blocks));
}

TEST(PeersTest, CoefficientsAgreeTo1e6) {
  std::ifstream file(kFolder + "expectations.txt");
  std::string line;
  size_t cases = 0;
  while (std::getline(file, line)) {
    std::stringstream words(line);
    std::string algorithm, text, label, setting;
    words >> algorithm >> text >> label;
    Settings settings = {{"tolerance", "1e-13"}, {"epochs", "5000"}};
    std::stringstream all(text);
    while (std::getline(all, setting, ',')) settings[setting.substr(0, setting.find('='))] = setting.substr(setting.find('=') + 1);
    const auto data = ReadRows(label, 3);
    auto outcome = TrainInProcess(Maker(algorithm, settings, data->schema()), data, {});
    ASSERT_TRUE(outcome.ok()) << line << ": " << outcome.status().ToString();
    const Bundle bundle = outcome->model->Save();
    std::vector<double> got = bundle.Doubles("weights").value(), intercepts = bundle.Doubles("intercepts").value();
    double mean = 0;  // softmax's intercepts are free up to a constant
    for (const double intercept : intercepts) mean += algorithm == "softmax" ? intercept / static_cast<double>(intercepts.size()) : 0.0;
    for (const double intercept : intercepts) got.push_back(intercept - mean);
    for (size_t i = 0; i < got.size(); ++i) {
      double want = NAN;
      words >> want;
      EXPECT_NEAR(got[i], want, 1e-6 * std::max(1.0, std::abs(want))) << algorithm << " " << text << " " << label << ", value " << i;
    }
    ++cases;
  }
  EXPECT_GE(cases, 12U);
}

}  // namespace
}  // namespace tusk::ml
