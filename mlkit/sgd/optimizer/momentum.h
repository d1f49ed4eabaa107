// Heavy ball: velocity = momentum * velocity + gradient.
#pragma once

#include "base/core/host_device.h"
#include "mlkit/sgd/optimizer/optimizer.h"

namespace tusk::ml {

struct MomentumRule {
  static constexpr size_t kSlots = 1;
  float momentum = 0.9F;
  TUSK_HOST_DEVICE void Apply(float& weight, float gradient, std::array<float, 1>& slots, const StepInfo& info) const {
    slots[0] = momentum * slots[0] + gradient;
    weight -= info.rate * slots[0];
  }
};

}  // namespace tusk::ml
