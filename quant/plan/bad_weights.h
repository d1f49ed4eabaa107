// What becomes of weights that are NaN or infinite.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/core/status.h"

namespace tusk::quant {

// Rows of a tensor from `first_row` on. With `allow` NaN becomes 0 and what is infinite the largest float of its sign; else they are
// refused with tensor, row and column.
Status HandleBadWeights(const std::string& tensor, std::vector<float>& weights, uint64_t first_row, uint64_t columns, bool allow);

}  // namespace tusk::quant
