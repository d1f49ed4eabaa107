// Weights for a short try of a codec's speed on this machine.
#pragma once

#include <cstdint>
#include <vector>

namespace tusk::tools {

inline constexpr int64_t kTrialColumns = 4096, kTrialRows = 16;

// Row after row, evenly spread over -1 to 1, the same each time.
inline std::vector<float> TrialWeights() {
  std::vector<float> weights(kTrialColumns * kTrialRows);
  uint32_t state = 1;
  for (float& weight : weights) {
    state = state * 1664525U + 1013904223U;
    weight = static_cast<float>(static_cast<int32_t>(state)) * 0x1p-31F;
  }
  return weights;
}

}  // namespace tusk::tools
