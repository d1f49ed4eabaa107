// EncodeRows and DecodeRows: what they refuse, and what comes back.
#include "quant/types/codec.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace tusk::quant {
namespace {

TEST(Codec, NamesTheFirstWeightThatIsNotFinite) {
  std::vector<float> weights(3 * 64, 1.0F);
  weights[64 + 7] = std::numeric_limits<float>::quiet_NaN();
  weights[2 * 64] = std::numeric_limits<float>::infinity();
  std::vector<uint8_t> out(3 * 2 * 34);
  const Status status = EncodeRows(TensorType::kQ8_0, weights.data(), 3, 64, nullptr, out);
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_EQ(status.message(), "a weight is NaN: row 1, column 7");
}

TEST(Codec, RefusesSizesThatDoNotFit) {
  std::vector<float> weights(64);
  std::vector<uint8_t> out(34);
  EXPECT_FALSE(EncodeRows(TensorType::kQ8_0, weights.data(), 1, 33, nullptr, out).ok());
  EXPECT_FALSE(EncodeRows(TensorType::kQ8_0, weights.data(), 1, 64, nullptr, out).ok());
  EXPECT_FALSE(EncodeRows(TensorType::kQ8_0, weights.data(), -1, 64, nullptr, out).ok());
  EXPECT_FALSE(EncodeRows(TensorType::kQ8_0, weights.data(), std::numeric_limits<int64_t>::max(), 64, nullptr, out).ok());
  EXPECT_FALSE(DecodeRows(TensorType::kQ8_0, out, 2, 32, weights.data()).ok());
  EXPECT_FALSE(EncodeRows(static_cast<TensorType>(99), weights.data(), 1, 64, nullptr, out).ok());
}

TEST(Codec, WeightsOfTheGridComeBackAsTheyWere) {
  std::vector<float> weights(64), back(64);
  for (int i = 0; i < 64; ++i) weights[static_cast<size_t>(i)] = static_cast<float>(i % 16 - 8) / 4;
  for (const TensorType type : {TensorType::kF32, TensorType::kF16, TensorType::kBF16, TensorType::kQ4_0}) {
    std::vector<uint8_t> bytes(static_cast<size_t>(RowBytes(type, 64).value()));
    ASSERT_TRUE(EncodeRows(type, weights.data(), 1, 64, nullptr, bytes).ok());
    ASSERT_TRUE(DecodeRows(type, bytes, 1, 64, back.data()).ok());
    EXPECT_EQ(weights, back) << TraitsOf(type)->name;
  }
}

}  // namespace
}  // namespace tusk::quant
