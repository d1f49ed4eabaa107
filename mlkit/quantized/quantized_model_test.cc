// Goal: an int8 model predicts nearly what its original does, also where columns differ by orders of magnitude; dense and sparse
// rows, scalar and vector code and files give the same scores; damaged files are refused.
#include "mlkit/quantized/quantized_model.h"

#include <gmock/gmock.h>

#include <cmath>

#include "base/testing/matchers.h"
#include "mlkit/api/local_training.h"
#include "mlkit/api/random.h"
#include "mlkit/catalog/catalog.h"
#include "mlkit/data/generators.h"
#include "mlkit/sgd/linear_model.h"
#include "mlkit/testing/error_of.h"

namespace tusk::ml {
namespace {

std::unique_ptr<Model> Train(const std::string& algorithm, const std::shared_ptr<const Dataset>& data, std::map<std::string, std::string> settings) {
  Result<std::unique_ptr<Algorithm>> made = MakeCheckedAlgorithm(algorithm, settings, data->schema());
  TUSK_CHECK(made.ok()) << made.status().ToString();
  LocalTrainingOptions options;
  options.threads = 1;
  Result<std::unique_ptr<Model>> model = TrainLocally(**made, data, options);
  TUSK_CHECK(model.ok()) << model.status().ToString();
  return std::move(model).value();
}

std::shared_ptr<const Dataset> Generated(const std::string& name, uint64_t rows) {
  GeneratorSettings settings;
  settings.name = name;
  settings.rows = rows;
  settings.shards = 3;
  return std::shared_ptr<const Dataset>(MakeGenerator(settings).value());
}

TEST(QuantizedModel, ClassifiesAsItsOriginalDoes) {
  const std::shared_ptr<const Dataset> data = Generated("blobs", 2000);
  for (const std::string algorithm : {"softmax", "logistic", "svm", "mlp"}) {
    SCOPED_TRACE(algorithm);
    std::map<std::string, std::string> settings;
    if (algorithm == "mlp") settings = {{"hidden", "32,16"}, {"epochs", "5"}};
    const std::unique_ptr<Model> model = Train(algorithm, data, settings);
    Result<std::unique_ptr<Model>> small = QuantizeToInt8(*model, data.get());
    ASSERT_OK(small);
    EXPECT_EQ((*small)->algorithm(), algorithm);
    EXPECT_LE(ErrorOf(**small, *data), ErrorOf(*model, *data) + 0.01);
    EXPECT_THAT((*small)->Describe(), testing::HasSubstr("int8"));
  }
}

// A regression whose columns have sizes of 1e-3 to 1e5 that matter alike.
TEST(QuantizedModel, ColumnsOfVeryDifferentSizesAllCount) {
  Block block;
  block.columns = 9;
  Schema schema;
  schema.columns = 9;
  Random random(5, 5);
  for (size_t row = 0; row < 3000; ++row) {
    float y = 0;
    for (size_t c = 0; c < 9; ++c) {
      const auto x = static_cast<float>(random.Uniform(-1, 1));
      y += x;
      block.dense.push_back(x * std::pow(10.0F, static_cast<float>(c) - 3.0F));
    }
    block.labels.push_back(y);
    ++block.rows;
  }
  std::vector<double> parameters;
  for (size_t c = 0; c < 9; ++c) parameters.push_back(std::pow(10.0, 3.0 - static_cast<double>(c)));
  parameters.push_back(0);
  const LinearModel model("linear", schema, 1, Link::kNone, parameters);
  const std::shared_ptr<const Dataset> data = MakeInMemoryDataset(schema, {block});
  Result<std::unique_ptr<Model>> with_sizes = QuantizeToInt8(model, data.get());
  Result<std::unique_ptr<Model>> without = QuantizeToInt8(model, nullptr);
  ASSERT_OK(with_sizes);
  ASSERT_OK(without);
  EXPECT_LT(ErrorOf(**with_sizes, *data), 0.001);   // the labels' variance is 3
  EXPECT_GT(ErrorOf(**without, *data), 0.1);
}

TEST(QuantizedModel, SparseAndDenseRowsGiveTheSameScores) {
  const std::shared_ptr<const Dataset> data = Generated("rcv1", 300);
  const std::unique_ptr<Model> model = Train("logistic", data, {{"epochs", "3"}});
  Result<std::unique_ptr<Model>> small = QuantizeToInt8(*model, data.get());
  ASSERT_OK(small);
  Block sparse = data->Load(0).value();
  sparse.rows = 20;
  Block dense;
  dense.rows = sparse.rows;
  dense.columns = sparse.columns;
  dense.dense.assign(dense.rows * dense.columns, 0.0F);
  for (size_t row = 0; row < sparse.rows; ++row) {
    const SparseRow entries = sparse.Row(row);
    for (size_t i = 0; i < entries.columns.size(); ++i) dense.dense[row * dense.columns + entries.columns[i]] = entries.values[i];
  }
  std::vector<float> a(sparse.rows * (*small)->outputs()), b(a.size());
  ASSERT_OK((*small)->Scores(sparse, a));
  ASSERT_OK((*small)->Scores(dense, b));
  EXPECT_EQ(a, b);
  EXPECT_LE(ErrorOf(**small, *data), ErrorOf(*model, *data) + 0.01);
}

TEST(QuantizedModel, ItsFileIsAQuarterAndGivesTheSameScores) {
  const std::shared_ptr<const Dataset> data = Generated("blobs", 600);
  const std::unique_ptr<Model> model = Train("mlp", data, {{"hidden", "256,64"}, {"epochs", "1"}, {"activation", "gelu"}});
  Result<std::unique_ptr<Model>> small = QuantizeToInt8(*model, data.get());
  ASSERT_OK(small);
  const std::vector<uint8_t> bytes = (*small)->Save().Encode();
  EXPECT_LT(bytes.size(), model->Save().Encode().size() / 3);
  Result<Bundle> bundle = Bundle::Decode(bytes, "small");
  ASSERT_OK(bundle);
  Result<std::unique_ptr<Model>> loaded = LoadModel(*bundle);
  ASSERT_OK(loaded);
  const Block block = data->Load(0).value();
  std::vector<float> a(block.rows * model->outputs()), b(a.size());
  ASSERT_OK((*small)->Scores(block, a));
  ASSERT_OK((*loaded)->Scores(block, b));
  EXPECT_EQ(a, b);
  EXPECT_EQ((*loaded)->Save().Encode(), bytes);
}

TEST(QuantizedModel, DamagedFilesAndOtherModelsAreRefused) {
  const std::shared_ptr<const Dataset> data = Generated("blobs", 300);
  const std::unique_ptr<Model> model = Train("softmax", data, {{"epochs", "1"}});
  const Bundle good = (*QuantizeToInt8(*model, nullptr))->Save();
  const auto refused = [&](auto change) {
    Bundle bad = good;
    change(bad);
    return LoadModel(bad).status().ToString();
  };
  EXPECT_THAT(refused([](Bundle& b) { b.SetText("quantization", "int3"); }), testing::HasSubstr("int3"));
  EXPECT_THAT(refused([](Bundle& b) { b.SetFloats("layer0.weight", std::vector<float>(4)); }), testing::HasSubstr("not a matrix of int8"));
  EXPECT_THAT(refused([](Bundle& b) { b.SetFloats("layer0.weight_scale", std::vector<float>(4)); }), testing::HasSubstr("do not fit"));
  EXPECT_THAT(refused([](Bundle& b) { b.SetFloats("layer0.input_scale", std::vector<float>(20)); }), testing::HasSubstr("not a size"));
  EXPECT_THAT(refused([](Bundle& b) { b.SetText("activation", "swish"); }), testing::HasSubstr("swish"));
  const std::unique_ptr<Model> trees = Train("tree", data, {});
  EXPECT_EQ(QuantizeToInt8(*trees, nullptr).status().code(), Code::kUnsupported);
  EXPECT_EQ(QuantizeToInt8(**QuantizeToInt8(*model, nullptr), nullptr).status().code(), Code::kUnsupported);
}

TEST(Int8Layer, VectorsSumAsScalarsDo) {
  Random random(8, 8);
  std::vector<uint8_t> a(200'003), b(a.size());
  for (size_t i = 0; i < a.size(); ++i) {
    a[i] = static_cast<uint8_t>(random.Uniform(0, 256));
    b[i] = static_cast<uint8_t>(random.Uniform(0, 256));
  }
  for (const size_t count : {0, 1, 15, 16, 17, 1000, 65'536, 200'003}) EXPECT_EQ(DotInt8(a.data(), b.data(), count), DotInt8Scalar(a.data(), b.data(), count));
  a.assign(a.size(), 0x80);
  EXPECT_EQ(DotInt8(a.data(), a.data(), a.size()), static_cast<int64_t>(a.size()) * 128 * 128);
}

}  // namespace
}  // namespace tusk::ml
