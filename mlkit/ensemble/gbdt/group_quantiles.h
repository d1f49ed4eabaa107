// Weighted quantiles of many groups of values that lie on all ranks: exact, by radix selection on the values' bits, in
// four all-reduces whatever the number of groups.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/core/result.h"
#include "mlkit/collectives/communicator.h"

namespace tusk::ml {

struct GroupedValue {
  uint32_t group = 0;
  float value = 0;
  float weight = 1;
};

// For each group the smallest value below or at which at least `quantile` of the weight lies; 0 for an empty group. Weights count
// in steps of 2^-16.
Result<std::vector<float>> GroupQuantiles(Communicator& comm, size_t groups, std::span<const GroupedValue> values,
                                          double quantile);

}  // namespace tusk::ml
