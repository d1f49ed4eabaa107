// Plain gradient descent.
#pragma once

#include "base/core/host_device.h"
#include "mlkit/sgd/optimizer/optimizer.h"

namespace tusk::ml {

struct SgdRule {
  static constexpr size_t kSlots = 0;
  static constexpr Decay kDecay = Decay::kShrink;  // the same as in the gradient, and closed over skipped steps
  TUSK_HOST_DEVICE void Apply(float& weight, float gradient, std::array<float, 0>&, const StepInfo& info) const { weight -= info.rate * gradient; }
};

}  // namespace tusk::ml
