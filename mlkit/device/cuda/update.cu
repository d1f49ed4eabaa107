// One kernel a rule.
#include "mlkit/device/cuda/update.h"

#include "mlkit/device/cuda/launch_internal.h"
#include "mlkit/sgd/optimizer/adagrad.h"
#include "mlkit/sgd/optimizer/adam.h"
#include "mlkit/sgd/optimizer/ftrl.h"
#include "mlkit/sgd/optimizer/momentum.h"
#include "mlkit/sgd/optimizer/nesterov.h"
#include "mlkit/sgd/optimizer/sgd.h"

namespace tusk::ml::cuda {
namespace {

struct Slots {
  float* of[2];  // as many as the rule has
};

template <typename Rule>
__global__ void UpdateKernel(Rule rule, Decay decay, StepInfo info, size_t count, float scale, float* weights, float* gradients, Slots slots) {
  for (size_t i = FirstOfThread(); i < count; i += StrideOfThreads()) {
    float gradient = gradients[i] * scale, weight = weights[i];
    if (info.l2 > 0 && decay == Decay::kGradient) gradient = __builtin_fmaf(info.l2, weight, gradient);
    if (info.l2 > 0 && decay == Decay::kShrink) weight *= 1 - info.rate * info.l2;
    std::array<float, Rule::kSlots> own{};
    if constexpr (Rule::kSlots > 0) {
      for (size_t s = 0; s < Rule::kSlots; ++s) own[s] = slots.of[s][i];
    }
    rule.Apply(weight, gradient, own, info);
    if constexpr (Rule::kSlots > 0) {
      for (size_t s = 0; s < Rule::kSlots; ++s) slots.of[s][i] = own[s];
    }
    gradients[i] = gradient;
    weights[i] = weight;
  }
}

template <typename Rule>
bool Try(const GradientOptimizer& optimizer, const StepInfo& info, size_t count, float scale, float* weights, float* gradients,
         std::span<float* const> slots) {
  const auto* known = dynamic_cast<const GradientOptimizerOf<Rule>*>(&optimizer);
  if (known == nullptr || slots.size() != Rule::kSlots) return false;
  Rule rule = known->rule();
  if constexpr (requires { rule.Prepare(info); }) rule.Prepare(info);
  Slots all{};
  for (size_t s = 0; s < slots.size(); ++s) all.of[s] = slots[s];
  if (count > 0) Launch({BlocksFor(count)}, {kBlock}, UpdateKernel<Rule>, rule, optimizer.decay(), info, count, scale, weights, gradients, all);
  return true;
}

}  // namespace

bool UpdateWeights(const GradientOptimizer& optimizer, const StepInfo& info, size_t count, float scale, float* weights, float* gradients,
                   std::span<float* const> slots) {
  const auto any = [&]<typename... Rules>() { return (Try<Rules>(optimizer, info, count, scale, weights, gradients, slots) || ...); };
  return any.template operator()<SgdRule, MomentumRule, NesterovRule, AdagradRule, AdamRule, AdamWRule, FtrlRule>();
}

}  // namespace tusk::ml::cuda
