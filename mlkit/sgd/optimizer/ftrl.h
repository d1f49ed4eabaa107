// FTRL-Proximal (McMahan et al., KDD'13): the weight is a function of its slots z and n, so l1 gives exact zeros and untouched
// columns cost nothing.
#pragma once

#include <cmath>

#include "base/core/host_device.h"
#include "mlkit/sgd/optimizer/optimizer.h"

namespace tusk::ml {

struct FtrlRule {
  static constexpr size_t kSlots = 2;  // z, n
  static constexpr Decay kDecay = Decay::kOwn;
  float beta = 1;
  TUSK_HOST_DEVICE void Apply(float& weight, float gradient, std::array<float, 2>& slots, const StepInfo& info) const {
    const float before = std::sqrt(slots[1]);
    slots[1] += gradient * gradient;
    const float after = std::sqrt(slots[1]);
    slots[0] += gradient - (after - before) / info.rate * weight;
    const float size = std::abs(slots[0]);
    const float reach = size > info.l1 ? size - info.l1 : 0.0F;
    const float value = reach / ((beta + after) / info.rate + info.l2);
    weight = slots[0] > 0 ? -value : value;
  }
};

}  // namespace tusk::ml
