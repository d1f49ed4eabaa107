// The templates of quant/lanes as Kernels of one lane type.
#pragma once

#include "quant/cpu/kernels_internal.h"
#include "quant/lanes/decode_grids.h"
#include "quant/lanes/few_bit_blocks.h"
#include "quant/lanes/float_blocks.h"
#include "quant/lanes/iq4_blocks.h"
#include "quant/lanes/k_blocks.h"
#include "quant/lanes/simple_blocks.h"

namespace tusk::quant {

template <typename L>
bool AllFiniteWith(const float* weights, int64_t count) {
  bool bad = false;
  for (int64_t i = 0; i < count; ++i) bad |= (__builtin_bit_cast(uint32_t, weights[i]) & 0x7F800000) == 0x7F800000;
  return !bad;
}

// One group of kWidth blocks, from whole columns of weights and, where it counts, of importance.
template <typename L, typename B, bool kWithImportance>
void EncodeGroup(const EncodeRange& range, const float* const* blocks, const float* const* importance, uint8_t* out) {
  typename L::F x[B::kWeights], weights[kWithImportance ? B::kWeights : 1];
  L::LoadFrom(blocks, B::kWeights, x);
  if constexpr (kWithImportance) L::LoadFrom(importance, B::kWeights, weights);
  B::template Encode<kWithImportance>(x, weights, L::Set(range.row_square_mean), out);
}

// Groups of kWidth blocks; the last one is filled up with its own last block, and only what counts of it is kept.
template <typename L, typename B, bool kWithImportance>
void EncodeGroups(const EncodeRange& range) {
  for (int64_t done = 0; done < range.blocks; done += L::kWidth) {
    const int64_t rest = range.blocks - done;
    const float *blocks[L::kWidth], *importance[L::kWidth];
    for (int64_t i = 0; i < L::kWidth; ++i) {
      const int64_t block = done + (i < rest ? i : rest - 1);
      blocks[i] = range.weights + block * B::kWeights;
      if constexpr (kWithImportance) importance[i] = range.importance + (range.first_block + block) % range.row_blocks * B::kWeights;
    }
    uint8_t* out = range.out + done * B::kBytes;
    if (rest >= L::kWidth) {
      EncodeGroup<L, B, kWithImportance>(range, blocks, importance, out);
    } else {
      uint8_t bytes[B::kBytes * L::kWidth];
      EncodeGroup<L, B, kWithImportance>(range, blocks, importance, bytes);
      __builtin_memcpy(out, bytes, static_cast<size_t>(rest * B::kBytes));
    }
  }
}

template <typename L, template <typename> typename Block>
void EncodeWith(const EncodeRange& range) {
  using B = Block<L>;
  if constexpr (B::kWeighted) {
    if (range.importance != nullptr) return EncodeGroups<L, B, true>(range);
  }
  EncodeGroups<L, B, false>(range);
}

template <typename L>
void CopyFloatsWith(const EncodeRange& range) {
  __builtin_memcpy(range.out, range.weights, static_cast<size_t>(range.blocks) * sizeof(float));
}

template <typename L>
TUSK_LANE void PutHalves(const float* weights, uint8_t* out) {
  L::StoreWords(out, L::HalfBits(L::LoadFloats(weights)));
}

template <typename L>
void HalvesWith(const EncodeRange& range) {
  int64_t i = 0;
  for (; i + L::kWidth <= range.blocks; i += L::kWidth) PutHalves<L>(range.weights + i, range.out + 2 * i);
  for (; i < range.blocks; ++i) PutHalves<ScalarLane>(range.weights + i, range.out + 2 * i);
}

// To nearest, ties to even; the weights are finite.
template <typename L>
TUSK_LANE void PutBfloats(const float* weights, uint8_t* out) {
  const typename L::I bits = L::BitsOf(L::LoadFloats(weights));
  L::StoreWords(out, (bits + L::SetI(0x7FFF) + ((bits >> 16) & L::SetI(1))) >> 16);
}

template <typename L>
void BfloatsWith(const EncodeRange& range) {
  int64_t i = 0;
  for (; i + L::kWidth <= range.blocks; i += L::kWidth) PutBfloats<L>(range.weights + i, range.out + 2 * i);
  for (; i < range.blocks; ++i) PutBfloats<ScalarLane>(range.weights + i, range.out + 2 * i);
}

template <typename L>
Encoder EncoderWith(TensorType type) {
  using enum TensorType;
  switch (type) {
    case kF32: return CopyFloatsWith<L>;
    case kF16: return HalvesWith<L>;
    case kBF16: return BfloatsWith<L>;
    case kQ4_0: return EncodeWith<L, Q4_0>;
    case kQ4_1: return EncodeWith<L, Q4_1>;
    case kQ5_0: return EncodeWith<L, Q5_0>;
    case kQ5_1: return EncodeWith<L, Q5_1>;
    case kQ8_0: return EncodeWith<L, Q8_0>;
    case kQ2_K: return EncodeWith<L, Q2_K>;
    case kQ3_K: return EncodeWith<L, Q3_K>;
    case kQ4_K: return EncodeWith<L, Q4_K>;
    case kQ5_K: return EncodeWith<L, Q5_K>;
    case kQ6_K: return EncodeWith<L, Q6_K>;
    case kIQ4_NL: return EncodeWith<L, IQ4_NL>;
    case kIQ4_XS: return EncodeWith<L, IQ4_XS>;
    case kMXFP4: return EncodeWith<L, MXFP4>;
    case kNVFP4: return EncodeWith<L, NVFP4>;
    case kTQ1_0: return EncodeWith<L, TQ1_0>;
    case kTQ2_0: return EncodeWith<L, TQ2_0>;
    case kQ1_0: return EncodeWith<L, Q1_0>;
    case kQ2_0: return EncodeWith<L, Q2_0>;
    default: return nullptr;
  }
}

template <typename Block>
void DecodeWith(const uint8_t* __restrict__ in, int64_t blocks, float* __restrict__ out) {
  for (int64_t i = 0; i < blocks; ++i) Block::Decode(in + i * Block::kBytes, out + i * Block::kWeights);
}

template <typename L>
void CopyWith(const uint8_t* in, int64_t count, float* out) {
  __builtin_memcpy(out, in, static_cast<size_t>(count) * sizeof(float));
}

template <typename L>
void HalvesToFloatsWith(const uint8_t* __restrict__ in, int64_t count, float* __restrict__ out) {
  int64_t i = 0;
  for (; i + L::kWidth <= count; i += L::kWidth) L::StoreHalves(in + 2 * i, out + i);
  for (; i < count; ++i) F16Block<L>::Decode(in + 2 * i, out + i);
}

template <typename L>
Decoder DecoderWith(TensorType type) {
  using enum TensorType;
  switch (type) {
    case kF32: return CopyWith<L>;
    case kF16: return HalvesToFloatsWith<L>;
    case kBF16: return DecodeWith<BF16Block<L>>;
    case kQ4_0: return DecodeWith<NibbleBlock<L, 4, false>>;
    case kQ4_1: return DecodeWith<NibbleBlock<L, 4, true>>;
    case kQ5_0: return DecodeWith<NibbleBlock<L, 5, false>>;
    case kQ5_1: return DecodeWith<NibbleBlock<L, 5, true>>;
    case kQ8_0: return DecodeWith<ByteBlock<L, 2>>;
    case kQ8_1: return DecodeWith<ByteBlock<L, 4>>;
    case kQ8_K: return DecodeWith<Q8KBlock<L>>;
    case kQ2_K: return DecodeWith<Q2KBlock<L>>;
    case kQ3_K: return DecodeWith<Q3KBlock<L>>;
    case kQ4_K: return DecodeWith<Q45KBlock<L, 4>>;
    case kQ5_K: return DecodeWith<Q45KBlock<L, 5>>;
    case kQ6_K: return DecodeWith<Q6KBlock<L>>;
    case kIQ4_NL: return DecodeWith<IQ4NLBlock<L>>;
    case kIQ4_XS: return DecodeWith<IQ4XSBlock<L>>;
    case kMXFP4: return DecodeWith<MXFP4Block<L>>;
    case kNVFP4: return DecodeWith<NVFP4Block<L>>;
    case kTQ1_0: return DecodeWith<TQ1Block<L>>;
    case kTQ2_0: return DecodeWith<TQ2Block<L>>;
    case kQ1_0: return DecodeWith<Q1Block<L>>;
    case kQ2_0: return DecodeWith<Q2Block<L>>;
    case kIQ2_XXS: return DecodeWith<IQ2XXSBlock<L>>;
    case kIQ2_XS: return DecodeWith<IQ2XSBlock<L>>;
    case kIQ2_S: return DecodeWith<IQ2SBlock<L>>;
    case kIQ3_XXS: return DecodeWith<IQ3XXSBlock<L>>;
    case kIQ3_S: return DecodeWith<IQ3SBlock<L>>;
    case kIQ1_S: return DecodeWith<IQ1SBlock<L>>;
    case kIQ1_M: return DecodeWith<IQ1MBlock<L>>;
    default: return nullptr;
  }
}

}  // namespace tusk::quant
