// Goal: units in any order make a file that the reader accepts, whose codes and scales are those of the whole matrices; everything
// else is copied; what cannot be is refused.
#include "quant/scaled/scaled_recipe.h"

#include <gmock/gmock.h>

#include <cstring>

#include "base/core/half.h"
#include "base/testing/matchers.h"
#include "quant/scaled/scaled_model.h"

namespace tusk::quant {
namespace {

float WeightAt(size_t i) { return static_cast<float>(static_cast<int>(i * 7919 % 2003) - 1001) * (i % 97 == 0 ? 0.01F : 0.001F); }

// A model in memory: a wide matrix of bf16 in 2,000 rows, one of f32, a vector, indices.
std::vector<uint8_t> Sample() {
  SafetensorsHeader header;
  header.tensors.push_back({.name = "a.weight", .dtype = Dtype::kBF16, .shape = {2000, 1000}});
  header.tensors.push_back({.name = "b.weight", .dtype = Dtype::kF32, .shape = {3, 5, 70}});
  header.tensors.push_back({.name = "norm.weight", .dtype = Dtype::kF32, .shape = {70}});
  header.tensors.push_back({.name = "ids", .dtype = Dtype::kI64, .shape = {4, 2}});
  SortForAlignment(header.tensors);
  std::vector<uint8_t> bytes = EncodeSafetensorsHeader(header).value();
  for (const SafetensorsEntry& entry : header.tensors) {
    for (size_t i = 0; i < entry.bytes() / SizeOf(entry.dtype); ++i) {
      const float x = WeightAt(i);
      const uint16_t half = BfloatOf(x);
      const auto number = static_cast<int64_t>(i);
      const void* from = entry.dtype == Dtype::kBF16 ? static_cast<const void*>(&half) : entry.dtype == Dtype::kF32 ? static_cast<const void*>(&x) : &number;
      const auto* begin = static_cast<const uint8_t*>(from);
      bytes.insert(bytes.end(), begin, begin + SizeOf(entry.dtype));
    }
  }
  return bytes;
}

class OneFile final : public RangeFiles {
 public:
  explicit OneFile(ByteView bytes) : bytes_(bytes) {}
  Result<std::shared_ptr<const RangeReader>> Open(const std::string& path) const override {
    return std::shared_ptr<const RangeReader>(std::make_shared<MemoryRanges>(path, bytes_));
  }
  Result<bool> IsFolder(const std::string&) const override { return false; }
  Result<std::vector<std::string>> List(const std::string&) const override { return std::vector<std::string>(); }

 private:
  ByteView bytes_;
};

Result<std::unique_ptr<ScaledRecipe>> RecipeFor(ByteView bytes, const ScaledRecipeSettings& settings) {
  ASSIGN_OR_RETURN(SafetensorsSet set, OpenSafetensorsSet(OneFile(bytes), "/m.safetensors"));
  return ScaledRecipe::Make(std::move(set), settings);
}

// All units, the last first.
std::vector<uint8_t> RunAll(const OutputRecipe& recipe) {
  std::vector<uint8_t> out(recipe.size());
  std::copy(recipe.header().begin(), recipe.header().end(), out.begin());
  UnitScratch scratch;
  for (size_t unit = recipe.units().size(); unit-- > 0;) {
    const OutputRecipe::Unit& place = recipe.units()[unit];
    EXPECT_OK(recipe.Run(unit, scratch, MutableByteView(out).subspan(place.offset, place.bytes)));
  }
  return out;
}

template <typename T>
std::vector<T> Values(const SetTensor& tensor, ByteView file, size_t count) {
  std::vector<T> values(count);
  std::memcpy(values.data(), file.data() + tensor.offset, count * sizeof(T));
  return values;
}

const SetTensor& Named(const SafetensorsSet& set, const std::string& name) {
  for (const SetTensor& tensor : set.tensors) {
    if (tensor.name == name) return tensor;
  }
  ADD_FAILURE() << "no " << name;
  return set.tensors[0];
}

TEST(ScaledRecipe, UnitsMakeTheCodesAndScalesOfWholeMatrices) {
  const std::vector<uint8_t> bytes = Sample();
  std::vector<float> a(2'000'000);
  for (size_t i = 0; i < a.size(); ++i) a[i] = FloatOfBfloat(BfloatOf(WeightAt(i)));
  for (const std::string way : {"tensor", "channel", "group:64", "block:128"}) {
    for (const bool affine : {false, true}) {
      SCOPED_TRACE(way + (affine ? " affine" : ""));
      ScaledRecipeSettings settings;
      ASSERT_OK(SetGranularity(way, settings.coding));
      settings.coding.affine = affine;
      settings.coding.range = RangeByName(way == "tensor" ? "percentile:99" : "minmax").value();
      Result<std::unique_ptr<ScaledRecipe>> recipe = RecipeFor(bytes, settings);
      ASSERT_OK(recipe);
      EXPECT_EQ((*recipe)->quantized(), 2U);
      EXPECT_EQ((*recipe)->copied(), 2U);
      const std::vector<uint8_t> out = RunAll(**recipe);
      Result<SafetensorsSet> set = OpenSafetensorsSet(OneFile(out), "/out.safetensors");
      ASSERT_OK(set);
      const std::vector<BlockScale> scales = FindScales(settings.coding, a, 2000, 1000).value();
      std::vector<uint8_t> codes(a.size());
      ASSERT_OK(EncodeScaled(settings.coding, a, 2000, 1000, scales, codes));
      EXPECT_EQ(Values<uint8_t>(Named(*set, "a.weight"), out, a.size()), codes);
      const std::vector<float> written = Values<float>(Named(*set, "a.weight_scale"), out, scales.size());
      for (size_t i = 0; i < scales.size(); ++i) ASSERT_EQ(written[i], scales[i].scale) << i;
      if (affine) {
        const std::vector<int8_t> zeros = Values<int8_t>(Named(*set, "a.weight_zero_point"), out, scales.size());
        for (size_t i = 0; i < scales.size(); ++i) ASSERT_EQ(zeros[i], scales[i].zero_point) << i;
      }
      Result<ScaledModel> model = ScaledModel::Open(OneFile(out), "/out.safetensors");
      ASSERT_OK(model);
      std::vector<float> decoded(a.size()), rows;
      ASSERT_OK(DecodeScaled(settings.coding, codes, 2000, 1000, scales, decoded));
      std::vector<uint8_t> scratch;
      ASSERT_OK(model->ReadRows(*model->Find("a.weight"), 1280, 200, scratch, rows));
      EXPECT_TRUE(std::equal(rows.begin(), rows.end(), decoded.begin() + 1'280'000));
      EXPECT_TRUE(model->IsSide(*model->Find("a.weight_scale")));
      EXPECT_EQ(Values<int64_t>(Named(*set, "ids"), out, 8)[7], 7);
      EXPECT_EQ(Values<float>(Named(*set, "norm.weight"), out, 70)[3], WeightAt(3));
    }
  }
}

TEST(ScaledRecipe, WhatIsExcludedIsCopiedAndNamedSo) {
  const std::vector<uint8_t> bytes = Sample();
  ScaledRecipeSettings settings;
  settings.coding.type = ScaledType::kFp8E4M3;
  settings.exclude = [](const std::string& name) { return name == "a.weight"; };
  Result<std::unique_ptr<ScaledRecipe>> recipe = RecipeFor(bytes, settings);
  ASSERT_OK(recipe);
  const std::vector<uint8_t> out = RunAll(**recipe);
  Result<SafetensorsSet> set = OpenSafetensorsSet(OneFile(out), "/out.safetensors");
  ASSERT_OK(set);
  EXPECT_EQ(Named(*set, "a.weight").dtype, Dtype::kBF16);
  EXPECT_EQ(Named(*set, "b.weight").dtype, Dtype::kF8E4M3);
  EXPECT_EQ(Named(*set, "b.weight_scale").shape, (std::vector<uint64_t>{15, 1}));
  const std::string config = ReadSafetensorsHeader(MemoryRanges("/out", out)).value().metadata.at("quantization_config");
  EXPECT_THAT(config, testing::HasSubstr(R"("ignore":["a"])"));
}

TEST(ScaledRecipe, BadWeightsAndQuantizedModelsAreRefused) {
  std::vector<uint8_t> bytes = Sample();
  const SafetensorsSet set = OpenSafetensorsSet(OneFile(bytes), "/m.safetensors").value();
  const uint16_t nan = 0x7FC0;
  std::memcpy(bytes.data() + Named(set, "a.weight").offset + 2 * (1500 * 1000 + 42), &nan, 2);
  for (const std::string way : {"channel", "tensor"}) {
    ScaledRecipeSettings settings;
    ASSERT_OK(SetGranularity(way, settings.coding));
    const std::unique_ptr<ScaledRecipe> recipe = RecipeFor(bytes, settings).value();
    UnitScratch scratch;
    Status failure;
    for (size_t unit = 0; unit < recipe->units().size() && failure.ok(); ++unit) {
      std::vector<uint8_t> out(recipe->units()[unit].bytes);
      failure = recipe->Run(unit, scratch, out);
    }
    EXPECT_EQ(failure.code(), Code::kInvalidArgument) << way;
    EXPECT_THAT(failure.ToString(), testing::HasSubstr("tensor 'a.weight', row 1500, column 42 is NaN"));
    // As 0 where that is asked for.
    settings.allow_bad_weights = true;
    std::vector<uint8_t> zero = bytes;
    std::memset(zero.data() + Named(set, "a.weight").offset + 2 * (1500 * 1000 + 42), 0, 2);
    EXPECT_EQ(RunAll(**RecipeFor(bytes, settings)), RunAll(**RecipeFor(zero, settings))) << way;
  }
  const std::vector<uint8_t> good = Sample();
  const std::vector<uint8_t> once = RunAll(**RecipeFor(good, {}));
  EXPECT_EQ(RecipeFor(once, {}).status().code(), Code::kInvalidArgument) << "nothing is left to quantize";
}

}  // namespace
}  // namespace tusk::quant
