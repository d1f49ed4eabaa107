// The templates of quant/lanes as Kernels of one lane type.
#pragma once

#include "quant/cpu/kernels_internal.h"
#include "quant/lanes/decode.h"
#include "quant/lanes/simple_blocks.h"

namespace tusk::quant {

template <typename L>
bool AllFiniteWith(const float* weights, int64_t count) {
  bool bad = false;
  for (int64_t i = 0; i < count; ++i) bad |= (__builtin_bit_cast(uint32_t, weights[i]) & 0x7F800000) == 0x7F800000;
  return !bad;
}

// Groups of kWidth blocks; the last one is filled up with its own last block, and only what counts of it is kept.
template <typename L, template <typename> typename Block>
void EncodeWith(const EncodeRange& range) {
  using B = Block<L>;
  typename L::F x[B::kWeights];
  int64_t done = 0;
  for (; done + L::kWidth <= range.blocks; done += L::kWidth) {
    L::Load(range.weights + done * B::kWeights, B::kWeights, B::kWeights, x);
    B::Encode(x, range.out + done * B::kBytes);
  }
  if (done == range.blocks) return;
  const float* blocks[L::kWidth];
  const int64_t rest = range.blocks - done;
  for (int64_t i = 0; i < L::kWidth; ++i) blocks[i] = range.weights + (done + (i < rest ? i : rest - 1)) * B::kWeights;
  L::LoadFrom(blocks, B::kWeights, x);
  uint8_t bytes[B::kBytes * L::kWidth];
  B::Encode(x, bytes);
  __builtin_memcpy(range.out + done * B::kBytes, bytes, static_cast<size_t>(rest * B::kBytes));
}

template <typename L>
void CopyFloatsWith(const EncodeRange& range) {
  __builtin_memcpy(range.out, range.weights, static_cast<size_t>(range.blocks) * sizeof(float));
}

template <typename L>
void HalvesWith(const EncodeRange& range) {
  for (int64_t i = 0; i < range.blocks; ++i) {
    const uint16_t half = HalfOf(range.weights[i]);
    __builtin_memcpy(range.out + 2 * i, &half, 2);
  }
}

template <typename L>
void BfloatsWith(const EncodeRange& range) {
  for (int64_t i = 0; i < range.blocks; ++i) {
    const uint16_t half = BfloatOf(range.weights[i]);
    __builtin_memcpy(range.out + 2 * i, &half, 2);
  }
}

template <typename L>
Encoder EncoderWith(TensorType type) {
  using enum TensorType;
  switch (type) {
    case kF32: return CopyFloatsWith<L>;
    case kF16: return HalvesWith<L>;
    case kBF16: return BfloatsWith<L>;
    case kQ4_0: return EncodeWith<L, Q4_0>;
    case kQ8_0: return EncodeWith<L, Q8_0>;
    default: return nullptr;
  }
}

template <typename L>
Decoder DecoderWith(TensorType type) {
  using enum TensorType;
  switch (type) {
    case kF32: return DecodeF32<L>;
    case kF16: return DecodeF16<L>;
    case kBF16: return DecodeBF16<L>;
    case kQ4_0: return DecodeQ4_0<L>;
    case kQ8_0: return DecodeQ8_0<L>;
    default: return nullptr;
  }
}

}  // namespace tusk::quant
