// The element types of tensors in model files, with ggml's numbers and names: how many weights make a block, and how many bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/core/result.h"

namespace tusk::quant {

enum class TensorType : uint32_t {
  kF32 = 0, kF16 = 1, kQ4_0 = 2, kQ4_1 = 3, kQ5_0 = 6, kQ5_1 = 7, kQ8_0 = 8, kQ8_1 = 9,
  kQ2_K = 10, kQ3_K = 11, kQ4_K = 12, kQ5_K = 13, kQ6_K = 14, kQ8_K = 15,
  kIQ2_XXS = 16, kIQ2_XS = 17, kIQ3_XXS = 18, kIQ1_S = 19, kIQ4_NL = 20, kIQ3_S = 21, kIQ2_S = 22, kIQ4_XS = 23,
  kI8 = 24, kI16 = 25, kI32 = 26, kI64 = 27, kF64 = 28, kIQ1_M = 29, kBF16 = 30,
  kTQ1_0 = 34, kTQ2_0 = 35, kMXFP4 = 39, kNVFP4 = 40, kQ1_0 = 41, kQ2_0 = 42,
};

struct TypeTraits {
  TensorType type;
  std::string_view name;  // ggml's, as in "q4_K"; TypeByName takes any case
  int64_t block_weights;  // a row is a whole number of blocks
  int64_t block_bytes;
  bool encodable;  // by EncodeRows
  bool decodable;  // by DecodeRows
};

// Null for a number that names no type (files carry such).
const TypeTraits* TraitsOf(TensorType type);
const TypeTraits* TypeByName(std::string_view name);
std::span<const TypeTraits> AllTypes();

// Bytes of a row; an error if `columns` is negative, no whole number of blocks, or too large for int64.
Result<int64_t> RowBytes(TensorType type, int64_t columns);

}  // namespace tusk::quant
