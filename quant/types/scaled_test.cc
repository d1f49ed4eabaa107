// Goal: the codes and scales are those that numpy, ml_dtypes and onnxruntime give (tests/golden/quant/scaled.txt), and all sets of
// instructions give the same bits.
#include "quant/types/scaled.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <sstream>

#include "base/testing/matchers.h"
#include "quant/cpu/scaled_kernels.h"

namespace tusk::quant {
namespace {

using testing::HasSubstr;

// The recipe of the golden file's script.
std::vector<float> Weights(uint64_t seed, size_t count, const std::string& kind) {
  std::vector<float> out;
  uint64_t state = seed;
  for (size_t i = 0; i < count; ++i) {
    uint64_t z = state += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    const double v = static_cast<double>((z ^ z >> 31) >> 40) / 16777216.0 - 0.5;
    double x = v;
    if (kind == "heavy") x = v * v * v * v * v;
    if (kind == "positive") x = v + 0.5;
    if (kind == "zero") x = 0;
    if (kind == "denormal") x = v * 0x1p-130;
    if (kind == "huge") x = v * 0x1p128;
    out.push_back(static_cast<float>(x));
  }
  return out;
}

std::vector<uint8_t> FromHex(const std::string& text) {
  std::vector<uint8_t> out;
  for (size_t i = 0; i + 1 < text.size(); i += 2) out.push_back(static_cast<uint8_t>(std::stoi(text.substr(i, 2), nullptr, 16)));
  return out;
}

struct GoldenCase {
  std::string title;
  ScaledSettings settings;
  int64_t rows = 0, columns = 0;
  std::vector<float> weights;
  std::vector<BlockScale> scales;
  std::vector<uint8_t> codes;
};

std::vector<GoldenCase> GoldenCases() {
  std::vector<GoldenCase> cases;
  std::ifstream in(std::string(TUSK_GOLDEN_DIR) + "/quant/scaled.txt");
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string word, type, granularity, range, affine, kind, hex;
    words >> word;
    if (word == "case") {
      GoldenCase& next = cases.emplace_back();
      uint64_t seed = 0;
      words >> type >> granularity >> range >> affine >> next.rows >> next.columns >> seed >> kind;
      next.title = line;
      next.settings.type = ScaledTypeByName(type).value();
      next.settings.affine = affine == "affine";
      next.settings.range = RangeByName(range).value();
      TUSK_CHECK(SetGranularity(granularity, next.settings).ok());
      next.weights = Weights(seed, static_cast<size_t>(next.rows * next.columns), kind);
      continue;
    }
    words >> hex;
    const std::vector<uint8_t> bytes = FromHex(hex);
    GoldenCase& last = cases.back();
    if (word == "codes") last.codes = bytes;
    if (word == "scales") {
      last.scales.resize(bytes.size() / 4);
      for (size_t i = 0; i < last.scales.size(); ++i) std::memcpy(&last.scales[i].scale, bytes.data() + 4 * i, 4);
    }
    for (size_t i = 0; word == "zeros" && i < bytes.size(); ++i) last.scales[i].zero_point = static_cast<int8_t>(bytes[i]);
  }
  return cases;
}

TEST(Scaled, ScalesAndCodesAreThoseOfNumpyAndOnnxruntime) {
  const std::vector<GoldenCase> cases = GoldenCases();
  ASSERT_GT(cases.size(), 50U);
  for (const GoldenCase& golden : cases) {
    SCOPED_TRACE(golden.title);
    Result<std::vector<BlockScale>> scales = FindScales(golden.settings, golden.weights, golden.rows, golden.columns);
    ASSERT_OK(scales);
    ASSERT_EQ(scales->size(), golden.scales.size());
    for (size_t i = 0; i < scales->size(); ++i) {
      EXPECT_EQ(scales.value()[i].scale, golden.scales[i].scale) << i;
      EXPECT_EQ(scales.value()[i].zero_point, golden.scales[i].zero_point) << i;
    }
    std::vector<uint8_t> codes(golden.weights.size());
    ASSERT_OK(EncodeScaled(golden.settings, golden.weights, golden.rows, golden.columns, scales.value(), codes));
    EXPECT_EQ(codes, golden.codes);
  }
}

TEST(Scaled, WeightsComeBackWithinHalfAStep) {
  for (const GoldenCase& golden : GoldenCases()) {
    if (golden.settings.type != ScaledType::kInt8 || golden.settings.range.method != RangeMethod::kMinMax) continue;
    SCOPED_TRACE(golden.title);
    std::vector<float> back(golden.weights.size());
    ASSERT_OK(DecodeScaled(golden.settings, golden.codes, golden.rows, golden.columns, golden.scales, back));
    const ScaleGrid grid = GridOf(golden.settings, golden.rows, golden.columns).value();
    for (size_t i = 0; i < back.size(); ++i) {
      const auto row = static_cast<int64_t>(i) / golden.columns, column = static_cast<int64_t>(i) % golden.columns;
      const float scale = golden.scales[static_cast<size_t>(row / grid.block_rows * grid.grid_columns + column / grid.block_columns)].scale;
      // An affine range's ends may be half a step off: the zero point is rounded.
      EXPECT_LE(std::fabs(back[i] - golden.weights[i]), scale * (golden.settings.affine ? 1.001F : 0.5001F)) << i;
    }
  }
}

TEST(Scaled, EveryFp8CodeDecodesToItsValueAndBack) {
  const auto value_of = [](int code, int mantissa_bits, int bias) {
    const int exponent = code >> mantissa_bits & ((1 << (7 - mantissa_bits)) - 1), mantissa = code & ((1 << mantissa_bits) - 1);
    const double part = static_cast<double>(mantissa) / (1 << mantissa_bits);
    const double size = exponent == 0 ? std::ldexp(part, 1 - bias) : std::ldexp(1 + part, exponent - bias);
    return static_cast<float>(code & 0x80 ? -size : size);
  };
  std::array<uint8_t, 256> codes, again;
  for (int i = 0; i < 256; ++i) codes[static_cast<size_t>(i)] = static_cast<uint8_t>(i);
  std::array<float, 256> values;
  for (const ScaledKernels* kernels : {&ScalarScaledKernels(), &BestScaledKernels()}) {
    kernels->decode_e4m3(codes.data(), 256, 1.0F, values.data());
    kernels->encode_e4m3(values.data(), 256, 1.0F, again.data());
    for (int i = 0; i < 256; ++i) {
      const auto at = static_cast<size_t>(i);
      if ((i & 0x7F) == 0x7F) {
        EXPECT_TRUE(std::isnan(values[at]));
        continue;
      }
      EXPECT_EQ(std::bit_cast<uint32_t>(values[at]), std::bit_cast<uint32_t>(value_of(i, 3, 7))) << i;
      EXPECT_EQ(again[at], i);
    }
    kernels->decode_e5m2(codes.data(), 256, 1.0F, values.data());
    kernels->encode_e5m2(values.data(), 256, 1.0F, again.data());
    for (int i = 0; i < 256; ++i) {
      const auto at = static_cast<size_t>(i);
      if ((i & 0x7F) == 0x7C) {
        EXPECT_TRUE(std::isinf(values[at]));
      } else if ((i & 0x7F) > 0x7C) {
        EXPECT_TRUE(std::isnan(values[at]));
      } else {
        EXPECT_EQ(std::bit_cast<uint32_t>(values[at]), std::bit_cast<uint32_t>(value_of(i, 2, 15))) << i;
        EXPECT_EQ(again[at], i);
      }
    }
  }
}

TEST(Scaled, AllInstructionsGiveTheSameBits) {
  const ScaledKernels* wide = Avx2ScaledKernels();
  if (wide == nullptr) GTEST_SKIP() << "no AVX2";
  const ScaledKernels& scalar = ScalarScaledKernels();
  for (const std::string kind : {"uniform", "heavy", "denormal", "huge", "positive"}) {
    const std::vector<float> x = Weights(7, 10'007, kind);
    std::vector<uint8_t> one(x.size()), other(x.size());
    std::vector<float> values(x.size()), others(x.size());
    float low = 0, high = 0, low2 = 0, high2 = 0;
    EXPECT_TRUE(scalar.extremes(x.data(), x.size(), &low, &high));
    EXPECT_TRUE(wide->extremes(x.data(), x.size(), &low2, &high2));
    EXPECT_EQ(low, low2);
    EXPECT_EQ(high, high2);
    for (const float scale : {1.0F, 0.37F, std::max(-low, high) / 127 + 0x1p-126F, 0x1p-126F}) {
      SCOPED_TRACE(kind + " " + std::to_string(scale));
      scalar.encode_int8(x.data(), x.size(), scale, 3, -128, one.data());
      wide->encode_int8(x.data(), x.size(), scale, 3, -128, other.data());
      EXPECT_EQ(one, other);
      scalar.decode_int8(one.data(), x.size(), scale, 3, values.data());
      wide->decode_int8(one.data(), x.size(), scale, 3, others.data());
      EXPECT_EQ(values, others);
      scalar.encode_e4m3(x.data(), x.size(), scale, one.data());
      wide->encode_e4m3(x.data(), x.size(), scale, other.data());
      EXPECT_EQ(one, other);
      scalar.encode_e5m2(x.data(), x.size(), scale, one.data());
      wide->encode_e5m2(x.data(), x.size(), scale, other.data());
      EXPECT_EQ(one, other);
      scalar.decode_e5m2(one.data(), x.size(), scale, values.data());
      wide->decode_e5m2(one.data(), x.size(), scale, others.data());
      EXPECT_EQ(values, others);
    }
  }
}

TEST(Scaled, ATensorInPiecesGetsTheScaleOfTheWhole) {
  const std::vector<float> x = Weights(3, 4096, "heavy");
  for (const std::string range : {"minmax", "percentile:99", "mse", "kl"}) {
    ScaledSettings settings;
    ASSERT_OK(SetGranularity("tensor", settings));
    settings.range = RangeByName(range).value();
    TensorScale scale(settings);
    for (size_t first = 0; first < x.size(); first += 512) ASSERT_OK(scale.SeeFirst(std::span(x).subspan(first, 512)));
    scale.EndFirst();
    EXPECT_EQ(scale.needs_second_pass(), range != "minmax");
    for (size_t end = x.size(); scale.needs_second_pass() && end > 0; end -= 512) scale.SeeSecond(std::span(x).subspan(end - 512, 512));
    EXPECT_EQ(scale.Find(), FindScales(settings, x, 64, 64).value()[0]) << range;
  }
}

TEST(Scaled, ClippedRangesAreNarrowerAndErrorIsLeastByError) {
  const std::vector<float> x = Weights(11, 8192, "heavy");
  const auto error_of = [&](const std::string& range) {
    ScaledSettings settings;
    TUSK_CHECK(SetGranularity("tensor", settings).ok());
    settings.range = RangeByName(range).value();
    const std::vector<BlockScale> scales = FindScales(settings, x, 1, 8192).value();
    std::vector<uint8_t> codes(x.size());
    std::vector<float> back(x.size());
    TUSK_CHECK(EncodeScaled(settings, x, 1, 8192, scales, codes).ok());
    TUSK_CHECK(DecodeScaled(settings, codes, 1, 8192, scales, back).ok());
    double sum = 0;
    for (size_t i = 0; i < x.size(); ++i) sum += (x[i] - back[i]) * static_cast<double>(x[i] - back[i]);
    return sum;
  };
  EXPECT_LE(error_of("mse"), error_of("minmax") * 1.0001);
  EXPECT_LE(error_of("mse"), error_of("kl") * 1.0001);
  EXPECT_LE(error_of("mse"), error_of("percentile:99.9") * 1.01);
}

TEST(Scaled, WeightsThatAreNoNumbersAreRefusedWithTheirPlace) {
  ScaledSettings settings;
  std::vector<float> x(100, 1.0F);
  x[37] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(FindScales(settings, x, 10, 10).status().ToString(), HasSubstr("row 3, column 7 is NaN"));
  x[37] = -std::numeric_limits<float>::infinity();
  std::vector<uint8_t> codes(100);
  const std::vector<BlockScale> scales(10);
  EXPECT_THAT(EncodeScaled(settings, x, 10, 10, scales, codes).ToString(), HasSubstr("row 3, column 7 is infinite"));
}

TEST(Scaled, SettingsThatMakeNoSenseAreRefused) {
  ScaledSettings settings;
  EXPECT_FALSE(SetGranularity("group", settings).ok());
  EXPECT_FALSE(SetGranularity("group:0", settings).ok());
  EXPECT_FALSE(SetGranularity("column", settings).ok());
  EXPECT_FALSE(RangeByName("percentile:40").ok());
  EXPECT_FALSE(RangeByName("percentil").ok());
  EXPECT_FALSE(ScaledTypeByName("int4").ok());
  settings.type = ScaledType::kFp8E4M3;
  settings.affine = true;
  EXPECT_FALSE(CheckSettings(settings).ok());
  EXPECT_FALSE(GridOf(settings, 0, 4).ok());
  for (const std::string text : {"tensor", "channel", "group:32", "block:128"}) {
    ASSERT_OK(SetGranularity(text, settings));
    EXPECT_EQ(GranularityOf(settings), text);
  }
  EXPECT_EQ(NameOf(RangeByName("percentile:99.5").value()), "percentile:99.5");
}

}  // namespace
}  // namespace tusk::quant
