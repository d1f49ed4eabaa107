// Adam, and AdamW, whose decay is not part of the gradient. On sparse data the moments of a column move only when it is touched.
#pragma once

#include <cmath>

#include "base/core/host_device.h"
#include "mlkit/sgd/optimizer/optimizer.h"

namespace tusk::ml {

struct AdamRule {
  static constexpr size_t kSlots = 2;
  float beta1 = 0.9F, beta2 = 0.999F, epsilon = 1e-8F;
  float correction1 = 1, correction2 = 1;

  void Prepare(const StepInfo& info) {
    correction1 = 1 / static_cast<float>(1 - Power(static_cast<double>(beta1), info.step));
    correction2 = 1 / static_cast<float>(1 - Power(static_cast<double>(beta2), info.step));
  }
  TUSK_HOST_DEVICE void Apply(float& weight, float gradient, std::array<float, 2>& slots, const StepInfo& info) const {
    slots[0] = beta1 * slots[0] + (1 - beta1) * gradient;
    slots[1] = beta2 * slots[1] + (1 - beta2) * gradient * gradient;
    weight -= info.rate * (slots[0] * correction1) / (std::sqrt(slots[1] * correction2) + epsilon);
  }

 private:
  static double Power(double base, uint64_t exponent) {  // std::pow's bits depend on the machine
    double result = 1;
    for (; exponent > 0; exponent >>= 1, base *= base) {
      if ((exponent & 1) != 0) result *= base;
    }
    return result;
  }
};

struct AdamWRule : AdamRule {
  static constexpr Decay kDecay = Decay::kShrink;
};

}  // namespace tusk::ml
