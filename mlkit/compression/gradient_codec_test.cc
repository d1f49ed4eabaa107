// Encodings are as exact as they say, keep nothing for ever, and refuse what does not fit.
#include "mlkit/compression/gradient_codec.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/testing/matchers.h"
#include "mlkit/api/random.h"
#include "mlkit/compression/error_feedback.h"
#include "base/core/half.h"

namespace tusk::ml {
namespace {

std::vector<float> Gradient(size_t size, uint64_t stream) {
  Random random(1, stream);
  std::vector<float> values(size);
  for (float& value : values) value = static_cast<float>(random.Normal() * std::pow(10, random.Uniform(-3, 1)));
  return values;
}

TEST(HalfTest, EveryHalfSurvivesAndMiddlesGoToEven) {
  for (uint32_t half = 0; half < 0x10000; ++half) {
    const auto bits = static_cast<uint16_t>(half);
    if ((bits & 0x7C00) == 0x7C00 && (bits & 0x3FF) != 0) continue;  // NaN
    ASSERT_EQ(HalfOf(FloatOfHalf(bits)), bits);
    if ((bits & 0x7FFF) >= 0x7BFF) continue;
    const float low = FloatOfHalf(bits), high = FloatOfHalf(static_cast<uint16_t>(bits + 1)), middle = (low + high) / 2;
    ASSERT_EQ(HalfOf(middle), bits & 1 ? bits + 1 : bits);
    ASSERT_EQ(HalfOf(std::nextafter(middle, high)), bits + 1);
    ASSERT_EQ(HalfOf(std::nextafter(middle, low)), bits);
  }
  EXPECT_EQ(HalfOf(65520.0F), 0x7C00);
  EXPECT_EQ(HalfOf(65519.0F), 0x7BFF);
  EXPECT_EQ(HalfOf(NAN) & 0x7C00, 0x7C00);
}

TEST(GradientCodecTest, ErrorsStayWithinTheCodecsBounds) {
  const std::vector<float> values = Gradient(1000, 1);
  for (GradientCodec codec : {GradientCodec::kNone, GradientCodec::kFloat16, GradientCodec::kInt8}) {
    ASSERT_OK_AND_ASSIGN(const auto bytes, EncodeGradient(codec, values));
    std::vector<float> back(values.size(), 1.0F);
    ASSERT_OK(AddDecodedGradient(bytes, 1, back));
    for (size_t begin = 0; begin < values.size(); begin += 256) {
      float largest = 0;
      for (size_t i = begin; i < std::min(begin + 256, values.size()); ++i) largest = std::max(largest, std::fabs(values[i]));
      for (size_t i = begin; i < std::min(begin + 256, values.size()); ++i) {
        const float allowed = codec == GradientCodec::kNone      ? 0
                              : codec == GradientCodec::kFloat16 ? std::fabs(values[i]) / 2048 + 0x1.0p-25F
                                                                 : largest / 254;
        ASSERT_NEAR(back[i] - 1, values[i], allowed * 1.001F + 2e-6F);  // 1 + value rounds as well
      }
    }
  }
}

TEST(GradientCodecTest, TopKKeepsTheLargestExactly) {
  const std::vector<float> values = {0.1F, -5, 3, 3, -3, 0};
  ASSERT_OK_AND_ASSIGN(const auto bytes, EncodeGradient(GradientCodec::kTopK, values, 3));
  std::vector<float> back(6);
  ASSERT_OK(AddDecodedGradient(bytes, 2, back));
  EXPECT_EQ(back, (std::vector<float>{0, -10, 6, 6, 0, 0}));
  EXPECT_EQ(bytes.size(), 9U + 3 * 8);
}

TEST(GradientCodecTest, NothingIsLostForGoodWithFeedback) {
  for (GradientCodec codec : {GradientCodec::kFloat16, GradientCodec::kInt8, GradientCodec::kTopK}) {
    ErrorFeedback feedback(codec, 0.05, 400);
    std::vector<float> sent(400), wanted(400);
    float largest_left = 0;
    for (uint64_t step = 0; step < 200; ++step) {
      const std::vector<float> gradient = Gradient(400, step + 2);
      for (size_t i = 0; i < 400; ++i) wanted[i] += gradient[i];
      ASSERT_OK_AND_ASSIGN(const auto bytes, feedback.Encode(gradient));
      ASSERT_OK(AddDecodedGradient(bytes, 1, sent));
    }
    for (size_t i = 0; i < 400; ++i) {
      ASSERT_NEAR(sent[i] + feedback.left()[i], wanted[i], 1e-2F);
      largest_left = std::max(largest_left, std::fabs(feedback.left()[i]));
    }
    EXPECT_LT(largest_left, 150) << static_cast<int>(codec);  // it does not grow with the steps
  }
}

TEST(GradientCodecTest, WhatCannotBeSentIsAnErrorThatSaysWhere) {
  EXPECT_EQ(EncodeGradient(GradientCodec::kInt8, std::vector<float>{1, NAN}).status().message(),
            "the gradient's entry 1 is not finite; is the learning rate too large?");
  EXPECT_EQ(EncodeGradient(GradientCodec::kFloat16, std::vector<float>{1, 2, 70000}).status().message(),
            "the gradient's entry 2 is beyond fp16's range of 65504");
  EXPECT_FALSE(GradientCodecOf("fp17").ok());
}

TEST(GradientCodecTest, DamagedBytesAreRefused) {
  for (GradientCodec codec : {GradientCodec::kNone, GradientCodec::kFloat16, GradientCodec::kInt8, GradientCodec::kTopK}) {
    ASSERT_OK_AND_ASSIGN(auto bytes, EncodeGradient(codec, Gradient(300, 7), 10));
    std::vector<float> sum(300), other(299);
    EXPECT_EQ(AddDecodedGradient(bytes, 1, other).code(), Code::kCorruption);
    bytes.pop_back();
    EXPECT_EQ(AddDecodedGradient(bytes, 1, sum).code(), Code::kCorruption);
    bytes[0] = 9;
    EXPECT_EQ(AddDecodedGradient(bytes, 1, sum).code(), Code::kCorruption);
    EXPECT_EQ(AddDecodedGradient(ByteView(bytes).first(5), 1, sum).code(), Code::kCorruption);
  }
}

}  // namespace
}  // namespace tusk::ml
