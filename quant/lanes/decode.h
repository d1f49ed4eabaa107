// Blocks back to floats. The lane only names the instructions that a copy of these loops is compiled for: every weight is a product or
// two of its own, which a compiler may put into vectors as it likes.
#pragma once

#include "quant/lanes/scalar_lane.h"

namespace tusk::quant {

template <typename L>
TUSK_LANE float HalfAt(const uint8_t* at) {
  return FloatOfHalf(static_cast<uint16_t>(at[0] | at[1] << 8));
}

template <typename L>
void DecodeF32(const uint8_t* in, int64_t blocks, float* out) {
  __builtin_memcpy(out, in, static_cast<size_t>(blocks) * sizeof(float));
}

template <typename L>
void DecodeF16(const uint8_t* in, int64_t blocks, float* out) {
  for (int64_t i = 0; i < blocks; ++i) out[i] = HalfAt<L>(in + 2 * i);
}

template <typename L>
void DecodeBF16(const uint8_t* in, int64_t blocks, float* out) {
  for (int64_t i = 0; i < blocks; ++i) out[i] = FloatOfBfloat(static_cast<uint16_t>(in[2 * i] | in[2 * i + 1] << 8));
}

template <typename L>
void DecodeQ4_0(const uint8_t* in, int64_t blocks, float* out) {
  for (int64_t b = 0; b < blocks; ++b, in += 18, out += 32) {
    const float d = HalfAt<L>(in);
    for (int j = 0; j < 16; ++j) {
      out[j] = static_cast<float>((in[2 + j] & 15) - 8) * d;
      out[j + 16] = static_cast<float>((in[2 + j] >> 4) - 8) * d;
    }
  }
}

template <typename L>
void DecodeQ8_0(const uint8_t* in, int64_t blocks, float* out) {
  for (int64_t b = 0; b < blocks; ++b, in += 34, out += 32) {
    const float d = HalfAt<L>(in);
    for (int j = 0; j < 32; ++j) out[j] = static_cast<float>(static_cast<int8_t>(in[2 + j])) * d;
  }
}

}  // namespace tusk::quant
