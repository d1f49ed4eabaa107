// PenalizedStep: one step of weights that l1 and l2 penalties concern, in the way that the optimizer wants them.
#pragma once

#include <cmath>

#include "mlkit/sgd/optimizer/optimizer.h"

namespace tusk::ml {

// Moves each weight towards zero, and not across it.
inline void SoftenWeights(float* weights, size_t count, float reach) {
  for (size_t i = 0; i < count; ++i) {
    const float size = std::abs(weights[i]) - reach;
    weights[i] = size > 0 ? std::copysign(size, weights[i]) : 0.0F;
  }
}

// `gradients` is spoiled.
inline void PenalizedStep(const GradientOptimizer& rule, const StepInfo& info, size_t count, float* weights, float* gradients,
                          float* const* slots) {
  const Decay decay = rule.decay();
  if (decay == Decay::kGradient && info.l2 > 0) {
    for (size_t i = 0; i < count; ++i) gradients[i] += info.l2 * weights[i];
  }
  if (decay == Decay::kShrink && info.l2 > 0) {
    const float keep = 1 - info.rate * info.l2;
    for (size_t i = 0; i < count; ++i) weights[i] *= keep;
  }
  rule.Apply(info, count, weights, gradients, slots);
  if (decay != Decay::kOwn && info.l1 > 0) SoftenWeights(weights, count, info.rate * info.l1);
}

}  // namespace tusk::ml
