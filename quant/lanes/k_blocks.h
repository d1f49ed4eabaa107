// Types of 256 weights in sub-blocks with scales of a few bits: Q2_K to Q6_K, plain and weighted. (What a block type offers:
// simple_blocks.h.)
#pragma once

#include "quant/lanes/simple_blocks.h"

namespace tusk::quant {

// Bits `shift`, shift + 1 of each level in the four quarters of 128, as bytes of two bits each: 64 bytes at `offset`.
template <typename L, int kStride>
TUSK_LANE void PutQuarters(const typename L::I* levels, int shift, uint8_t* out, int offset) {
  using I = typename L::I;
  for (int half = 0; half < 256; half += 128) {
    for (int j = 0; j < 32; j += 4) {
      I word = L::SetI(0);
      for (int k = 0; k < 4; ++k) {
        for (int quarter = 0; quarter < 4; ++quarter) {
          word = word | (((levels[half + 32 * quarter + j + k] >> shift) & L::SetI(3)) << (8 * k + 2 * quarter));
        }
      }
      L::Put32(out, kStride, offset + half / 4 + j, word);
    }
  }
}

template <typename L>
TUSK_LANE typename L::F MeanSquare(const typename L::F* x, float factor) {
  return L::Set(factor) * SumOfSquares<L>(x, 256) / L::Set(256);
}

template <typename L>
TUSK_LANE typename L::F Sum(const typename L::F* x, int count) {
  typename L::F sum = L::Set(0);
  for (int i = 0; i < count; ++i) sum = sum + x[i];
  return sum;
}

// The levels of a sub-block for its stored scale: those of the search where that scale became zero.
template <typename L, int kCount, int kMost>
TUSK_LANE void LevelsAboveMinimum(const typename L::F* x, typename L::F d, typename L::F dm, const MinimumFit<L>& fit, typename L::I* levels) {
  using I = typename L::I;
  const typename L::M gone = d == L::Set(0);
  for (int i = 0; i < kCount; ++i) levels[i] = ClampI<L>(NearestInt<L>((x[i] + dm) / d), 0, kMost);
  if (!L::Any(gone)) return;
  for (int i = 0; i < kCount; ++i) {
    const I searched = ClampI<L>(NearestInt<L>(fit.inverse * (x[i] - fit.below)), 0, kMost);
    levels[i] = L::SelectI(gone, searched, levels[i]);
  }
}

// 16 sub-blocks. 16 bytes: scale in the low, minimum in the high four bits; 64 bytes of two bits; f16 d, f16 dmin.
template <typename L>
struct Q2_K {
  static constexpr int kWeights = 256, kBytes = 84;
  static constexpr bool kWeighted = true, kRowMean = false;
  using F = typename L::F;
  using I = typename L::I;

  // Levels of the scales, 0 .. 15, of the largest one.
  static TUSK_LANE F PlainScales(const F* scales, I* levels) {
    F most = L::Set(0);
    for (int j = 0; j < 16; ++j) most = L::Max(scales[j], most);
    const typename L::M some = most > L::Set(0);
    const F inverse = L::Set(15) / most;
    for (int j = 0; j < 16; ++j) levels[j] = L::SelectI(some, NearestInt<L>(inverse * scales[j]), L::SetI(0));
    return L::Select(some, most / L::Set(15), L::Set(0));
  }

  template <bool kWithImportance>
  static TUSK_LANE void Encode(const F* x, const F* importance, F, uint8_t* out) {
    MinimumFit<L> fits[16];
    F scales[16], minima[16], sums[16], d, dmin;
    I scale_levels[16], minimum_levels[16];
    const F mean = MeanSquare<L>(x, 1);
    for (int j = 0; j < 16; ++j) {
      F weights[16];
      if constexpr (kWithImportance) {
        WeighSquares<L>(x + 16 * j, importance + 16 * j, mean, 16, weights);
        sums[j] = Sum<L>(weights, 16);
        fits[j] = FitMinimum<L, 16, 3, false>(x + 16 * j, weights, -0.9F, 0.05F, 36);
      } else {
        for (int i = 0; i < 16; ++i) weights[i] = L::Abs(x[16 * j + i]);
        fits[j] = FitMinimum<L, 16, 3, true>(x + 16 * j, weights, -0.5F, 0.1F, 15);
      }
      scales[j] = fits[j].scale;
      minima[j] = fits[j].minimum;
    }
    if constexpr (kWithImportance) {
      d = FitPositive<L, 16, 15>(scales, sums, scale_levels);
      dmin = FitPositive<L, 16, 15>(minima, sums, minimum_levels);
    } else {
      d = PlainScales(scales, scale_levels);
      dmin = PlainScales(minima, minimum_levels);
    }
    const I d_bits = L::HalfBits(d), dmin_bits = L::HalfBits(dmin);
    L::Put16(out, kBytes, 80, d_bits);
    L::Put16(out, kBytes, 82, dmin_bits);
    d = L::HalfToFloat(d_bits);
    dmin = L::HalfToFloat(dmin_bits);
    I levels[256];
    for (int j = 0; j < 16; ++j) {
      const I both = Byte<L>(scale_levels[j] | (minimum_levels[j] << 4));
      L::Put8(out, kBytes, j, both);
      LevelsAboveMinimum<L, 16, 3>(x + 16 * j, d * L::ToFloat(both & L::SetI(15)), dmin * L::ToFloat(both >> 4), fits[j], levels + 16 * j);
    }
    PutQuarters<L, kBytes>(levels, 0, out, 16);
  }
};

// 8 sub-blocks of 32. f16 d, f16 dmin, 12 bytes of six-bit scales and minima, for five bits 32 bytes of fifth bits, 128 of nibbles.
template <typename L, int kBits>
struct Q45_K {
  static constexpr int kWeights = 256, kBytes = kBits == 4 ? 144 : 176, kMost = (1 << kBits) - 1;
  static constexpr bool kWeighted = true, kRowMean = false;
  using F = typename L::F;
  using I = typename L::I;

  static TUSK_LANE F PlainScales(const F* scales, I* levels) {
    F most = L::Set(0);
    for (int j = 0; j < 8; ++j) most = L::Max(scales[j], most);
    const F inverse = L::Select(most > L::Set(0), L::Set(63) / most, L::Set(0));
    for (int j = 0; j < 8; ++j) levels[j] = L::MinI(L::SetI(63), Byte<L>(NearestInt<L>(inverse * scales[j])));
    return most / L::Set(63);
  }

  static TUSK_LANE I Word(I a, I b, I c, I d) { return a | (b << 8) | (c << 16) | (d << 24); }

  // Four scales, four minima, four bytes of nibbles of the other four; these have their upper two bits above the first four's.
  static TUSK_LANE void PutScales(const I* s, const I* m, uint8_t* out) {
    I a[4], b[4], c[4];
    for (int j = 0; j < 4; ++j) {
      a[j] = Byte<L>(s[j] | ((s[j + 4] >> 4) << 6));
      b[j] = Byte<L>(m[j] | ((m[j + 4] >> 4) << 6));
      c[j] = (s[j + 4] & L::SetI(15)) | ((m[j + 4] & L::SetI(15)) << 4);
    }
    L::Put32(out, kBytes, 4, Word(a[0], a[1], a[2], a[3]));
    L::Put32(out, kBytes, 8, Word(b[0], b[1], b[2], b[3]));
    L::Put32(out, kBytes, 12, Word(c[0], c[1], c[2], c[3]));
  }

  static TUSK_LANE void PutLevels(const I* levels, uint8_t* out) {
    for (int pair = 0; pair < 4; ++pair) {
      const I *low = levels + 64 * pair, *high = low + 32;
      for (int j = 0; j < 32; j += 4) {
        I word = L::SetI(0);
        for (int k = 0; k < 4; ++k) word = word | (((low[j + k] & L::SetI(15)) | ((high[j + k] & L::SetI(15)) << 4)) << (8 * k));
        L::Put32(out, kBytes, kBytes - 128 + 32 * pair + j, word);
      }
    }
    if constexpr (kBits == 5) {
      for (int j = 0; j < 32; j += 4) {
        I word = L::SetI(0);
        for (int k = 0; k < 4; ++k) {
          for (int sub = 0; sub < 8; ++sub) word = word | ((levels[32 * sub + j + k] >> 4) << (8 * k + sub));
        }
        L::Put32(out, kBytes, 16 + j, word);
      }
    }
  }

  template <bool kWithImportance>
  static TUSK_LANE MinimumFit<L> Fit(const F* x, const F* importance, F mean, F& sum) {
    F weights[32];
    if constexpr (kWithImportance) {
      WeighSquares<L>(x, importance, mean, 32, weights);
      sum = Sum<L>(weights, 32);
      return FitMinimum<L, 32, kMost, false>(x, weights, -0.9F, 0.05F, 36);
    } else {
      const F average = L::Sqrt(SumOfSquares<L>(x, 32) / L::Set(32));
      for (int i = 0; i < 32; ++i) weights[i] = average + L::Abs(x[i]);
      return FitMinimum<L, 32, kMost, false>(x, weights, kBits == 4 ? -1.0F : -0.5F, 0.1F, kBits == 4 ? 20 : 15);
    }
  }

  template <bool kWithImportance>
  static TUSK_LANE void Encode(const F* x, const F* importance, F, uint8_t* out) {
    MinimumFit<L> fits[8];
    F scales[8], minima[8], sums[8], d, dmin;
    I scale_levels[8], minimum_levels[8];
    const F mean = kWithImportance ? MeanSquare<L>(x, 2) : L::Set(0);
    for (int j = 0; j < 8; ++j) {
      fits[j] = Fit<kWithImportance>(x + 32 * j, importance + (kWithImportance ? 32 * j : 0), mean, sums[j]);
      scales[j] = fits[j].scale;
      minima[j] = fits[j].minimum;
    }
    if constexpr (kWithImportance) {
      d = FitPositive<L, 8, 63>(scales, sums, scale_levels);
      dmin = FitPositive<L, 8, 63>(minima, sums, minimum_levels);
      if constexpr (kBits == 5) {
        for (int j = 0; j < 8; ++j) {
          scale_levels[j] = L::MinI(L::SetI(63), scale_levels[j]);
          minimum_levels[j] = L::MinI(L::SetI(63), minimum_levels[j]);
        }
      }
    } else {
      d = PlainScales(scales, scale_levels);
      dmin = PlainScales(minima, minimum_levels);
    }
    const I d_bits = L::HalfBits(d), dmin_bits = L::HalfBits(dmin);
    L::Put16(out, kBytes, 0, d_bits);
    L::Put16(out, kBytes, 2, dmin_bits);
    PutScales(scale_levels, minimum_levels, out);
    d = L::HalfToFloat(d_bits);
    dmin = L::HalfToFloat(dmin_bits);
    I levels[256];
    for (int j = 0; j < 8; ++j) {
      LevelsAboveMinimum<L, 32, kMost>(x + 32 * j, d * L::ToFloat(scale_levels[j]), dmin * L::ToFloat(minimum_levels[j]), fits[j],
                                       levels + 32 * j);
    }
    PutLevels(levels, out);
  }
};

template <typename L>
using Q4_K = Q45_K<L, 4>;
template <typename L>
using Q5_K = Q45_K<L, 5>;

// Levels of a sub-block without minimum for its stored scale; unchanged where that became zero.
template <typename L, int kMost>
TUSK_LANE void LevelsAround(const typename L::F* x, typename L::F d, typename L::I* levels) {
  const typename L::M gone = d == L::Set(0);
  for (int i = 0; i < 16; ++i) {
    const typename L::I level = ClampI<L>(NearestInt<L>(x[i] / d), -kMost, kMost - 1) + L::SetI(kMost);
    levels[i] = L::SelectI(gone, levels[i], level);
  }
}

template <typename L, int kMost>
TUSK_LANE void SearchedLevels(const typename L::F* x, const SymmetricFit<L>& fit, typename L::I* levels) {
  for (int i = 0; i < 16; ++i) {
    const typename L::I level = ClampI<L>(NearestInt<L>(fit.inverse * x[i]), -kMost, kMost - 1) + L::SetI(kMost);
    levels[i] = L::SelectI(fit.zero, L::SetI(0), level);
  }
}

// 16 sub-blocks. 32 bytes of third bits, 64 of the lower two, 12 of six-bit scales, f16 d.
template <typename L>
struct Q3_K {
  static constexpr int kWeights = 256, kBytes = 110;
  static constexpr bool kWeighted = true, kRowMean = false;
  using F = typename L::F;
  using I = typename L::I;
  using M = typename L::M;

  // Levels -4 .. 3 by coordinate descent, stored from 0.
  static TUSK_LANE F Descend(const F* x, I* levels) {
    F magnitude;
    F extreme = Extreme<L>(x, 16, magnitude);
    const M zero = magnitude < L::Set(kLeastMagnitude);
    extreme = L::Select(zero, L::Set(1), extreme);
    const F inverse = L::Set(-4) / extreme;
    F sum_lx = L::Set(0), sum_ll = L::Set(0), level[16];
    for (int i = 0; i < 16; ++i) {
      level[i] = ClampedRound<L>(inverse * x[i], -4, 3);
      const F w = x[i] * x[i];
      sum_lx = sum_lx + w * x[i] * level[i];
      sum_ll = sum_ll + w * level[i] * level[i];
    }
    for (int pass = 0; pass < 5; ++pass) {
      bool moved = false;
      for (int i = 0; i < 16; ++i) {
        const F w = x[i] * x[i], wx = w * x[i];
        const F lx = sum_lx - wx * level[i], ll = sum_ll - w * level[i] * level[i];
        const F wanted = L::ToFloat(ClampI<L>(NearestInt<L>(x[i] * ll / lx), -4, 3));
        const F new_lx = lx + wx * wanted, new_ll = ll + w * wanted * wanted;
        const M better = L::And(L::And(lx > L::Set(0), L::Not(wanted == level[i])),
                                L::And(new_ll > L::Set(0), new_lx * new_lx * sum_ll > sum_lx * sum_lx * new_ll));
        level[i] = L::Select(better, wanted, level[i]);
        sum_lx = L::Select(better, new_lx, sum_lx);
        sum_ll = L::Select(better, new_ll, sum_ll);
        moved = moved || L::Any(better);
      }
      if (!moved) break;
    }
    for (int i = 0; i < 16; ++i) levels[i] = L::SelectI(zero, L::SetI(0), L::Truncated(level[i]) + L::SetI(4));
    return L::Select(L::And(L::Not(zero), sum_ll > L::Set(0)), sum_lx / sum_ll, L::Set(0));
  }

  // Levels 0 .. 63 of the scales.
  static TUSK_LANE F PlainScales(const F* scales, I* levels) {
    F magnitude;
    const F extreme = Extreme<L>(scales, 16, magnitude);
    const M none = extreme == L::Set(0);
    const F inverse = L::Set(-32) / extreme;
    for (int j = 0; j < 16; ++j) {
      const I level = ClampI<L>(SignedByte<L>(NearestInt<L>(inverse * scales[j])), -32, 31) + L::SetI(32);
      levels[j] = L::SelectI(none, L::SetI(0), level);
    }
    return L::Select(none, L::Set(0), L::Set(1) / inverse);
  }

  static TUSK_LANE void PutScales(const I* s, uint8_t* out) {
    for (int part = 0; part < 2; ++part) {
      I word = L::SetI(0);
      for (int k = 0; k < 4; ++k) word = word | (((s[4 * part + k] & L::SetI(15)) | ((s[8 + 4 * part + k] & L::SetI(15)) << 4)) << (8 * k));
      L::Put32(out, kBytes, 96 + 4 * part, word);
    }
    I word = L::SetI(0);
    for (int j = 0; j < 16; ++j) word = word | ((s[j] >> 4) << (8 * (j % 4) + 2 * (j / 4)));
    L::Put32(out, kBytes, 104, word);
  }

  template <bool kWithImportance>
  static TUSK_LANE void Encode(const F* x, const F* importance, F, uint8_t* out) {
    F scales[16], sums[16], d;
    I levels[256], scale_levels[16];
    const F mean = kWithImportance ? MeanSquare<L>(x, 2) : L::Set(0);
    for (int j = 0; j < 16; ++j) {
      if constexpr (kWithImportance) {
        F weights[16];
        WeighSquares<L>(x + 16 * j, importance + 16 * j, mean, 16, weights);
        sums[j] = Sum<L>(weights, 16);
        const SymmetricFit<L> fit = FitSymmetric<L, 16, 4>(x + 16 * j, weights);
        scales[j] = fit.scale;
        SearchedLevels<L, 4>(x + 16 * j, fit, levels + 16 * j);
      } else {
        scales[j] = Descend(x + 16 * j, levels + 16 * j);
      }
    }
    if constexpr (kWithImportance) {
      const SymmetricFit<L> fit = FitSymmetric<L, 16, 32, true>(scales, sums);
      SearchedLevels<L, 32>(scales, fit, scale_levels);
      d = fit.scale;
    } else {
      d = PlainScales(scales, scale_levels);
    }
    const I d_bits = L::HalfBits(d);
    L::Put16(out, kBytes, 108, d_bits);
    PutScales(scale_levels, out);
    d = L::HalfToFloat(d_bits);
    for (int j = 0; j < 16; ++j) LevelsAround<L, 4>(x + 16 * j, d * L::ToFloat(scale_levels[j] - L::SetI(32)), levels + 16 * j);
    for (int j = 0; j < 32; j += 4) {
      I word = L::SetI(0);
      for (int k = 0; k < 4; ++k) {
        for (int sub = 0; sub < 8; ++sub) word = word | (((levels[32 * sub + j + k] >> 2) & L::SetI(1)) << (8 * k + sub));
      }
      L::Put32(out, kBytes, j, word);
    }
    PutQuarters<L, kBytes>(levels, 0, out, 32);
  }
};

// 16 sub-blocks. 128 bytes of the lower four bits, 64 of the upper two, 16 signed scales, f16 d.
template <typename L>
struct Q6_K {
  static constexpr int kWeights = 256, kBytes = 210;
  static constexpr bool kWeighted = true, kRowMean = false;
  using F = typename L::F;
  using I = typename L::I;
  using M = typename L::M;

  static TUSK_LANE void PutLow(const I* levels, uint8_t* out) {
    for (int half = 0; half < 2; ++half) {
      for (int j = 0; j < 64; j += 4) {
        I word = L::SetI(0);
        for (int k = 0; k < 4; ++k) {
          const I low = levels[128 * half + j + k], high = levels[128 * half + 64 + j + k];
          word = word | (((low & L::SetI(15)) | ((high & L::SetI(15)) << 4)) << (8 * k));
        }
        L::Put32(out, kBytes, 64 * half + j, word);
      }
    }
  }

  template <bool kWithImportance>
  static TUSK_LANE void Encode(const F* x, const F* importance, F, uint8_t* out) {
    F scales[16];
    I levels[256];
    for (int j = 0; j < 16; ++j) {
      F weights[16];
      for (int i = 0; i < 16; ++i) weights[i] = kWithImportance ? importance[16 * j + i] : x[16 * j + i] * x[16 * j + i];
      const SymmetricFit<L> fit = FitSymmetric<L, 16, 32>(x + 16 * j, weights);
      scales[j] = fit.scale;
      SearchedLevels<L, 32>(x + 16 * j, fit, levels + 16 * j);
    }
    F magnitude;
    const F extreme = Extreme<L>(scales, 16, magnitude);
    const M none = magnitude < L::Set(kLeastMagnitude);
    const F inverse = L::Set(-128) / extreme;
    const I d_bits = L::SelectI(none, L::SetI(0), L::HalfBits(L::Set(1) / inverse));
    L::Put16(out, kBytes, 208, d_bits);
    const F d = L::HalfToFloat(d_bits);
    for (int j = 0; j < 16; ++j) {
      const I stored = L::SelectI(none, L::SetI(0), SignedByte<L>(L::MinI(L::SetI(127), NearestInt<L>(inverse * scales[j]))));
      L::Put8(out, kBytes, 192 + j, stored);
      LevelsAround<L, 32>(x + 16 * j, d * L::ToFloat(stored), levels + 16 * j);
    }
    if (L::Any(none)) {
      for (int i = 0; i < 256; ++i) levels[i] = L::SelectI(none, L::SetI(0), levels[i]);
    }
    PutLow(levels, out);
    PutQuarters<L, kBytes>(levels, 4, out, 128);
  }
};

}  // namespace tusk::quant
