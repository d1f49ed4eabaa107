// GradientOptimizer: how a weight follows its gradient. An own one is a class of the concept OptimizerRule: what happens to one
// weight and its slots (velocities, sums of squares); GradientOptimizerOf applies it to ranges, dense or the touched columns of sparse
// data. Slots begin as zeros.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tusk::ml {

// What all weights of a step share.
struct StepInfo {
  float rate = 0;        // from the schedule
  uint64_t step = 1;     // 1, 2, …
  float l1 = 0, l2 = 0;  // for rules that own the penalty
};

template <typename R>
concept OptimizerRule =
    requires(const R& rule, float& weight, float gradient, std::array<float, R::kSlots>& slots, const StepInfo& info) {
      rule.Apply(weight, gradient, slots, info);
    };

// How the l2 penalty enters (l1 is a soft threshold of rate * l1 after the step unless the rule owns it).
enum class Decay : uint8_t {
  kGradient,   // gradient + l2 * weight
  kShrink,     // weight *= 1 - rate * l2 before the step
  kOwn,        // the rule does both penalties itself (FTRL)
};

class GradientOptimizer {
 public:
  virtual ~GradientOptimizer() = default;
  virtual size_t slots() const = 0;
  virtual Decay decay() const = 0;
  // slots[s] points to the s-th slot of weights[0].
  virtual void Apply(const StepInfo& info, size_t count, float* weights, const float* gradients, float* const* slots) const = 0;
};

template <OptimizerRule R>
class GradientOptimizerOf final : public GradientOptimizer {
 public:
  explicit GradientOptimizerOf(R rule = {}) : rule_(rule) {}
  const R& rule() const { return rule_; }
  size_t slots() const override { return R::kSlots; }
  Decay decay() const override {
    if constexpr (requires { R::kDecay; }) return R::kDecay;
    return Decay::kGradient;
  }
  void Apply(const StepInfo& info, size_t count, float* weights, const float* gradients, float* const* slots) const override {
    R rule = rule_;
    if constexpr (requires { rule.Prepare(info); }) rule.Prepare(info);  // what the step's weights share, computed once
    for (size_t i = 0; i < count; ++i) {
      std::array<float, R::kSlots> own{};
      for (size_t s = 0; s < R::kSlots; ++s) own[s] = slots[s][i];
      rule.Apply(weights[i], gradients[i], own, info);
      for (size_t s = 0; s < R::kSlots; ++s) slots[s][i] = own[s];
    }
  }

 private:
  R rule_;
};

struct GradientOptimizerSettings {
  double momentum = 0.9;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;  // Adam
  double ftrl_beta = 1;
};
// "sgd", "momentum", "nesterov", "adagrad", "adam", "adamw", "ftrl"; null for others.
std::unique_ptr<GradientOptimizer> MakeGradientOptimizer(const std::string& name, const GradientOptimizerSettings& settings);

}  // namespace tusk::ml
