// Goal: units that are encoded on a GPU have the bytes that they have without one, whatever the type; a device that fails or has no kernel
// costs nothing but time. Method: recipes of models in memory, on the emulated GPU and on devices made for the test.
#include "quant/cuda/gpu_rows.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/testing/matchers.h"
#include "quant/plan/quant_plan.h"
#include "quant/scaled/scaled_recipe.h"
#include "quant/testing/test_weights.h"

namespace tusk::quant {
namespace {

// As a file; `weights` outlive it.
std::shared_ptr<const RangeReader> FileOf(const std::vector<float>& weights) {
  return std::make_shared<MemoryRanges>("memory", ByteView(reinterpret_cast<const uint8_t*>(weights.data()), weights.size() * sizeof(float)));
}

const std::vector<float> kWeights = TestWeights("student", 8, 512, 3), kMatrix = TestWeights("normal", 8, 512, 4);

// One tensor of 8 rows of 512 weights.
Model OneTensor() {
  Model model;
  ModelTensor tensor{.name = "blk.0.ffn_up.weight", .dims = {512, 8}, .pieces = {}, .made = {}};
  tensor.pieces.push_back({0, 0, tensor.rows()});
  model.tensors.push_back(std::move(tensor));
  model.metadata.emplace_back("general.architecture", GgufValue::String("llama"));
  model.metadata.emplace_back("llama.block_count", GgufValue::U32(1));
  model.files = {FileOf(kWeights)};
  return model;
}

SafetensorsSet OneMatrix() {
  SafetensorsSet set;
  set.files = {FileOf(kMatrix)};
  set.tensors = {{.name = "a.weight", .dtype = Dtype::kF32, .shape = {8, 512}, .file = 0, .offset = 0}};
  return set;
}

std::vector<uint8_t> Made(const OutputRecipe& recipe, RowDevice* device) {
  std::vector<uint8_t> out;
  UnitScratch scratch;
  scratch.device = device;
  for (size_t unit = 0; unit < recipe.units().size(); ++unit) {
    std::vector<uint8_t> bytes(recipe.units()[unit].bytes);
    EXPECT_OK(recipe.Run(unit, scratch, bytes));
    out.insert(out.end(), bytes.begin(), bytes.end());
  }
  return out;
}

// Counts what the device behind it does.
class Counting final : public RowDevice {
 public:
  explicit Counting(RowDevice* behind) : behind_(behind) {}
  bool EncodeRows(TensorType type, const float* src, int64_t rows, int64_t columns, const float* importance, std::span<uint8_t> out) override {
    ++asked;
    // What a device that fails has written does not count.
    if (behind_ == nullptr) return std::memset(out.data(), 0xAB, out.size()), false;
    const bool did = behind_->EncodeRows(type, src, rows, columns, importance, out);
    done += did ? 1 : 0;
    return did;
  }
  bool EncodeScaled(const ScaledSettings& settings, std::span<const float> weights, int64_t rows, int64_t columns, std::span<const BlockScale> scales,
                    std::span<uint8_t> out) override {
    ++asked;
    if (behind_ == nullptr) return std::memset(out.data(), 0xAB, out.size()), false;
    const bool did = behind_->EncodeScaled(settings, weights, rows, columns, scales, out);
    done += did ? 1 : 0;
    return did;
  }
  std::string name() const override { return "counting"; }
  std::string failure() const override { return ""; }
  int asked = 0, done = 0;

 private:
  RowDevice* const behind_;
};

struct Gguf {
  Model model = OneTensor();
  Imatrix imatrix;
  QuantPlan plan;
  std::unique_ptr<GgufRecipe> recipe;

  Gguf(TensorType type, bool weighted) {
    QuantSettings settings;
    settings.types.emplace_back(TensorPattern::Make(".*").value(), type);
    imatrix.weights[model.tensors[0].name] = TestImportance(512, 7);
    Result<QuantPlan> made = MakePlan(model, settings, weighted ? &imatrix : nullptr);
    EXPECT_OK(made.status());
    plan = std::move(made).value();
    recipe = std::make_unique<GgufRecipe>(model, plan, false);
  }
};

TEST(GpuRows, EveryTypeHasTheBytesOfTheCpu) {
  std::string why_none;
  Result<std::unique_ptr<RowDevice>> device = MakeRowDevice("cuda", &why_none);
  ASSERT_OK(device.status());
  for (const TypeTraits& traits : AllTypes()) {
    if (!traits.encodable || traits.type == TensorType::kF32) continue;
    for (const bool weighted : {false, true}) {
      const Gguf gguf(traits.type, weighted);
      Counting counting(device->get());
      EXPECT_EQ(Made(*gguf.recipe, &counting), Made(*gguf.recipe, nullptr)) << traits.name;
      // F16 and BF16 are no work for a device.
      EXPECT_EQ(counting.done, traits.block_weights > 1 ? 1 : 0) << traits.name;
    }
  }
  EXPECT_EQ((*device)->failure(), "");
}

TEST(GpuRows, ScaledTypesHaveTheBytesOfTheCpu) {
  std::string why_none;
  const Result<std::unique_ptr<RowDevice>> device = MakeRowDevice("auto", &why_none);
  ASSERT_OK(device.status());
  ASSERT_NE(device->get(), nullptr) << why_none;
  for (const char* granularity : {"tensor", "channel", "group:100", "block:3"}) {
    for (const ScaledType type : {ScaledType::kInt8, ScaledType::kFp8E4M3, ScaledType::kFp8E5M2}) {
      ScaledRecipeSettings settings;
      settings.coding.type = type;
      settings.coding.affine = type == ScaledType::kInt8;
      ASSERT_OK(SetGranularity(granularity, settings.coding));
      Result<std::unique_ptr<ScaledRecipe>> recipe = ScaledRecipe::Make(OneMatrix(), settings);
      ASSERT_OK(recipe.status());
      Counting counting(device->get());
      EXPECT_EQ(Made(**recipe, &counting), Made(**recipe, nullptr)) << granularity;
      EXPECT_EQ(counting.done, 1) << granularity;
    }
  }
}

TEST(GpuRows, WhatADeviceDoesNotDoTheCpuDoes) {
  Counting none(nullptr);
  const Gguf gguf(TensorType::kQ4_K, false);
  EXPECT_EQ(Made(*gguf.recipe, &none), Made(*gguf.recipe, nullptr));
  Result<std::unique_ptr<ScaledRecipe>> recipe = ScaledRecipe::Make(OneMatrix(), {});
  ASSERT_OK(recipe.status());
  EXPECT_EQ(Made(**recipe, &none), Made(**recipe, nullptr));
  EXPECT_EQ(none.asked, 2);
}

TEST(GpuRows, ADeviceWithoutRoomSaysSoAndIsNotAskedAgain) {
  std::string why_none;
  const Result<std::unique_ptr<RowDevice>> device = MakeRowDevice("cuda", &why_none);
  ASSERT_OK(device.status());
  // More than the emulated device has; it must not be looked at before there is room for it.
  std::vector<uint8_t> out(18);
  const std::vector<float> few(32);
  EXPECT_FALSE((*device)->EncodeRows(TensorType::kQ4_0, few.data(), int64_t{1} << 24, 32, nullptr, out));
  EXPECT_NE((*device)->failure().find("no memory"), std::string::npos);
  EXPECT_FALSE((*device)->EncodeRows(TensorType::kQ4_0, few.data(), 1, 32, nullptr, out));
}

TEST(GpuRows, TheCpuIsNoDevice) {
  std::string why_none;
  const Result<std::unique_ptr<RowDevice>> device = MakeRowDevice("cpu", &why_none);
  ASSERT_OK(device.status());
  EXPECT_EQ(device->get(), nullptr);
}

}  // namespace
}  // namespace tusk::quant
