// Types whose levels are the 4-bit floats 0, .5, 1, 1.5, 2, 3, 4, 6 with a sign: MXFP4 (a power of two for 32 weights) and NVFP4 (an
// 8-bit float for 16). (What a block type offers: simple_blocks.h.)
#pragma once

#include "quant/lanes/simple_blocks.h"

namespace tusk::quant {

// The level nearest to x in units of `half` (half a unit is the least level); the smaller one in the middle, zero without sign.
template <typename L>
struct Float4Levels {
  typename L::F bounds[7];

  explicit TUSK_LANE Float4Levels(typename L::F half) {
    constexpr float kMiddles[7] = {0.5F, 1.5F, 2.5F, 3.5F, 5, 7, 10};
    for (int i = 0; i < 7; ++i) bounds[i] = L::Set(kMiddles[i]) * half;
  }
  TUSK_LANE typename L::I Of(typename L::F x) const {
    const typename L::F a = L::Abs(x);
    typename L::I level = L::SetI(0);
    for (int i = 0; i < 7; ++i) level = L::Count(level, a > bounds[i]);
    return L::SelectI(L::And(x < L::Set(0), a > bounds[0]), level + L::SetI(8), level);
  }
};

// The same where x may be so large beside `half` that differences to several levels are rounded to one: the first of these.
template <typename L>
TUSK_LANE typename L::I FirstNearestFloat4(typename L::F x, typename L::F half) {
  constexpr float kLevels[8] = {0, 1, 2, 3, 4, 6, 8, 12};
  const typename L::F a = L::Abs(x);
  typename L::F least = a;
  typename L::I level = L::SetI(0);
  for (int i = 1; i < 8; ++i) {
    const typename L::F error = L::Abs(L::Set(kLevels[i]) * half - a);
    level = L::SelectI(error < least, L::SetI(i), level);
    least = L::Min(error, least);
  }
  const typename L::M negative = L::And(x < L::Set(0), L::LessI(L::SetI(0), level));
  return L::SelectI(negative, level + L::SetI(8), level);
}

template <typename L>
TUSK_LANE typename L::F LargestMagnitude(const typename L::F* x, int count) {
  typename L::F magnitude = L::Set(0);
  for (int i = 0; i < count; ++i) magnitude = L::Max(magnitude, L::Abs(x[i]));
  return magnitude;
}

// floor(log2f(x)) for x > 0, where log2f is rounded to nearest: a few floats below 2^k already have the logarithm k, namely
// those closer than half a unit in the last place of k.
template <typename L>
TUSK_LANE typename L::I FloorLog2(typename L::F x) {
  using I = typename L::I;
  using M = typename L::M;
  const M subnormal = x < L::Set(0x1.0p-126F);
  const I bits = L::BitsOf(L::Select(subnormal, x * L::Set(0x1.0p24F), x));
  const I below = (bits >> 23) - L::SelectI(subnormal, L::SetI(127 + 24), L::SetI(127)), above = below + L::SetI(1);
  const I magnitude = L::MaxI(above, L::SetI(0) - above);
  // floor(2^p * ln 2) floats for 2^p <= |k| < 2^(p+1); at powers of two above 1 the logarithms below are twice as dense.
  I close = L::SetI(0);
  constexpr int kClose[7] = {1, 2, 5, 11, 22, 44, 88};
  for (int p = 1; p < 8; ++p) close = L::SelectI(L::LessI(magnitude, L::SetI(1 << p)), close, L::SetI(kClose[p - 1]));
  for (int p = 1; p < 8; ++p) close = L::SelectI(L::EqualI(above, L::SetI(1 << p)), L::SetI(p == 1 ? 0 : kClose[p - 2]), close);
  const I missing = L::SetI(0x00800000) - (bits & L::SetI(0x007FFFFF));
  return L::SelectI(L::LessI(close, missing), below, above);
}

// u8 e: levels are in units of 2^(e - 127); 16 bytes of nibbles.
template <typename L>
struct MXFP4 {
  static constexpr int kWeights = 32, kBytes = 17;
  static constexpr bool kWeighted = false, kRowMean = false;
  using F = typename L::F;
  using I = typename L::I;

  template <bool kWithImportance>
  static TUSK_LANE void Encode(const F* x, const F*, F, uint8_t* out) {
    const F magnitude = LargestMagnitude<L>(x, kWeights);
    const I e = L::SelectI(magnitude > L::Set(0), Byte<L>(FloorLog2<L>(magnitude) + L::SetI(125)), L::SetI(0));
    L::Put8(out, kBytes, 0, e);
    const I subnormal = L::SelectI(L::EqualI(e, L::SetI(0)), L::SetI(0x00200000), L::SetI(0x00400000));
    const Float4Levels<L> levels(L::FromBits(L::SelectI(L::LessI(e, L::SetI(2)), subnormal, (e - L::SetI(1)) << 23)));
    for (int j = 0; j < 16; j += 4) {
      I word = L::SetI(0);
      for (int k = 0; k < 4; ++k) word = word | ((levels.Of(x[j + k]) | (levels.Of(x[j + k + 16]) << 4)) << (8 * k));
      L::Put32(out, kBytes, 1 + j, word);
    }
  }
};

// Four unsigned 8-bit floats (four bits of exponent, three of mantissa), four times 8 bytes of nibbles.
template <typename L>
struct NVFP4 {
  static constexpr int kWeights = 64, kBytes = 36;
  static constexpr bool kWeighted = false, kRowMean = false;
  using F = typename L::F;
  using I = typename L::I;

  static TUSK_LANE I ScaleBits(F x) {
    const F capped = L::Select(x > L::Set(448), L::Set(448), x);
    const I bits = L::BitsOf(capped), exponent = (bits >> 23) - L::SetI(120);
    const I small = L::MinI(L::SetI(7), L::Truncated(capped * L::Set(512) + L::Set(0.5F)));
    const I rounded = (exponent << 3) + ((bits >> 20) & L::SetI(7)) + ((bits >> 19) & L::SetI(1));
    const I normal = L::SelectI(L::LessI(rounded, L::SetI(15 << 3)), rounded, L::SetI(0x7E));  // ggml uses one value of the last exponent
    const I result = L::SelectI(L::LessI(exponent, L::SetI(1)), small, normal);
    return L::SelectI(x > L::Set(0), result, L::SetI(0));
  }
  // Half the scale: the unit of Float4Levels.
  static TUSK_LANE F HalfScale(I bits) {
    const I exponent = bits >> 3;
    const F mantissa = L::ToFloat(bits & L::SetI(7));
    const F normal = (L::Set(1) + mantissa / L::Set(8)) * L::FromBits((exponent + L::SetI(119)) << 23);
    return L::Select(L::EqualI(exponent, L::SetI(0)), mantissa * L::Set(0x1.0p-10F), normal);
  }

  template <bool kWithImportance>
  static TUSK_LANE void Encode(const F* x, const F*, F, uint8_t* out) {
    for (int part = 0; part < 4; ++part) {
      const F* y = x + 16 * part;
      const I scale = ScaleBits(LargestMagnitude<L>(y, 16) / L::Set(6));
      L::Put8(out, kBytes, part, scale);
      const F half = HalfScale(scale);
      for (int j = 0; j < 8; j += 4) {
        I word = L::SetI(0);
        for (int k = 0; k < 4; ++k) {
          word = word | ((FirstNearestFloat4<L>(y[j + k], half) | (FirstNearestFloat4<L>(y[j + k + 8], half) << 4)) << (8 * k));
        }
        L::Put32(out, kBytes, 4 + 8 * part + j, word);
      }
    }
  }
};

}  // namespace tusk::quant
