// Which encodings are compared: with ggml (tests/compat/quant) and with the hashes recorded from it (tests/golden/quant).
#pragma once

#include <openssl/sha.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "quant/testing/test_weights.h"
#include "quant/types/tensor_type.h"

namespace tusk::quant {

struct CodecCase {
  TensorType type;
  std::string_view kind;
  bool weighted;
  int64_t rows, columns;
};

inline bool TakesImportance(TensorType type) {
  using enum TensorType;
  switch (type) {
    case kQ4_0: case kQ4_1: case kQ5_0: case kQ5_1: case kQ2_K: case kQ3_K: case kQ4_K: case kQ5_K: case kQ6_K: case kIQ4_NL: case kIQ4_XS:
      return true;
    default: return false;
  }
}

inline std::vector<CodecCase> CodecCases() {
  std::vector<CodecCase> cases;
  for (const TypeTraits& traits : AllTypes()) {
    if (!traits.encodable) continue;
    for (const std::string_view kind : kWeightKinds) {
      cases.push_back({traits.type, kind, false, 8, 1280});  // 40 super-blocks: no multiple of 16
      if (TakesImportance(traits.type)) cases.push_back({traits.type, kind, true, 8, 1280});
    }
    cases.push_back({traits.type, "student", false, 3, 256});
    if (TakesImportance(traits.type)) cases.push_back({traits.type, "student", true, 3, 256});
  }
  return cases;
}

inline std::string NameOf(const CodecCase& one) {
  return std::string(TraitsOf(one.type)->name) + " " + std::string(one.kind) + (one.weighted ? " weighted " : " plain ") + std::to_string(one.rows) + "x" +
         std::to_string(one.columns);
}

struct CodecInput {
  std::vector<float> weights, importance;
};

inline CodecInput MakeInput(const CodecCase& one, uint64_t seed) {
  return {TestWeights(one.kind, one.rows, one.columns, seed), TestImportance(one.columns, seed + 1000)};
}

inline std::string Sha256(const std::vector<uint8_t>& bytes) {
  uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256(bytes.data(), bytes.size(), digest);
  std::string text;
  for (const uint8_t byte : digest) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

// The input of the decoders' comparison: any bytes, so also scales that are NaN.
inline constexpr int64_t kDecodeRows = 3, kDecodeColumns = 20 * 256;
inline std::vector<uint8_t> DecodeInput(TensorType type, uint64_t seed) {
  return TestBytes(static_cast<size_t>(RowBytes(type, kDecodeColumns).value() * kDecodeRows), seed);
}

// Of the floats' bytes; one NaN counts as another.
inline std::string Sha256(const std::vector<float>& floats) {
  std::vector<uint8_t> bytes(floats.size() * 4);
  for (size_t i = 0; i < floats.size(); ++i) {
    const float value = std::isnan(floats[i]) ? std::numeric_limits<float>::quiet_NaN() : floats[i];
    std::memcpy(&bytes[4 * i], &value, 4);
  }
  return Sha256(bytes);
}

}  // namespace tusk::quant
