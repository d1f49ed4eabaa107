// Refusing or replacing.
#include "quant/plan/bad_weights.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tusk::quant {

Status HandleBadWeights(const std::string& tensor, std::vector<float>& weights, uint64_t first_row, uint64_t columns, bool allow) {
  auto bad = std::find_if(weights.begin(), weights.end(), [](float weight) { return !std::isfinite(weight); });
  if (bad == weights.end()) return Status::Ok();
  if (!allow) {
    const auto at = static_cast<uint64_t>(bad - weights.begin());
    return Status(Code::kInvalidArgument, "tensor '" + tensor + "', row " + std::to_string(first_row + at / columns) + ", column " +
                                              std::to_string(at % columns) + " is " + (std::isnan(*bad) ? "NaN" : "infinite") +
                                              " (--allow-bad-weights takes it as 0 or the largest float)");
  }
  for (; bad != weights.end(); ++bad) {
    if (std::isnan(*bad)) *bad = 0;
    if (std::isinf(*bad)) *bad = std::copysign(std::numeric_limits<float>::max(), *bad);
  }
  return Status::Ok();
}

}  // namespace tusk::quant
