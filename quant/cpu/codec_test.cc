// EncodeRows and DecodeRows: what they refuse, and what comes back.
#include "quant/types/codec.h"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <map>
#include <vector>

#include "quant/testing/codec_cases.h"

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

// tests/golden/quant/ggml.sha256: recorded from ggml's bytes by tests/compat/quant (its README says how).
std::map<std::string, std::string> GoldenHashes() {
  std::map<std::string, std::string> hashes;
  std::ifstream file(TUSK_GOLDEN_DIR "/quant/ggml.sha256");
  for (std::string line; std::getline(file, line);) hashes[line.substr(66)] = line.substr(0, 64);
  return hashes;
}

TEST(Codec, EncodesAsGgmlOnAllLanes) {
  const auto golden = GoldenHashes();
  for (const CodecCase& one : CodecCases()) {
    const CodecInput input = MakeInput(one, 1);
    std::vector<uint8_t> out(static_cast<size_t>(RowBytes(one.type, one.columns).value() * one.rows));
    for (const Lanes lanes : UsableLanes()) {
      ASSERT_TRUE(EncodeRows(lanes, one.type, input.weights.data(), one.rows, one.columns, one.weighted ? input.importance.data() : nullptr, out).ok());
      ASSERT_TRUE(golden.contains(NameOf(one))) << NameOf(one);
      EXPECT_EQ(Sha256(out), golden.at(NameOf(one))) << NameOf(one) << " on lanes " << static_cast<int>(lanes);
    }
  }
}

TEST(Codec, DecodesAsGgmlOnAllLanes) {
  const auto golden = GoldenHashes();
  for (const TypeTraits& traits : AllTypes()) {
    if (!traits.decodable) continue;
    const std::vector<uint8_t> bytes = DecodeInput(traits.type, 1);
    std::vector<float> scalar(static_cast<size_t>(kDecodeRows * kDecodeColumns)), out(scalar.size());
    ASSERT_TRUE(DecodeRows(Lanes::kScalar, traits.type, bytes, kDecodeRows, kDecodeColumns, scalar.data()).ok());
    const auto recorded = golden.find("decode " + std::string(traits.name));
    if (recorded != golden.end()) EXPECT_EQ(Sha256(scalar), recorded->second) << traits.name;
    for (const Lanes lanes : UsableLanes()) {
      ASSERT_TRUE(DecodeRows(lanes, traits.type, bytes, kDecodeRows, kDecodeColumns, out.data()).ok());
      EXPECT_EQ(Sha256(out), Sha256(scalar)) << traits.name << " on lanes " << static_cast<int>(lanes);
    }
  }
}

// Columns may be cut into any calls: a row's importance is found by its column, whatever group of blocks a block is in.
TEST(Codec, RowsEncodedOneByOneGiveTheSameBytes) {
  for (const TypeTraits& traits : AllTypes()) {
    if (!traits.encodable) continue;
    const int64_t rows = 5, columns = 768, row_bytes = RowBytes(traits.type, columns).value();
    const std::vector<float> weights = TestWeights("student", rows, columns, 7), importance = TestImportance(columns, 8);
    std::vector<uint8_t> whole(static_cast<size_t>(rows * row_bytes)), parts(whole.size());
    ASSERT_TRUE(EncodeRows(traits.type, weights.data(), rows, columns, importance.data(), whole).ok());
    for (int64_t row = 0; row < rows; ++row) {
      ASSERT_TRUE(EncodeRows(traits.type, weights.data() + row * columns, 1, columns, importance.data(),
                             std::span(parts).subspan(static_cast<size_t>(row * row_bytes), static_cast<size_t>(row_bytes)))
                      .ok());
    }
    EXPECT_EQ(whole, parts) << traits.name;
  }
}

}  // namespace
}  // namespace tusk::quant
