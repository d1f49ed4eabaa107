// The table of types.
#include "quant/types/tensor_type.h"

#include <limits>
#include <string>

namespace tusk::quant {
namespace {

using enum TensorType;

constexpr TypeTraits kTypes[] = {
    {kF32, "f32", 1, 4, true, true},
    {kF16, "f16", 1, 2, true, true},
    {kQ4_0, "q4_0", 32, 18, true, true},
    {kQ4_1, "q4_1", 32, 20, true, true},
    {kQ5_0, "q5_0", 32, 22, true, true},
    {kQ5_1, "q5_1", 32, 24, true, true},
    {kQ8_0, "q8_0", 32, 34, true, true},
    {kQ8_1, "q8_1", 32, 36, false, true},
    {kQ2_K, "q2_K", 256, 84, true, true},
    {kQ3_K, "q3_K", 256, 110, true, true},
    {kQ4_K, "q4_K", 256, 144, true, true},
    {kQ5_K, "q5_K", 256, 176, true, true},
    {kQ6_K, "q6_K", 256, 210, true, true},
    {kQ8_K, "q8_K", 256, 292, false, true},
    {kIQ2_XXS, "iq2_xxs", 256, 66, false, true},
    {kIQ2_XS, "iq2_xs", 256, 74, false, true},
    {kIQ3_XXS, "iq3_xxs", 256, 98, false, true},
    {kIQ1_S, "iq1_s", 256, 50, false, true},
    {kIQ4_NL, "iq4_nl", 32, 18, true, true},
    {kIQ3_S, "iq3_s", 256, 110, false, true},
    {kIQ2_S, "iq2_s", 256, 82, false, true},
    {kIQ4_XS, "iq4_xs", 256, 136, true, true},
    {kI8, "i8", 1, 1, false, false},
    {kI16, "i16", 1, 2, false, false},
    {kI32, "i32", 1, 4, false, false},
    {kI64, "i64", 1, 8, false, false},
    {kF64, "f64", 1, 8, false, false},
    {kIQ1_M, "iq1_m", 256, 56, false, true},
    {kBF16, "bf16", 1, 2, true, true},
    {kTQ1_0, "tq1_0", 256, 54, true, true},
    {kTQ2_0, "tq2_0", 256, 66, true, true},
    {kMXFP4, "mxfp4", 32, 17, true, true},
    {kNVFP4, "nvfp4", 64, 36, true, true},
    {kQ1_0, "q1_0", 128, 18, true, true},
    {kQ2_0, "q2_0", 64, 18, true, true},
};

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameName(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (Lower(a[i]) != Lower(b[i])) return false;
  }
  return true;
}

}  // namespace

std::span<const TypeTraits> AllTypes() { return kTypes; }

const TypeTraits* TraitsOf(TensorType type) {
  for (const TypeTraits& traits : kTypes) {
    if (traits.type == type) return &traits;
  }
  return nullptr;
}

const TypeTraits* TypeByName(std::string_view name) {
  for (const TypeTraits& traits : kTypes) {
    if (SameName(traits.name, name)) return &traits;
  }
  return nullptr;
}

Result<int64_t> RowBytes(TensorType type, int64_t columns) {
  const TypeTraits* traits = TraitsOf(type);
  if (traits == nullptr) return Status(Code::kInvalidArgument, "no tensor type has the number " + std::to_string(static_cast<uint32_t>(type)));
  if (columns < 0 || columns % traits->block_weights != 0) {
    return Status(Code::kInvalidArgument, "a row of " + std::to_string(columns) + " weights is no whole number of " + std::string(traits->name) +
                                              " blocks of " + std::to_string(traits->block_weights));
  }
  const int64_t blocks = columns / traits->block_weights;
  if (blocks > std::numeric_limits<int64_t>::max() / traits->block_bytes) {
    return Status(Code::kInvalidArgument, "a row of " + std::to_string(columns) + " weights is too long");
  }
  return blocks * traits->block_bytes;
}

}  // namespace tusk::quant
