// Counter-based random numbers: Philox4x32-10 (Salmon et al., SC'11). A number is a pure function of (seed, stream,
// index), so it is the same whichever worker or thread asks for it, and a position is saved as one integer.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace tusk::ml {

// One 128-bit block of the generator: counter and key in, four words out.
constexpr std::array<uint32_t, 4> Philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t product0 = uint64_t{0xD2511F53} * counter[0];
    const uint64_t product1 = uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<uint32_t>(product1 >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(product1),
               static_cast<uint32_t>(product0 >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(product0)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

// A sequence of numbers. Different `stream`s of one seed are independent: use (purpose, unit number) for them.
class Random {
 public:
  Random(uint64_t seed, uint64_t stream, uint64_t position = 0) : seed_(seed), stream_(stream), position_(position) {}

  uint32_t Next32() {
    const uint64_t block = position_ >> 2;
    if (block != cached_block_) {
      words_ = Philox4x32({static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32),
                           static_cast<uint32_t>(stream_), static_cast<uint32_t>(stream_ >> 32)},
                          {static_cast<uint32_t>(seed_), static_cast<uint32_t>(seed_ >> 32)});
      cached_block_ = block;
    }
    return words_[position_++ & 3];
  }
  uint64_t Next64() {
    const uint64_t high = Next32();
    return high << 32 | Next32();
  }
  // [0, 1), 53 bits.
  double Uniform() { return static_cast<double>(Next64() >> 11) * 0x1.0p-53; }
  double Uniform(double low, double high) { return low + (high - low) * Uniform(); }
  // [0, bound), without bias; bound > 0.
  uint64_t Below(uint64_t bound) {
    const uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
    uint64_t value = Next64();
    while (value >= limit) value = Next64();
    return value % bound;
  }
  bool Chance(double probability) { return Uniform() < probability; }
  // Standard normal (Box-Muller, the cosine half only: no hidden state).
  double Normal() {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - Uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * Uniform());
  }
  uint64_t position() const { return position_; }

 private:
  uint64_t seed_, stream_, position_;
  uint64_t cached_block_ = UINT64_MAX;
  std::array<uint32_t, 4> words_{};
};

}  // namespace tusk::ml
