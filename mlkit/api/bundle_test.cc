// Bundles and schemas: there and back, equal bytes, and every damage is an error.
#include <gtest/gtest.h>

#include <cstring>

#include "mlkit/api/bundle.h"
#include "mlkit/api/model.h"

namespace tusk::ml {
namespace {

Bundle Sample() {
  Bundle bundle;
  bundle.SetText("format", "tusk.model");
  bundle.SetFloats("weights", std::vector<float>{1.5F, -2, 3, 4, 5, 6}, {2, 3});
  bundle.SetDoubles("bias", std::vector<double>{0.1});
  bundle.SetIntegers("counts", std::vector<int32_t>{-7, 8});
  bundle.SetLongs("empty", {});
  Tensor flags{ElementType::kU8, {3}, {1, 0, 1}};
  bundle.SetTensor("flags", flags);
  return bundle;
}

std::vector<uint8_t> File(const std::string& header, size_t data) {
  std::vector<uint8_t> bytes(8);
  const uint64_t size = header.size();
  std::memcpy(bytes.data(), &size, 8);
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.resize(bytes.size() + data);
  return bytes;
}

TEST(BundleTest, ThereAndBackWithEqualBytes) {
  const std::vector<uint8_t> bytes = Sample().Encode();
  const Result<Bundle> read = Bundle::Decode(bytes, "m");
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->Encode(), bytes);
  EXPECT_EQ(*read->Floats("weights"), (std::vector<float>{1.5F, -2, 3, 4, 5, 6}));
  EXPECT_EQ(read->tensors().at("weights").shape, (std::vector<uint64_t>{2, 3}));
  EXPECT_EQ(*read->Doubles("bias"), std::vector<double>{0.1});
  EXPECT_EQ(*read->Integers("counts"), (std::vector<int32_t>{-7, 8}));
  EXPECT_TRUE(read->Longs("empty")->empty());
  EXPECT_EQ(*read->Text("format"), "tusk.model");
  EXPECT_EQ(read->Floats("bias").status().message(), "tensor 'bias' is of type F64, not F32");
  EXPECT_EQ(read->Floats("b").status().message(), "tensor 'b' is missing");
}

TEST(BundleTest, PartsOfAMergedBundleComeBack) {
  Bundle whole;
  whole.Merge("state", Sample());
  whole.Merge("state2", Sample());
  EXPECT_EQ(whole.Part("state").Encode(), Sample().Encode());
  EXPECT_TRUE(whole.Has("state2/bias"));
}

TEST(BundleTest, EveryCutIsAnError) {
  const std::vector<uint8_t> bytes = Sample().Encode();
  for (size_t size = 0; size < bytes.size(); ++size) {
    const Result<Bundle> read = Bundle::Decode(ByteView(bytes).first(size), "/a/model");
    ASSERT_FALSE(read.ok()) << size;
    EXPECT_TRUE(read.status().message().starts_with("/a/model: truncated")) << read.status().ToString();
  }
}

TEST(BundleTest, LyingHeadersAreErrors) {
  const std::pair<std::string, size_t> files[] = {
      {R"([])", 0},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 9},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4},
      {R"({"a":{"dtype":"F9","shape":[1],"data_offsets":[0,4]}})", 4},
      {R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4},
      {R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", 0},
      {R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[8,4]}})", 4},
      {R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})", 3},
      {R"({"__metadata__":{"a":1}})", 0},
      {R"({"a":[[[[[[[[1]]]]]]]]})", 0},
  };
  for (const auto& [header, data] : files) {
    EXPECT_EQ(Bundle::Decode(File(header, data), "m").code(), Code::kCorruption) << header;
  }
  std::vector<uint8_t> huge(16, 0xff);
  EXPECT_EQ(Bundle::Decode(huge, "m").code(), Code::kCorruption);
}

TEST(SchemaTest, ThereAndBack) {
  Schema schema{.rows = 7, .columns = 3, .sparse = true, .classes = 2, .class_labels = {"-1", "\"+1\""},
                .column_names = {"a", "b", "c"}, .categorical = {false, true, false},
                .categories = {{}, {"red", "green"}, {}}, .label_name = "y"};
  const Result<Schema> read = DecodeSchema(EncodeSchema(schema));
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(EncodeSchema(*read), EncodeSchema(schema));
  EXPECT_EQ(read->categories[1][1], "green");
  EXPECT_TRUE(read->categorical[1]);
  EXPECT_EQ(read->class_labels[1], "\"+1\"");
}

TEST(SchemaTest, NonsenseIsAnError) {
  for (const char* bad : {"", "1", "{}", R"({"rows":1,"columns":99999999999,"classes":0,"sparse":false})",
                          R"({"rows":1,"columns":2,"classes":2,"sparse":false,"class_labels":["a"]})",
                          R"({"rows":1,"columns":2,"classes":2,"sparse":false,"categorical":[2]})",
                          R"({"rows":1,"columns":2,"classes":2,"sparse":false,"categorical":[1],"categories":{"x":["a"]}})"}) {
    EXPECT_EQ(DecodeSchema(bad).code(), Code::kCorruption) << bad;
  }
}

TEST(ModelTextsTest, OtherFilesAndNewerModelsAreRefused) {
  Bundle bundle;
  EXPECT_EQ(CheckModelTexts(bundle).message(), "not a model of tusk");
  SetModelTexts(bundle, "softmax", Schema{});
  EXPECT_TRUE(CheckModelTexts(bundle).ok());
  EXPECT_EQ(*bundle.Text("algorithm"), "softmax");
  bundle.SetText("version", "2");
  EXPECT_EQ(CheckModelTexts(bundle).message(), "the model is of version 2, this tusk reads up to 1");
  bundle.SetText("version", "x");
  EXPECT_EQ(CheckModelTexts(bundle).code(), Code::kCorruption);
}

class FixedScores final : public Model {
 public:
  FixedScores(size_t classes, std::vector<float> scores) : scores_(std::move(scores)) { schema_.classes = classes; }
  std::string algorithm() const override { return "fixed"; }
  const Schema& schema() const override { return schema_; }
  size_t outputs() const override { return schema_.classes > 2 ? schema_.classes : 1; }
  Status Scores(const Block&, std::span<float> out) const override {
    std::copy(scores_.begin(), scores_.end(), out.begin());
    return Status::Ok();
  }
  Status Probabilities(const Block&, std::span<float>) const override { return Status(Code::kUnsupported, "none"); }
  Bundle Save() const override { return {}; }
  std::string Describe() const override { return ""; }

 private:
  Schema schema_;
  std::vector<float> scores_;
};

TEST(PredictTest, ArgmaxForManyClassesSignForTwoTheScoreForNone) {
  Block block;
  block.rows = 2;
  std::vector<float> out(2);
  ASSERT_TRUE(Predict(FixedScores(3, {1, 5, 5, 0, -1, -2}), block, out).ok());
  EXPECT_EQ(out, (std::vector<float>{1, 0}));
  ASSERT_TRUE(Predict(FixedScores(2, {0.5F, -0.5F}), block, out).ok());
  EXPECT_EQ(out, (std::vector<float>{1, 0}));
  ASSERT_TRUE(Predict(FixedScores(0, {0.5F, -0.5F}), block, out).ok());
  EXPECT_EQ(out, (std::vector<float>{0.5F, -0.5F}));
}

}  // namespace
}  // namespace tusk::ml
