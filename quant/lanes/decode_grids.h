// Blocks of IQ1, IQ2 and IQ3 back to floats: groups of 4 or 8 levels are entries of a grid (grid_tables.h), with signs beside them.
#pragma once

#include "quant/lanes/decode.h"
#include "quant/lanes/grid_tables.h"

namespace tusk::quant {

// A grid with one byte for each level.
template <int kEntries, int kLevels>
struct Grid {
  int8_t levels[kEntries][kLevels];
};

template <int kEntries, int kLevels, int kBits>
constexpr Grid<kEntries, kLevels> Unpacked(const uint16_t (&packed)[kEntries], const int8_t (&levels)[1 << kBits]) {
  Grid<kEntries, kLevels> grid{};
  for (int i = 0; i < kEntries; ++i) {
    for (int j = 0; j < kLevels; ++j) grid.levels[i][j] = levels[packed[i] >> (kBits * j) & ((1 << kBits) - 1)];
  }
  return grid;
}

inline constexpr int8_t kIq2Levels[4] = {8, 25, 43, 0}, kIq1Levels[4] = {-1, 0, 1, 0}, kIq3XxsLevels[8] = {4, 12, 20, 28, 36, 44, 52, 62},
                        kIq3SLevels[8] = {1, 3, 5, 7, 9, 11, 13, 15};
inline constexpr auto kIq2XxsGrid = Unpacked<256, 8, 2>(grids::kIq2Xxs, kIq2Levels);
inline constexpr auto kIq2XsGrid = Unpacked<512, 8, 2>(grids::kIq2Xs, kIq2Levels);
inline constexpr auto kIq2SGrid = Unpacked<1024, 8, 2>(grids::kIq2S, kIq2Levels);
inline constexpr auto kIq3XxsGrid = Unpacked<256, 4, 3>(grids::kIq3Xxs, kIq3XxsLevels);
inline constexpr auto kIq3SGrid = Unpacked<512, 4, 3>(grids::kIq3S, kIq3SLevels);
inline constexpr auto kIq1Grid = Unpacked<2048, 8, 2>(grids::kIq1, kIq1Levels);

// Seven signs, and an eighth one that makes their number even.
template <typename L>
TUSK_LANE uint32_t EvenSigns(uint32_t seven) {
  uint32_t parity = seven ^ seven >> 4;
  parity ^= parity >> 2;
  parity ^= parity >> 1;
  return seven | (parity & 1) << 7;
}

template <typename L>
TUSK_LANE void SignedLevels(const int8_t* levels, int count, float d, uint32_t signs, float* out) {
  for (int j = 0; j < count; ++j) {
    const float value = d * static_cast<float>(levels[j]);
    out[j] = (signs >> j & 1) != 0 ? -value : value;
  }
}

template <typename L>
struct IQ2XXSBlock {
  static constexpr int kWeights = 256, kBytes = 66;
  static TUSK_LANE void Decode(const uint8_t* __restrict__ in, float* __restrict__ out) {
    const float d = HalfAt<L>(in);
    for (const uint8_t* part = in + 2; part < in + 66; part += 8) {
      const uint32_t signs = WordAt(part + 4);
      const float scale = d * (0.5F + static_cast<float>(signs >> 28)) * 0.25F;
      for (int l = 0; l < 4; ++l, out += 8) SignedLevels<L>(kIq2XxsGrid.levels[part[l]], 8, scale, EvenSigns<L>(signs >> (7 * l) & 127), out);
    }
  }
};

template <typename L>
struct IQ2XSBlock {
  static constexpr int kWeights = 256, kBytes = 74;
  static TUSK_LANE void Decode(const uint8_t* __restrict__ in, float* __restrict__ out) {
    const float d = HalfAt<L>(in);
    for (int l = 0; l < 32; ++l, out += 8) {
      const uint32_t entry = static_cast<uint32_t>(in[2 + 2 * l] | in[3 + 2 * l] << 8);
      const int scale = in[66 + l / 4] >> (l % 4 / 2 * 4) & 15;
      SignedLevels<L>(kIq2XsGrid.levels[entry & 511], 8, d * (0.5F + static_cast<float>(scale)) * 0.25F, EvenSigns<L>(entry >> 9), out);
    }
  }
};

template <typename L>
struct IQ2SBlock {
  static constexpr int kWeights = 256, kBytes = 82;
  static TUSK_LANE void Decode(const uint8_t* __restrict__ in, float* __restrict__ out) {
    const float d = HalfAt<L>(in);
    for (int l = 0; l < 32; ++l, out += 8) {
      const int entry = in[2 + l] | (in[66 + l / 4] >> (l % 4 * 2) & 3) << 8, scale = in[74 + l / 4] >> (l % 4 / 2 * 4) & 15;
      SignedLevels<L>(kIq2SGrid.levels[entry], 8, d * (0.5F + static_cast<float>(scale)) * 0.25F, in[34 + l], out);
    }
  }
};

template <typename L>
struct IQ3XXSBlock {
  static constexpr int kWeights = 256, kBytes = 98;
  static TUSK_LANE void Decode(const uint8_t* __restrict__ in, float* __restrict__ out) {
    const float d = HalfAt<L>(in);
    for (int part = 0; part < 8; ++part) {
      const uint32_t signs = WordAt(in + 66 + 4 * part);
      const float scale = d * (0.5F + static_cast<float>(signs >> 28)) * 0.5F;
      for (int l = 0; l < 8; ++l, out += 4) {
        const uint32_t eight = EvenSigns<L>(signs >> (7 * (l / 2)) & 127);
        SignedLevels<L>(kIq3XxsGrid.levels[in[2 + 8 * part + l]], 4, scale, eight >> (l % 2 * 4), out);
      }
    }
  }
};

template <typename L>
struct IQ3SBlock {
  static constexpr int kWeights = 256, kBytes = 110;
  static TUSK_LANE void Decode(const uint8_t* __restrict__ in, float* __restrict__ out) {
    const float d = HalfAt<L>(in);
    for (int l = 0; l < 64; ++l, out += 4) {
      const int entry = in[2 + l] | (in[66 + l / 8] >> (l % 8) & 1) << 8, scale = in[106 + l / 16] >> (l / 8 % 2 * 4) & 15;
      const uint32_t signs = static_cast<uint32_t>(in[74 + l / 2]) >> (l % 2 * 4);
      SignedLevels<L>(kIq3SGrid.levels[entry], 4, d * static_cast<float>(1 + 2 * scale), signs, out);
    }
  }
};

template <typename L>
TUSK_LANE void ShiftedLevels(int entry, float d, bool down, float* out) {
  const float delta = down ? -0.125F : 0.125F;
  using E = typename L::Eight;
  const auto* levels = reinterpret_cast<const uint8_t*>(kIq1Grid.levels[entry]);
  for (int j = 0; j < 8; j += E::kWidth) E::Store(out + j, E::Set(d) * (E::ToFloat(E::LoadSignedBytes(levels + j)) + E::Set(delta)));
}

template <typename L>
struct IQ1SBlock {
  static constexpr int kWeights = 256, kBytes = 50;
  static TUSK_LANE void Decode(const uint8_t* __restrict__ in, float* __restrict__ out) {
    const float d = HalfAt<L>(in);
    for (int part = 0; part < 8; ++part) {
      const int high = in[34 + 2 * part] | in[35 + 2 * part] << 8;
      const float scale = d * static_cast<float>(2 * (high >> 12 & 7) + 1);
      for (int l = 0; l < 4; ++l, out += 8) ShiftedLevels<L>(in[2 + 4 * part + l] | (high >> (3 * l) & 7) << 8, scale, (high & 0x8000) != 0, out);
    }
  }
};

template <typename L>
struct IQ1MBlock {
  static constexpr int kWeights = 256, kBytes = 56;
  static TUSK_LANE void Decode(const uint8_t* __restrict__ in, float* __restrict__ out) {
    const uint8_t* scales = in + 48;  // four words of 16 bits: four scales of three bits, and a quarter of the half float d
    const float d = L::HalfValue(static_cast<uint16_t>(scales[1] >> 4 | scales[3] >> 4 << 4 | scales[5] >> 4 << 8 | scales[7] >> 4 << 12));
    for (int l = 0; l < 32; ++l, out += 8) {
      const int word = scales[l / 8 * 2] | scales[l / 8 * 2 + 1] << 8;
      const int scale = word >> (6 * (l / 4 % 2) + 3 * (l / 2 % 2)) & 7;
      const int high = in[32 + l / 2] >> (l % 2 * 4) & 15;
      ShiftedLevels<L>(in[l] | (high & 7) << 8, d * static_cast<float>(2 * scale + 1), (high & 8) != 0, out);
    }
  }
};

}  // namespace tusk::quant
