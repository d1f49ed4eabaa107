// Types whose scale is the block's largest weight: Q4_0, Q8_0, without importance.
#pragma once

#include "quant/lanes/scalar_lane.h"

namespace tusk::quant {

// The weight of largest magnitude, the first of equal ones, with its sign.
template <typename L>
TUSK_LANE typename L::F Extreme(const typename L::F* x, int count, typename L::F& magnitude) {
  typename L::F extreme = L::Set(0);
  magnitude = L::Set(0);
  for (int i = 0; i < count; ++i) {
    const typename L::F a = L::Abs(x[i]);
    const typename L::M larger = magnitude < a;
    extreme = L::Select(larger, x[i], extreme);
    magnitude = L::Select(larger, a, magnitude);
  }
  return extreme;
}

template <typename L>
TUSK_LANE typename L::F InverseOrZero(typename L::F d) {
  return L::Select(d == L::Set(0), L::Set(0), L::Set(1) / d);
}

// f16 d, 16 bytes: weight j in the low, j + 16 in the high four bits.
template <typename L>
struct Q4_0 {
  static constexpr int kWeights = 32, kBytes = 18;
  using F = typename L::F;
  using I = typename L::I;

  static TUSK_LANE I Level(F x) { return L::MinI(L::SetI(15), SignedByte(L::Truncated(x + L::Set(8.5F)))); }
  static TUSK_LANE I SignedByte(I x) { return (x << 24) >> 24; }
  static TUSK_LANE void Encode(const F* x, uint8_t* out) {
    F magnitude;
    const F d = Extreme<L>(x, kWeights, magnitude) / L::Set(-8), inverse = InverseOrZero<L>(d);
    L::Put16(out, kBytes, 0, L::HalfBits(d));
    for (int j = 0; j < 16; j += 4) {
      I word = L::SetI(0);
      for (int k = 0; k < 4; ++k) {
        const I low = Level(x[j + k] * inverse) & L::SetI(255), high = Level(x[j + k + 16] * inverse) & L::SetI(15);
        word = word | ((low | (high << 4)) << (8 * k));
      }
      L::Put32(out, kBytes, 2 + j, word);
    }
  }
};

// f16 d, 32 signed bytes.
template <typename L>
struct Q8_0 {
  static constexpr int kWeights = 32, kBytes = 34;
  using F = typename L::F;
  using I = typename L::I;

  static TUSK_LANE void Encode(const F* x, uint8_t* out) {
    F magnitude = L::Set(0);
    for (int j = 0; j < kWeights; ++j) magnitude = L::Max(magnitude, L::Abs(x[j]));
    const F d = magnitude / L::Set(127), inverse = InverseOrZero<L>(d);
    L::Put16(out, kBytes, 0, L::HalfBits(d));
    for (int j = 0; j < kWeights; j += 4) {
      I word = L::SetI(0);
      for (int k = 0; k < 4; ++k) word = word | ((L::Truncated(L::Round(x[j + k] * inverse)) & L::SetI(255)) << (8 * k));
      L::Put32(out, kBytes, 2 + j, word);
    }
  }
};

}  // namespace tusk::quant
