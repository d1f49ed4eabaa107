// Blocks back to floats. Every weight is a product or two of its own, so here vectors go along a block: kWidth weights at once, by
//   LoadBytes, LoadSignedBytes   kWidth bytes as integers
//   Lookup                       in a table of 16 floats
//   Store                        kWidth floats
// or, where parts are shorter than a vector, plain loops. Each function decodes one block.
#pragma once

#include "quant/lanes/scalar_lane.h"

namespace tusk::quant {

template <typename L>
TUSK_LANE float HalfAt(const uint8_t* at) {
  return L::HalfValue(static_cast<uint16_t>(at[0] | at[1] << 8));
}

TUSK_LANE float BitsAsFloat(uint32_t bits) { return ScalarLane::FromBits(static_cast<int32_t>(bits)); }

TUSK_LANE uint32_t WordAt(const uint8_t* at) {
  return static_cast<uint32_t>(at[0]) | static_cast<uint32_t>(at[1]) << 8 | static_cast<uint32_t>(at[2]) << 16 | static_cast<uint32_t>(at[3]) << 24;
}

// out[i] = scale * level - minimum, or without minimum, for the levels that `levels(i)` gives from i on.
template <typename L, typename Levels>
TUSK_LANE void Scaled(float scale, int count, float* out, const Levels& levels) {
  for (int i = 0; i < count; i += L::kWidth) L::Store(out + i, L::Set(scale) * L::ToFloat(levels(i)));
}
template <typename L, typename Levels>
TUSK_LANE void ScaledAbove(float scale, float minimum, int count, float* out, const Levels& levels) {
  for (int i = 0; i < count; i += L::kWidth) L::Store(out + i, L::Set(scale) * L::ToFloat(levels(i)) - L::Set(minimum));
}

template <typename L>
struct F16Block {
  static constexpr int kWeights = 1, kBytes = 2;
  static TUSK_LANE void Decode(const uint8_t* __restrict__ in, float* __restrict__ out) { *out = HalfAt<L>(in); }
};
template <typename L>
struct BF16Block {
  static constexpr int kWeights = 1, kBytes = 2;
  static TUSK_LANE void Decode(const uint8_t* __restrict__ in, float* __restrict__ out) { *out = BitsAsFloat(static_cast<uint32_t>(in[0] | in[1] << 8) << 16); }
};

// Q4_0, Q4_1, Q5_0, Q5_1: d * (level - zero), or d * level + m.
template <typename L, int kBits, bool kMinimum>
struct NibbleBlock {
  static constexpr int kWeights = 32, kHead = (kMinimum ? 4 : 2) + (kBits == 5 ? 4 : 0), kBytes = kHead + 16;
  static TUSK_LANE void Decode(const uint8_t* __restrict__ in, float* __restrict__ out) {
    const float d = HalfAt<L>(in), m = kMinimum ? HalfAt<L>(in + 2) : 0;
    const uint32_t fifths = kBits == 5 ? WordAt(in + kHead - 4) : 0;
    const uint8_t* nibbles = in + kHead;
    if constexpr (kBits == 4) {
      for (int half = 0; half < 2; ++half) {
        for (int j = 0; j < 16; j += L::kWidth) {
          const typename L::I level = (L::LoadBytes(nibbles + j) >> (4 * half)) & L::SetI(15);
          const typename L::F value = L::ToFloat(kMinimum ? level : level - L::SetI(8)) * L::Set(d);
          L::Store(out + 16 * half + j, kMinimum ? value + L::Set(m) : value);
        }
      }
    } else {
      for (uint32_t half = 0; half < 2; ++half) {  // one loop for each half of the block: so it becomes vectors
        for (uint32_t j = 0; j < 16; ++j) {
          const int level = (nibbles[j] >> (4 * half) & 15) | static_cast<int>(fifths >> (16 * half + j) & 1) << 4;
          if constexpr (kMinimum) {
            out[16 * half + j] = static_cast<float>(level) * d + m;
          } else {
            out[16 * half + j] = static_cast<float>(level - 16) * d;
          }
        }
      }
    }
  }
};

// Q8_0, Q8_1: f16 d at the beginning, bytes after `kHead`.
template <typename L, int kHead>
struct ByteBlock {
  static constexpr int kWeights = 32, kBytes = kHead + 32;
  static TUSK_LANE void Decode(const uint8_t* __restrict__ in, float* __restrict__ out) {
    const float d = HalfAt<L>(in);
    Scaled<L>(d, 32, out, [&](int j) { return L::LoadSignedBytes(in + kHead + j); });
  }
};

// f32 d, 256 signed bytes, 16 sums that a decoder does not need.
template <typename L>
struct Q8KBlock {
  static constexpr int kWeights = 256, kBytes = 292;
  static TUSK_LANE void Decode(const uint8_t* __restrict__ in, float* __restrict__ out) {
    const float d = BitsAsFloat(WordAt(in));
    Scaled<L>(d, 256, out, [&](int j) { return L::LoadSignedBytes(in + 4 + j); });
  }
};

template <typename L>
struct Q2KBlock {
  static constexpr int kWeights = 256, kBytes = 84;
  static TUSK_LANE void Decode(const uint8_t* __restrict__ in, float* __restrict__ out) {
    const float d = HalfAt<L>(in + 80), m = HalfAt<L>(in + 82);
    for (int sub = 0; sub < 16; ++sub, out += 16) {
      const float scale = d * static_cast<float>(in[sub] & 15), minimum = m * static_cast<float>(in[sub] >> 4);
      const uint8_t* bits = in + 16 + sub / 8 * 32 + sub % 2 * 16;
      const int shift = sub % 8 / 2 * 2;
      ScaledAbove<L>(scale, minimum, 16, out, [&](int i) { return (L::LoadBytes(bits + i) >> shift) & L::SetI(3); });
    }
  }
};

template <typename L>
struct Q3KBlock {
  static constexpr int kWeights = 256, kBytes = 110;
  static TUSK_LANE void Decode(const uint8_t* __restrict__ in, float* __restrict__ out) {
    const float d = HalfAt<L>(in + 108);
    const uint8_t* scales = in + 96;
    for (int sub = 0; sub < 16; ++sub, out += 16) {
      const int low = sub < 8 ? scales[sub] & 15 : scales[sub - 8] >> 4, high = scales[8 + sub % 4] >> (2 * (sub / 4)) & 3;
      const float scale = d * static_cast<float>((low | high << 4) - 32);
      const uint8_t *bits = in + 32 + sub / 8 * 32 + sub % 2 * 16, *thirds = in + sub % 2 * 16;
      const int shift = sub % 8 / 2 * 2, third = sub / 2;
      Scaled<L>(scale, 16, out, [&](int i) {
        const typename L::I high = ((L::LoadBytes(thirds + i) >> third) & L::SetI(1)) << 2;
        return ((L::LoadBytes(bits + i) >> shift) & L::SetI(3)) + high - L::SetI(4);
      });
    }
  }
};

template <typename L, int kBits>
struct Q45KBlock {
  static constexpr int kWeights = 256, kBytes = kBits == 4 ? 144 : 176;
  template <int kHigh>
  static TUSK_LANE void Sub(const uint8_t* __restrict__ nibbles, const uint8_t* __restrict__ fifths, int sub, float scale, float minimum,
                            float* __restrict__ out) {
    ScaledAbove<L>(scale, minimum, 32, out, [&](int i) {
      const typename L::I bytes = L::LoadBytes(nibbles + i), level = kHigh != 0 ? bytes >> 4 : bytes & L::SetI(15);
      return kBits == 4 ? level : level | (((L::LoadBytes(fifths + i) >> sub) & L::SetI(1)) << 4);
    });
  }
  static TUSK_LANE void Decode(const uint8_t* __restrict__ in, float* __restrict__ out) {
    const float d = HalfAt<L>(in), m = HalfAt<L>(in + 2);
    const uint8_t *packed = in + 4, *fifths = in + 16, *nibbles = in + kBytes - 128;
    float scales[8], minima[8];
    for (int sub = 0; sub < 4; ++sub) {
      scales[sub] = d * static_cast<float>(packed[sub] & 63);
      minima[sub] = m * static_cast<float>(packed[sub + 4] & 63);
      scales[sub + 4] = d * static_cast<float>((packed[sub + 8] & 15) | packed[sub] >> 6 << 4);
      minima[sub + 4] = m * static_cast<float>(packed[sub + 8] >> 4 | packed[sub + 4] >> 6 << 4);
    }
    for (int sub = 0; sub < 8; sub += 2) {
      Sub<0>(nibbles + 16 * sub, fifths, sub, scales[sub], minima[sub], out + 32 * sub);
      Sub<1>(nibbles + 16 * sub, fifths, sub + 1, scales[sub + 1], minima[sub + 1], out + 32 * sub + 32);
    }
  }
};

template <typename L>
struct Q6KBlock {
  static constexpr int kWeights = 256, kBytes = 210;
  static TUSK_LANE void Decode(const uint8_t* __restrict__ in, float* __restrict__ out) {
    const float d = HalfAt<L>(in + 208);
    for (int sub = 0; sub < 16; ++sub, out += 16) {
      const float scale = d * static_cast<float>(static_cast<int8_t>(in[192 + sub]));
      const int half = sub / 8, quarter = sub % 8 / 2, at = sub % 2 * 16;
      const uint8_t *low = in + 64 * half + 32 * (quarter % 2) + at, *high = in + 128 + 32 * half + at;
      Scaled<L>(scale, 16, out, [&](int i) {
        const typename L::I upper = ((L::LoadBytes(high + i) >> (2 * quarter)) & L::SetI(3)) << 4;
        return (((L::LoadBytes(low + i) >> (quarter / 2 * 4)) & L::SetI(15)) | upper) - L::SetI(32);
      });
    }
  }
};

template <typename L>
TUSK_LANE void Iq4Levels(const uint8_t* __restrict__ nibbles, float d, float* __restrict__ out) {
  constexpr float kValues[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
  for (int j = 0; j < 16; j += L::kWidth) {
    const typename L::I bytes = L::LoadBytes(nibbles + j);
    L::Store(out + j, L::Set(d) * L::Lookup(kValues, bytes & L::SetI(15)));
    L::Store(out + j + 16, L::Set(d) * L::Lookup(kValues, bytes >> 4));
  }
}

template <typename L>
struct IQ4NLBlock {
  static constexpr int kWeights = 32, kBytes = 18;
  static TUSK_LANE void Decode(const uint8_t* __restrict__ in, float* __restrict__ out) { Iq4Levels<L>(in + 2, HalfAt<L>(in), out); }
};

template <typename L>
struct IQ4XSBlock {
  static constexpr int kWeights = 256, kBytes = 136;
  static TUSK_LANE void Decode(const uint8_t* __restrict__ in, float* __restrict__ out) {
    const float d = HalfAt<L>(in);
    const int high = in[2] | in[3] << 8;
    for (int sub = 0; sub < 8; ++sub) {
      const int scale = (in[4 + sub / 2] >> (sub % 2 * 4) & 15) | (high >> (2 * sub) & 3) << 4;
      Iq4Levels<L>(in + 8 + 16 * sub, d * static_cast<float>(scale - 32), out + 32 * sub);
    }
  }
};

// `count` bytes: levels of 4-bit floats in the low, and `count` further on in the high four bits.
template <typename E>
TUSK_LANE void Float4LevelsOf(const uint8_t* nibbles, float half, int count, float* out) {
  constexpr float kValues[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
  for (int j = 0; j < count; j += E::kWidth) {
    const typename E::I bytes = E::LoadBytes(nibbles + j);
    E::Store(out + j, E::Lookup(kValues, bytes & E::SetI(15)) * E::Set(half));
    E::Store(out + j + count, E::Lookup(kValues, bytes >> 4) * E::Set(half));
  }
}

template <typename L>
struct MXFP4Block {
  static constexpr int kWeights = 32, kBytes = 17;
  static TUSK_LANE void Decode(const uint8_t* __restrict__ in, float* __restrict__ out) {
    const uint32_t e = in[0];
    const float half = BitsAsFloat(e < 2 ? 0x00200000U << e : (e - 1) << 23);
    Float4LevelsOf<L>(in + 1, half, 16, out);
  }
};

template <typename L>
struct NVFP4Block {
  static constexpr int kWeights = 64, kBytes = 36;
  static TUSK_LANE void Decode(const uint8_t* __restrict__ in, float* __restrict__ out) {
    for (int part = 0; part < 4; ++part) {
      const uint32_t bits = in[part], exponent = bits >> 3 & 15;
      const float mantissa = static_cast<float>(bits & 7);
      float half = exponent == 0 ? mantissa * 0x1.0p-10F : (1 + mantissa / 8) * BitsAsFloat((exponent + 119) << 23);
      if (bits == 0x7F) half = 0;
      Float4LevelsOf<typename L::Eight>(in + 4 + 8 * part, half, 8, out + 16 * part);
    }
  }
};

template <typename L>
TUSK_LANE void Trits(const uint8_t* __restrict__ in, int bytes, int trits, float d, float* __restrict__ out) {
  int power = 1;
  for (int n = 0; n < trits; ++n, power *= 3) {
    for (int j = 0; j < bytes; ++j) {
      const int shifted = in[j] * power & 255;
      out[n * bytes + j] = static_cast<float>((shifted * 3 >> 8) - 1) * d;
    }
  }
}

template <typename L>
struct TQ1Block {
  static constexpr int kWeights = 256, kBytes = 54;
  static TUSK_LANE void Decode(const uint8_t* __restrict__ in, float* __restrict__ out) {
    const float d = HalfAt<L>(in + 52);
    Trits<L>(in, 32, 5, d, out);
    Trits<L>(in + 32, 16, 5, d, out + 160);
    Trits<L>(in + 48, 4, 4, d, out + 240);
  }
};

template <typename L>
struct TQ2Block {
  static constexpr int kWeights = 256, kBytes = 66;
  static TUSK_LANE void Decode(const uint8_t* __restrict__ in, float* __restrict__ out) {
    const float d = HalfAt<L>(in + 64);
    for (int part = 0; part < 8; ++part) {
      Scaled<L>(d, 32, out + 32 * part, [&](int j) { return ((L::LoadBytes(in + part / 4 * 32 + j) >> (part % 4 * 2)) & L::SetI(3)) - L::SetI(1); });
    }
  }
};

template <typename L>
struct Q1Block {
  static constexpr int kWeights = 128, kBytes = 18;
  static TUSK_LANE void Decode(const uint8_t* __restrict__ in, float* __restrict__ out) {
    const float d = HalfAt<L>(in);
    for (int j = 0; j < 128; ++j) out[j] = (in[2 + j / 8] >> (j % 8) & 1) != 0 ? d : -d;
  }
};

template <typename L>
struct Q2Block {
  static constexpr int kWeights = 64, kBytes = 18;
  static TUSK_LANE void Decode(const uint8_t* __restrict__ in, float* __restrict__ out) {
    const float d = HalfAt<L>(in);
    for (int j = 0; j < 64; ++j) out[j] = static_cast<float>((in[2 + j / 4] >> (j % 4 * 2) & 3) - 1) * d;
  }
};

}  // namespace tusk::quant
