// Bag: how often a row is in the bag of a tree, as a function of (seed, tree, row): Poisson-distributed.
#pragma once

#include <array>
#include <cstdint>

#include "mlkit/api/random.h"

namespace tusk::ml {

class Bag {
 public:
  Bag(uint64_t seed, uint64_t tree, double mean);

  uint32_t Times(uint64_t row) {
    const uint64_t block = row >> 2;
    if (block != cached_) {             // four rows a block
      words_ = Philox4x32({static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32), tree_, kStream}, key_);
      cached_ = block;
    }
    const uint32_t bits = words_[row & 3];
    uint32_t times = 0;
    while (times < kMost && bits >= limits_[times]) ++times;
    return times;
  }

 private:
  static constexpr uint32_t kStream = 0x666f7265, kMost = 16;

  const uint32_t tree_;
  const std::array<uint32_t, 2> key_;
  std::array<uint64_t, kMost> limits_{};   // of 2^32: bits from limits_[n] on mean more than n times
  uint64_t cached_ = UINT64_MAX;
  std::array<uint32_t, 4> words_{};
};

}  // namespace tusk::ml
