// The loops over a run for a lane type; what is left at its end goes through the scalar lane.
#pragma once

#include "quant/cpu/scaled_kernels.h"
#include "quant/lanes/scaled_lanes.h"

namespace tusk::quant {
namespace {   // each set of instructions has its own copy: a shared one could use instructions that the machine lacks

template <typename L, typename Wide, typename Narrow>
inline void ForRun(size_t count, Wide wide, Narrow narrow) {
  size_t i = 0;
  for (; i + L::kWidth <= count; i += L::kWidth) wide(i);
  for (; i < count; ++i) narrow(i);
}

template <typename L>
void EncodeInt8(const float* weights, size_t count, float scale, int32_t zero_point, int32_t low, uint8_t* out) {
  using S = RunLane;
  ForRun<L>(
      count, [&](size_t i) { L::StoreBytes(Int8Codes::Encode<L>(L::Load(weights + i), scale, zero_point, low), out + i); },
      [&](size_t i) { S::StoreBytes(Int8Codes::Encode<S>(weights[i], scale, zero_point, low), out + i); });
}

template <typename L>
void DecodeInt8(const uint8_t* codes, size_t count, float scale, int32_t zero_point, float* out) {
  ForRun<L>(
      count, [&](size_t i) { L::Store(Int8Codes::Decode<L>(codes + i, scale, zero_point), out + i); },
      [&](size_t i) { out[i] = Int8Codes::Decode<RunLane>(codes + i, scale, zero_point); });
}

template <typename L, int kMantissa>
void EncodeFp8(const float* weights, size_t count, float scale, uint8_t* out) {
  using S = RunLane;
  ForRun<L>(
      count, [&](size_t i) { L::StoreBytes(Fp8Codes<kMantissa>::template Encode<L>(L::Load(weights + i), scale), out + i); },
      [&](size_t i) { S::StoreBytes(Fp8Codes<kMantissa>::template Encode<S>(weights[i], scale), out + i); });
}

template <typename L, int kMantissa>
void DecodeFp8(const uint8_t* codes, size_t count, float scale, float* out) {
  ForRun<L>(
      count, [&](size_t i) { L::Store(Fp8Codes<kMantissa>::template Decode<L>(codes + i, scale), out + i); },
      [&](size_t i) { out[i] = Fp8Codes<kMantissa>::template Decode<RunLane>(codes + i, scale); });
}

template <typename L>
bool Extremes(const float* weights, size_t count, float* low, float* high) {
  using S = RunLane;
  constexpr int32_t kMagnitude = 0x7FFFFFFF;
  typename L::Floats least = L::Set(*low), greatest = L::Set(*high);
  typename L::Integers magnitudes = L::Set(int32_t{0});
  int32_t magnitude = 0;
  ForRun<L>(
      count,
      [&](size_t i) {
        const typename L::Floats x = L::Load(weights + i);
        least = L::Min(x, least);
        greatest = L::Max(x, greatest);
        magnitudes = L::Larger(magnitudes, L::And(L::Bits(x), L::Set(kMagnitude)));
      },
      [&](size_t i) {
        *low = S::Min(weights[i], *low);
        *high = S::Max(weights[i], *high);
        magnitude = S::Larger(magnitude, S::Bits(weights[i]) & kMagnitude);
      });
  float leasts[L::kWidth], greatests[L::kWidth], tops[L::kWidth];
  L::Store(least, leasts);
  L::Store(greatest, greatests);
  L::Store(L::FromBits(magnitudes), tops);
  for (int lane = 0; lane < L::kWidth; ++lane) {
    *low = S::Min(leasts[lane], *low);
    *high = S::Max(greatests[lane], *high);
    magnitude = S::Larger(magnitude, S::Bits(tops[lane]));
  }
  return magnitude < 0x7F800000;
}

template <typename L>
constexpr ScaledKernels KernelsOf(const char* name) {
  return {name,           EncodeInt8<L>,   DecodeInt8<L>,   EncodeFp8<L, 3>, DecodeFp8<L, 3>,
          EncodeFp8<L, 2>, DecodeFp8<L, 2>, Extremes<L>};
}

}  // namespace
}  // namespace tusk::quant
