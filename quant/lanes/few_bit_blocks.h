// Types of one sign, three or four levels: TQ1_0, TQ2_0, Q1_0, Q2_0. (What a block type offers: simple_blocks.h.)
#pragma once

#include "quant/lanes/float_blocks.h"
#include "quant/lanes/k_blocks.h"

namespace tusk::quant {

// x to the nearest of -1, 0, 1 (for |x| <= 1) as 0, 1, 2; 1 for what is no number or infinite.
template <typename L>
TUSK_LANE typename L::I Trit(typename L::F x) {
  const typename L::I rounded = L::Truncated(L::Round(x));
  return L::SelectI(L::EqualI(rounded, L::SetI(INT32_MIN)), L::SetI(1), rounded + L::SetI(1));
}

// Five trits a byte, the first one the most significant: bytes are 256/243 of that number, rounded up, so that a decoder needs no division.
template <typename L>
struct TQ1_0 {
  static constexpr int kWeights = 256, kBytes = 54;
  static constexpr bool kWeighted = false, kRowMean = false;
  using F = typename L::F;
  using I = typename L::I;

  static TUSK_LANE void PutTrits(const F* x, F inverse, int distance, int trits, int bytes, uint8_t* out, int offset) {
    for (int j = 0; j < bytes; j += 4) {
      I word = L::SetI(0);
      for (int k = 0; k < 4; ++k) {
        I number = L::SetI(0);
        for (int n = 0; n < 5; ++n) {
          number = number + number + number;
          if (n < trits) number = number + Trit<L>(x[j + k + n * distance] * inverse);
        }
        const I scaled = (Byte<L>(number) << 8) + L::SetI(242);
        word = word | (L::Truncated(L::ToFloat(scaled) / L::Set(243)) << (8 * k));
      }
      L::Put32(out, kBytes, offset + j, word);
    }
  }

  template <bool kWithImportance>
  static TUSK_LANE void Encode(const F* x, const F*, F, uint8_t* out) {
    const F d = LargestMagnitude<L>(x, 256), inverse = InverseOrZero<L>(d);
    PutTrits(x, inverse, 32, 5, 32, out, 0);
    PutTrits(x + 160, inverse, 16, 5, 16, out, 32);
    PutTrits(x + 240, inverse, 4, 4, 4, out, 48);
    L::Put16(out, kBytes, 52, L::HalfBits(d));
  }
};

// 64 bytes of two bits, f16 d.
template <typename L>
struct TQ2_0 {
  static constexpr int kWeights = 256, kBytes = 66;
  static constexpr bool kWeighted = false, kRowMean = false;
  using F = typename L::F;
  using I = typename L::I;

  template <bool kWithImportance>
  static TUSK_LANE void Encode(const F* x, const F*, F, uint8_t* out) {
    const F d = LargestMagnitude<L>(x, 256), inverse = InverseOrZero<L>(d);
    I levels[256];
    for (int i = 0; i < 256; ++i) levels[i] = Trit<L>(x[i] * inverse);
    PutQuarters<L, kBytes>(levels, 0, out, 0);
    L::Put16(out, kBytes, 64, L::HalfBits(d));
  }
};

// f16 mean magnitude, 16 bytes of signs.
template <typename L>
struct Q1_0 {
  static constexpr int kWeights = 128, kBytes = 18;
  static constexpr bool kWeighted = false, kRowMean = false;
  using F = typename L::F;
  using I = typename L::I;

  template <bool kWithImportance>
  static TUSK_LANE void Encode(const F* x, const F*, F, uint8_t* out) {
    F sum = L::Set(0);
    for (int i = 0; i < kWeights; ++i) sum = sum + L::Abs(x[i]);
    L::Put16(out, kBytes, 0, L::HalfBits(sum / L::Set(kWeights)));
    for (int j = 0; j < kWeights; j += 32) {
      I word = L::SetI(0);
      for (int k = 0; k < 32; ++k) word = word | L::SelectI(x[j + k] < L::Set(0), L::SetI(0), L::SetI(static_cast<int32_t>(1U << k)));
      L::Put32(out, kBytes, 2 + j / 8, word);
    }
  }
};

// f16 d, 16 bytes of two bits: -d, 0, d, 2d.
template <typename L>
struct Q2_0 {
  static constexpr int kWeights = 64, kBytes = 18;
  static constexpr bool kWeighted = false, kRowMean = false;
  using F = typename L::F;
  using I = typename L::I;

  template <bool kWithImportance>
  static TUSK_LANE void Encode(const F* x, const F*, F, uint8_t* out) {
    const F d = LargestMagnitude<L>(x, kWeights), inverse = InverseOrZero<L>(d);
    L::Put16(out, kBytes, 0, L::HalfBits(d));
    for (int j = 0; j < kWeights; j += 16) {
      I word = L::SetI(0);
      for (int k = 0; k < 16; ++k) {
        const I level = ClampI<L>(L::Truncated(L::Round(x[j + k] * inverse)) + L::SetI(1), 0, 3);
        word = word | (level << (2 * k));
      }
      L::Put32(out, kBytes, 2 + j / 4, word);
    }
  }
};

}  // namespace tusk::quant
