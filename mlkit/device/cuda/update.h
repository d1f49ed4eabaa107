// An optimizer's step on the GPU: the rules of mlkit/sgd/optimizer, compiled for both sides.
#pragma once

#include <span>

#include "mlkit/sgd/optimizer/optimizer.h"

namespace tusk::ml::cuda {

// As TensorBackend::Update, on device memory. False for a rule that only the host has: then nothing is done.
bool UpdateWeights(const GradientOptimizer& optimizer, const StepInfo& info, size_t count, float scale, float* weights, float* gradients,
                   std::span<float* const> slots);

}  // namespace tusk::ml::cuda
