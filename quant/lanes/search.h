// The searches for scales that K and importance-weighted types share. Each is the scalar program on the lanes of F: same candidates,
// same order of every sum, choices instead of branches.
#pragma once

#include "quant/lanes/scalar_lane.h"

namespace tusk::quant {

inline constexpr float kLeastMagnitude = 1e-15F;  // of a group that is not taken for zeros

// ggml's rounding: the mantissa of x + 1.5 * 2^23. To nearest even below 2^22; beyond, and for NaN, what those bits happen to be.
template <typename L>
TUSK_LANE typename L::I NearestInt(typename L::F x) {
  const typename L::F shifted = x + L::Set(12582912.0F);
#ifdef __CUDA_ARCH__
  if (shifted != shifted) return 0;  // x86's own NaN gives that; the GPU's has other bits
#endif
  return (L::BitsOf(shifted) & L::SetI(0x007FFFFF)) - L::SetI(0x00400000);
}

template <typename L>
TUSK_LANE typename L::I ClampI(typename L::I x, int least, int most) {
  return L::MaxI(L::SetI(least), L::MinI(L::SetI(most), x));
}

// As ToFloat(ClampI(NearestInt(x))) for |x| < 2^22.
template <typename L>
TUSK_LANE typename L::F ClampedRound(typename L::F x, float least, float most) {
  return L::Min(L::Max(L::RoundSmall(x), L::Set(least)), L::Set(most));
}

template <typename L>
TUSK_LANE typename L::F SumOfSquares(const typename L::F* x, int count) {
  typename L::F sum = L::Set(0);
  for (int i = 0; i < count; ++i) sum = sum + x[i] * x[i];
  return sum;
}

// The weight of largest magnitude, the first of equal ones, with its sign.
template <typename L>
TUSK_LANE typename L::F Extreme(const typename L::F* x, int count, typename L::F& magnitude) {
  typename L::F extreme = L::Set(0);
  magnitude = L::Set(0);
  for (int i = 0; i < count; ++i) {
    const typename L::F a = L::Abs(x[i]);
    const typename L::M larger = a > magnitude;
    extreme = L::Select(larger, x[i], extreme);
    magnitude = L::Select(larger, a, magnitude);
  }
  return extreme;
}

template <typename L>
TUSK_LANE typename L::F InverseOrZero(typename L::F d) {
  return L::Select(d == L::Set(0), L::Set(0), L::Set(1) / d);
}

// --- levels -nmax .. nmax-1, no minimum

template <typename L>
struct SymmetricFit {
  typename L::F scale;
  typename L::F inverse;  // level = clamp(nearest(inverse * x)); of no meaning where `zero`
  typename L::M zero;     // all levels are the least one
};

// `weights` of the squared errors; 19 candidates around the scale that the largest weight asks for.
// kLiteral: x may be anything, not just finite.
template <typename L, int kCount, int kMost, bool kLiteral = false>
TUSK_LANE SymmetricFit<L> FitSymmetric(const typename L::F* x, const typename L::F* weights) {
  using F = typename L::F;
  using M = typename L::M;
  F magnitude;
  F extreme = Extreme<L>(x, kCount, magnitude);
  const M zero = magnitude < L::Set(kLeastMagnitude);
  extreme = L::Select(zero, L::Set(1), extreme);
  F weighted[kCount];
  for (int i = 0; i < kCount; ++i) weighted[i] = weights[i] * x[i];
  F scale = L::Set(0), best = L::Set(0), chosen = L::Set(0);
  for (int step = 0; step < 19; ++step) {
    // The plain scale first, then -9 .. 9 tenths of a level without 0.
    const int tenth = step == 0 ? 0 : step <= 9 ? step - 10 : step - 9;
    const float levels = static_cast<float>(kMost) + 0.1F * static_cast<float>(tenth);
    const F inverse = L::Set(step == 0 ? -static_cast<float>(kMost) : -levels) / extreme;
    F sum_lx = L::Set(0), sum_ll = L::Set(0);
    for (int i = 0; i < kCount; ++i) {
      F level;
      if constexpr (kLiteral) {
        level = L::ToFloat(ClampI<L>(NearestInt<L>(inverse * x[i]), -kMost, kMost - 1));
      } else {
        level = ClampedRound<L>(inverse * x[i], -kMost, kMost - 1);
      }
      sum_lx = sum_lx + weighted[i] * level;
      sum_ll = sum_ll + weights[i] * level * level;
    }
    const F fitted = sum_lx / sum_ll;
    if (step == 0) {
      scale = L::Select(sum_ll == L::Set(0), L::Set(0), fitted);
      best = scale * sum_lx;
      chosen = inverse;
      continue;
    }
    const M better = L::And(sum_ll > L::Set(0), sum_lx * sum_lx > best * sum_ll);
    scale = L::Select(better, fitted, scale);
    best = L::Select(better, fitted * sum_lx, best);
    chosen = L::Select(better, inverse, chosen);
  }
  return {L::Select(zero, L::Set(0), scale), chosen, zero};
}

// --- levels 0 .. nmax above a minimum that is not positive

template <typename L>
struct MinimumFit {
  typename L::F scale, minimum;  // `minimum` with its sign turned, as it is stored
  typename L::F inverse, below;  // level = clamp(nearest(inverse * (x - below)))
};

template <typename L, int kMost, bool kLiteral>
TUSK_LANE typename L::F LevelOf(typename L::F x, typename L::F below, typename L::F inverse) {
  const typename L::F scaled = inverse * (x - below);
  if constexpr (kLiteral) return L::ToFloat(ClampI<L>(NearestInt<L>(scaled), 0, kMost));
  return ClampedRound<L>(scaled, 0, kMost);
}

// The best so far.
template <typename L>
struct MinimumState {
  typename L::F scale, minimum, error, inverse, below;
};

template <typename L, bool kAbsolute>
TUSK_LANE typename L::F ErrorOf(typename L::F scale, typename L::F minimum, typename L::F level, typename L::F x) {
  const typename L::F difference = scale * level + minimum - x;
  return kAbsolute ? L::Abs(difference) : difference * difference;
}

// One candidate: its least-squares scale and minimum, taken where its error is smaller.
template <typename L, int kCount, int kMost, bool kAbsolute, bool kLiteral>
TUSK_LANE void TryMinimum(const typename L::F* x, const typename L::F* weights, typename L::F inverse, typename L::F sum_w,
                          typename L::F sum_x, MinimumState<L>& state) {
  using F = typename L::F;
  F sum_l = L::Set(0), sum_ll = L::Set(0), sum_lx = L::Set(0), level[kCount];
  for (int i = 0; i < kCount; ++i) {
    level[i] = LevelOf<L, kMost, kLiteral>(x[i], state.minimum, inverse);
    const F wl = weights[i] * level[i];
    sum_l = sum_l + wl;
    sum_ll = sum_ll + wl * level[i];
    sum_lx = sum_lx + wl * x[i];
  }
  const F determinant = sum_w * sum_ll - sum_l * sum_l;
  F scale = (sum_w * sum_lx - sum_x * sum_l) / determinant, minimum = (sum_ll * sum_x - sum_l * sum_lx) / determinant;
  const typename L::M positive = minimum > L::Set(0);
  minimum = L::Select(positive, L::Set(0), minimum);
  scale = L::Select(positive, sum_lx / sum_ll, scale);
  F error = L::Set(0);
  for (int i = 0; i < kCount; ++i) error = error + weights[i] * ErrorOf<L, kAbsolute>(scale, minimum, level[i], x[i]);
  const typename L::M better = L::And(determinant > L::Set(0), error < state.error);
  state.below = L::Select(better, state.minimum, state.below);  // the levels come from the minimum before this step
  state.inverse = L::Select(better, inverse, state.inverse);
  state.error = L::Select(better, error, state.error);
  state.scale = L::Select(better, scale, state.scale);
  state.minimum = L::Select(better, minimum, state.minimum);
}

// Candidates: (first + step * i + kMost) levels over the range, i = 0 .. steps. kAbsolute: errors, instead of squared ones.
template <typename L, int kCount, int kMost, bool kAbsolute>
TUSK_LANE MinimumFit<L> FitMinimum(const typename L::F* x, const typename L::F* weights, float first, float step, int steps) {
  using F = typename L::F;
  using M = typename L::M;
  F least = x[0], most = x[0], sum_w = weights[0], sum_x = sum_w * x[0];
  for (int i = 1; i < kCount; ++i) {
    least = L::Min(x[i], least);
    most = L::Max(x[i], most);
    sum_w = sum_w + weights[i];
    sum_x = sum_x + weights[i] * x[i];
  }
  MinimumState<L> state;
  state.minimum = L::Select(least > L::Set(0), L::Set(0), least);
  const M flat = most == state.minimum;
  const F start = state.minimum, range = L::Select(flat, L::Set(1), most - start);
  state.below = start;
  state.inverse = L::Set(kMost) / range;
  state.scale = L::Set(1) / state.inverse;
  state.error = L::Set(0);
  for (int i = 0; i < kCount; ++i) {
    const F level = LevelOf<L, kMost, true>(x[i], start, state.inverse);
    state.error = state.error + weights[i] * ErrorOf<L, kAbsolute>(state.scale, start, level, x[i]);
  }
  for (int is = 0; is <= steps; ++is) {
    // The minimum taken so far bounds the range of the next candidate too.
    const F range_now = L::Select(flat, L::Set(1), most - state.minimum);
    const F inverse = L::Set(first + step * static_cast<float>(is) + static_cast<float>(kMost)) / range_now;
    // No scaled weight is larger than this: below 2^22 the short way of rounding is the literal one.
    const F bound = inverse * L::Max(L::Abs(least - state.minimum), L::Abs(most - state.minimum));
    if (L::Any(L::Not(bound < L::Set(2097152.0F)))) {
      TryMinimum<L, kCount, kMost, kAbsolute, true>(x, weights, inverse, sum_w, sum_x, state);
    } else {
      TryMinimum<L, kCount, kMost, kAbsolute, false>(x, weights, inverse, sum_w, sum_x, state);
    }
  }
  return {L::Select(flat, L::Set(0), state.scale), L::Neg(L::Select(flat, start, state.minimum)),
          L::Select(flat, L::Set(0), state.inverse), state.below};
}

// --- scales of sub-blocks to levels 0 .. nmax of one common scale, weighted

template <typename L>
TUSK_LANE typename L::I Byte(typename L::I x) {
  return x & L::SetI(255);
}

// One pass that moves each level to where the others want it; true if any moved.
template <typename L, int kCount, int kMost>
TUSK_LANE bool MoveLevels(const typename L::F* x, const typename L::F* weights, typename L::F& sum_lx, typename L::F& sum_ll,
                          typename L::I* levels) {
  using F = typename L::F;
  using I = typename L::I;
  using M = typename L::M;
  bool moved = false;
  for (int i = 0; i < kCount; ++i) {
    const F w = weights[i], old = L::ToFloat(levels[i]);
    const F lx = sum_lx - w * x[i] * old, ll = sum_ll - w * old * old;
    const M usable = L::And(lx > L::Set(0), ll > L::Set(0));
    const I level = L::MinI(L::SetI(kMost), NearestInt<L>(x[i] * ll / lx));
    const F real = L::ToFloat(level);
    const F new_lx = lx + w * x[i] * real, new_ll = ll + w * real * real;
    const M better = L::And(L::And(usable, L::Not(L::EqualI(level, levels[i]))), new_lx * new_lx * sum_ll > sum_lx * sum_lx * new_ll);
    levels[i] = L::SelectI(better, Byte<L>(level), levels[i]);
    sum_lx = L::Select(better, new_lx, sum_lx);
    sum_ll = L::Select(better, new_ll, sum_ll);
    moved = moved || L::Any(better);
  }
  return moved;
}

template <typename L, int kCount, int kMost>
TUSK_LANE typename L::F FitPositive(const typename L::F* x, const typename L::F* weights, typename L::I* levels) {
  using F = typename L::F;
  using I = typename L::I;
  using M = typename L::M;
  F most = L::Set(0);
  for (int i = 0; i < kCount; ++i) most = L::Max(most, x[i]);
  const M zero = most < L::Set(kLeastMagnitude);
  most = L::Select(zero, L::Set(1), most);
  F inverse = L::Set(kMost) / most, best = L::Set(0);
  for (int i = 0; i < kCount; ++i) {
    const F difference = x[i] - L::Set(1) / inverse * L::ToFloat(Byte<L>(NearestInt<L>(inverse * x[i])));
    best = best + weights[i] * difference * difference;
  }
  for (int tenth = -4; tenth <= 4; ++tenth) {
    if (tenth == 0) continue;
    const F candidate = L::Set(0.1F * static_cast<float>(tenth) + static_cast<float>(kMost)) / most, scale = L::Set(1) / candidate;
    F error = L::Set(0);
    for (int i = 0; i < kCount; ++i) {
      const I level = L::MinI(L::SetI(kMost), NearestInt<L>(candidate * x[i]));
      const F difference = x[i] - scale * L::ToFloat(level);
      error = error + weights[i] * difference * difference;
    }
    const M better = error < best;
    best = L::Select(better, error, best);
    inverse = L::Select(better, candidate, inverse);
  }
  F sum_lx = L::Set(0), sum_ll = L::Set(0);
  for (int i = 0; i < kCount; ++i) {
    const I level = L::MinI(L::SetI(kMost), NearestInt<L>(inverse * x[i]));
    const F real = L::ToFloat(level), w = weights[i];
    levels[i] = Byte<L>(level);
    sum_lx = sum_lx + w * x[i] * real;
    sum_ll = sum_ll + w * real * real;
  }
  // A lane whose levels all stayed would stay in another pass too, so no lane has to be held back.
  for (int pass = 0; pass < 5; ++pass) {
    if (!MoveLevels<L, kCount, kMost>(x, weights, sum_lx, sum_ll, levels)) break;
  }
  for (int i = 0; i < kCount; ++i) levels[i] = L::SelectI(zero, L::SetI(0), levels[i]);
  return L::Select(L::And(L::Not(zero), sum_ll > L::Set(0)), sum_lx / sum_ll, L::Set(0));
}

}  // namespace tusk::quant
