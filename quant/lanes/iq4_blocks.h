// IQ4_NL and IQ4_XS: levels are the 16 values of a codebook that is dense around zero. (What a block type offers: simple_blocks.h.)
#pragma once

#include "quant/lanes/k_blocks.h"

namespace tusk::quant {

// The scale of 32 weights: the plain one and 15 candidates around it.
template <typename L>
TUSK_LANE typename L::F FitIq4(const typename L::F* x, const typename L::F* weights) {
  using F = typename L::F;
  using M = typename L::M;
  F magnitude;
  F extreme = Extreme<L>(x, 32, magnitude);
  const M zero = magnitude < L::Set(kLeastMagnitude);
  extreme = L::Select(zero, L::Set(1), extreme);
  F scale = L::Set(0), best = L::Set(0);
  for (int step = -8; step <= 7; ++step) {
    const F inverse = step == -8 ? L::Set(1) / (L::Neg(extreme) / L::Set(-127)) : L::Set(static_cast<float>(step - 127)) / extreme;
    F sum_qx = L::Set(0), sum_qq = L::Set(0);
    for (int i = 0; i < 32; ++i) {
      const F q = L::NearestIq4(inverse * x[i]), wq = weights[i] * q;
      sum_qx = sum_qx + wq * x[i];
      sum_qq = sum_qq + wq * q;
    }
    const F fitted = sum_qx / sum_qq;
    if (step == -8) {
      scale = L::Select(sum_qq > L::Set(0), fitted, L::Set(0));
      best = scale * sum_qx;
      continue;
    }
    const M better = L::And(sum_qq > L::Set(0), sum_qx * sum_qx > best * sum_qq);
    scale = L::Select(better, fitted, scale);
    best = L::Select(better, fitted * sum_qx, best);
  }
  return L::Select(zero, L::Set(0), scale);
}

template <typename L, bool kWithImportance>
TUSK_LANE void WeighIq4(const typename L::F* x, const typename L::F* importance, typename L::F mean, typename L::F* weights) {
  if constexpr (kWithImportance) {
    WeighSquares<L>(x, importance, mean, 32, weights);
  } else {
    for (int i = 0; i < 32; ++i) weights[i] = x[i] * x[i];
  }
}

// f16 d, 16 bytes of nibbles.
template <typename L>
struct IQ4_NL {
  static constexpr int kWeights = 32, kBytes = 18;
  static constexpr bool kWeighted = true, kRowMean = false;
  using F = typename L::F;
  using I = typename L::I;

  template <bool kWithImportance>
  static TUSK_LANE void Encode(const F* x, const F* importance, F, uint8_t* out) {
    F weights[32];
    I levels[32];
    WeighIq4<L, kWithImportance>(x, importance, SumOfSquares<L>(x, 32) * L::Set(2.0F / 32), weights);
    const F d = FitIq4<L>(x, weights), inverse = InverseOrZero<L>(d);
    L::Put16(out, kBytes, 0, L::HalfBits(d));
    for (int i = 0; i < 32; ++i) levels[i] = L::NearestIq4Index(inverse * x[i]);
    PutNibbles<L, kBytes>(levels, out, 2);
  }
};

// f16 d, u16 of the upper two bits of the scales, four bytes of their lower four, 8 times 16 bytes of nibbles.
template <typename L>
struct IQ4_XS {
  static constexpr int kWeights = 256, kBytes = 136;
  static constexpr bool kWeighted = true, kRowMean = false;
  using F = typename L::F;
  using I = typename L::I;

  template <bool kWithImportance>
  static TUSK_LANE void Encode(const F* x, const F* importance, F, uint8_t* out) {
    F scales[8];
    const F mean = SumOfSquares<L>(x, 256) * L::Set(2.0F / 256);
    for (int j = 0; j < 8; ++j) {
      F weights[32];
      WeighIq4<L, kWithImportance>(x + 32 * j, importance + (kWithImportance ? 32 * j : 0), mean, weights);
      scales[j] = FitIq4<L>(x + 32 * j, weights);
    }
    F magnitude;
    const F d = L::Neg(Extreme<L>(scales, 8, magnitude)) / L::Set(32), inverse = InverseOrZero<L>(d);
    I high = L::SetI(0), low = L::SetI(0);
    for (int j = 0; j < 8; ++j) {
      const I scale = ClampI<L>(NearestInt<L>(inverse * scales[j]), -32, 31), stored = scale + L::SetI(32);
      low = low | ((stored & L::SetI(15)) << (4 * j));
      high = high | ((stored >> 4) << (2 * j));
      const F inverse_scale = InverseOrZero<L>(d * L::ToFloat(scale));
      I levels[32];
      for (int i = 0; i < 32; ++i) levels[i] = L::NearestIq4Index(inverse_scale * x[32 * j + i]);
      PutNibbles<L, kBytes>(levels, out, 8 + 16 * j);
    }
    L::Put16(out, kBytes, 0, L::HalfBits(d));
    L::Put16(out, kBytes, 2, high);
    L::Put32(out, kBytes, 4, low);
  }
};

}  // namespace tusk::quant
