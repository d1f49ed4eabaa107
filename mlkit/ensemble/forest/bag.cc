// The distribution's table.
#include "mlkit/ensemble/forest/bag.h"

#include <cmath>

namespace tusk::ml {

Bag::Bag(uint64_t seed, uint64_t tree, double mean)
    : tree_(static_cast<uint32_t>(tree)), key_({static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)}) {
  // exp(-mean) by its series: additions and products round alike everywhere.
  double at = 1, exponential = 1;
  for (int i = 1; i < 24; ++i) exponential += at *= -mean / i;
  double probability = exponential, below = exponential;
  for (uint32_t times = 0; times < kMost; ++times) {
    limits_[times] = static_cast<uint64_t>(std::ceil(below * 0x1.0p32 - 0.5));
    probability *= mean / (times + 1);
    below += probability;
  }
}

}  // namespace tusk::ml
