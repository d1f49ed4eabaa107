// Types of 32 weights and one scale (Q4_0, Q4_1, Q5_0, Q5_1, Q8_0), plain and weighted. A block type offers
//   kWeights, kBytes, kWeighted (takes importance), kRowMean (and with it the mean square of the row)
//   Encode<kWithImportance>(x, importance, row_square_mean, out)
#pragma once

#include "quant/lanes/search.h"

namespace tusk::quant {

// The low eight bits, with their sign.
template <typename L>
TUSK_LANE typename L::I SignedByte(typename L::I x) {
  return (x << 24) >> 24;
}

// weights[i] = importance[i] * sqrt(mean + x[i]^2)
template <typename L>
TUSK_LANE void WeighSquares(const typename L::F* x, const typename L::F* importance, typename L::F mean, int count, typename L::F* weights) {
  for (int i = 0; i < count; ++i) weights[i] = importance[i] * L::Sqrt(mean + x[i] * x[i]);
}

// 16 bytes at `offset`: level j in the low, level j + 16 in the high four bits; the fifth bits of all as a word.
template <typename L, int kStride>
TUSK_LANE typename L::I PutNibbles(const typename L::I* levels, uint8_t* out, int offset) {
  using I = typename L::I;
  I fifths = L::SetI(0);
  for (int j = 0; j < 16; j += 4) {
    I word = L::SetI(0);
    for (int k = 0; k < 4; ++k) {
      const I low = levels[j + k], high = levels[j + k + 16];
      word = word | (((low & L::SetI(15)) | ((high & L::SetI(15)) << 4)) << (8 * k));
      fifths = fifths | (((low >> 4) & L::SetI(1)) << (j + k)) | (((high >> 4) & L::SetI(1)) << (j + k + 16));
    }
    L::Put32(out, kStride, offset + j, word);
  }
  return fifths;
}

// Levels around zero. f16 d, for five bits a word of the fifth ones, 16 bytes of nibbles.
template <typename L, int kBits>
struct Symmetric32 {
  static constexpr int kWeights = 32, kBytes = kBits == 4 ? 18 : 22, kMost = 1 << (kBits - 1);
  static constexpr bool kWeighted = true, kRowMean = true;
  using F = typename L::F;
  using I = typename L::I;

  template <bool kWithImportance>
  static TUSK_LANE void Encode(const F* x, const F* importance, F row_mean, uint8_t* out) {
    I levels[kWeights];
    F d;
    if constexpr (kWithImportance) {
      F weights[kWeights];
      WeighSquares<L>(x, importance, row_mean, kWeights, weights);
      const SymmetricFit<L> fit = FitSymmetric<L, kWeights, kMost>(x, weights);
      d = fit.scale;
      for (int j = 0; j < kWeights; ++j) {
        const I level = ClampI<L>(NearestInt<L>(fit.inverse * x[j]), -kMost, kMost - 1) + L::SetI(kMost);
        levels[j] = L::SelectI(fit.zero, L::SetI(0), level);
      }
    } else {
      F magnitude;
      d = Extreme<L>(x, kWeights, magnitude) / L::Set(-kMost);
      const F inverse = InverseOrZero<L>(d);
      for (int j = 0; j < kWeights; ++j) {
        levels[j] = L::MinI(L::SetI(2 * kMost - 1), SignedByte<L>(L::Truncated(x[j] * inverse + L::Set(kMost + 0.5F))));
      }
    }
    L::Put16(out, kBytes, 0, L::HalfBits(d));
    const I fifths = PutNibbles<L, kBytes>(levels, out, kBytes - 16);
    if constexpr (kBits == 5) L::Put32(out, kBytes, 2, fifths);
  }
};

// Levels above a minimum. f16 d, f16 minimum, for five bits a word of the fifth ones, 16 bytes of nibbles.
template <typename L, int kBits>
struct Affine32 {
  static constexpr int kWeights = 32, kBytes = kBits == 4 ? 20 : 24, kMost = (1 << kBits) - 1;
  static constexpr bool kWeighted = true, kRowMean = true;
  using F = typename L::F;
  using I = typename L::I;

  template <bool kWithImportance>
  static TUSK_LANE void Encode(const F* x, const F* importance, F row_mean, uint8_t* out) {
    I levels[kWeights];
    F d, minimum;
    if constexpr (kWithImportance) {
      F weights[kWeights];
      WeighSquares<L>(x, importance, row_mean, kWeights, weights);
      const MinimumFit<L> fit = FitMinimum<L, kWeights, kMost, false>(x, weights, -0.9F, 0.05F, 36);
      d = fit.scale;
      minimum = L::Neg(fit.minimum);
      for (int j = 0; j < kWeights; ++j) levels[j] = ClampI<L>(NearestInt<L>(fit.inverse * (x[j] - fit.below)), 0, kMost);
    } else {
      F most = L::Set(-3.402823466e+38F);
      minimum = L::Set(3.402823466e+38F);
      for (int j = 0; j < kWeights; ++j) {
        minimum = L::Min(x[j], minimum);
        most = L::Max(x[j], most);
      }
      d = (most - minimum) / L::Set(kMost);
      const F inverse = InverseOrZero<L>(d);
      for (int j = 0; j < kWeights; ++j) {
        const I level = L::Truncated((x[j] - minimum) * inverse + L::Set(0.5F));
        levels[j] = kBits == 4 ? L::MinI(L::SetI(kMost), SignedByte<L>(level)) : Byte<L>(level);
      }
    }
    L::Put16(out, kBytes, 0, L::HalfBits(d));
    L::Put16(out, kBytes, 2, L::HalfBits(minimum));
    const I fifths = PutNibbles<L, kBytes>(levels, out, kBytes - 16);
    if constexpr (kBits == 5) L::Put32(out, kBytes, 4, fifths);
  }
};

// f16 d, 32 signed bytes.
template <typename L>
struct Q8_0 {
  static constexpr int kWeights = 32, kBytes = 34;
  static constexpr bool kWeighted = false, kRowMean = false;
  using F = typename L::F;
  using I = typename L::I;

  template <bool kWithImportance>
  static TUSK_LANE void Encode(const F* x, const F*, F, uint8_t* out) {
    F magnitude = L::Set(0);
    for (int j = 0; j < kWeights; ++j) magnitude = L::Max(magnitude, L::Abs(x[j]));
    const F d = magnitude / L::Set(127), inverse = InverseOrZero<L>(d);
    L::Put16(out, kBytes, 0, L::HalfBits(d));
    for (int j = 0; j < kWeights; j += 4) {
      I word = L::SetI(0);
      for (int k = 0; k < 4; ++k) word = word | (Byte<L>(L::Truncated(L::Round(x[j + k] * inverse))) << (8 * k));
      L::Put32(out, kBytes, 2 + j, word);
    }
  }
};

template <typename L>
using Q4_0 = Symmetric32<L, 4>;
template <typename L>
using Q5_0 = Symmetric32<L, 5>;
template <typename L>
using Q4_1 = Affine32<L, 4>;
template <typename L>
using Q5_1 = Affine32<L, 5>;

}  // namespace tusk::quant
