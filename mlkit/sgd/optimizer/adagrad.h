// Adagrad: each weight's rate falls with the root of the sum of its squared gradients.
#pragma once

#include <cmath>

#include "base/core/host_device.h"
#include "mlkit/sgd/optimizer/optimizer.h"

namespace tusk::ml {

struct AdagradRule {
  static constexpr size_t kSlots = 1;
  float epsilon = 1e-8F;
  TUSK_HOST_DEVICE void Apply(float& weight, float gradient, std::array<float, 1>& slots, const StepInfo& info) const {
    slots[0] += gradient * gradient;
    weight -= info.rate * gradient / (std::sqrt(slots[0]) + epsilon);
  }
};

}  // namespace tusk::ml
