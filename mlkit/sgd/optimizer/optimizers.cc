// The optimizers by name.
#include "mlkit/sgd/optimizer/adagrad.h"
#include "mlkit/sgd/optimizer/adam.h"
#include "mlkit/sgd/optimizer/ftrl.h"
#include "mlkit/sgd/optimizer/momentum.h"
#include "mlkit/sgd/optimizer/nesterov.h"
#include "mlkit/sgd/optimizer/sgd.h"

namespace tusk::ml {
namespace {

template <typename Rule>
Rule MakeAdam(const GradientOptimizerSettings& settings) {
  Rule rule;
  rule.beta1 = static_cast<float>(settings.beta1);
  rule.beta2 = static_cast<float>(settings.beta2);
  rule.epsilon = static_cast<float>(settings.epsilon);
  return rule;
}

}  // namespace

std::unique_ptr<GradientOptimizer> MakeGradientOptimizer(const std::string& name, const GradientOptimizerSettings& settings) {
  const auto momentum = static_cast<float>(settings.momentum);
  if (name == "sgd") return std::make_unique<GradientOptimizerOf<SgdRule>>();
  if (name == "momentum") return std::make_unique<GradientOptimizerOf<MomentumRule>>(MomentumRule{momentum});
  if (name == "nesterov") return std::make_unique<GradientOptimizerOf<NesterovRule>>(NesterovRule{momentum});
  if (name == "adagrad") return std::make_unique<GradientOptimizerOf<AdagradRule>>(AdagradRule{static_cast<float>(settings.epsilon)});
  if (name == "adam") return std::make_unique<GradientOptimizerOf<AdamRule>>(MakeAdam<AdamRule>(settings));
  if (name == "adamw") return std::make_unique<GradientOptimizerOf<AdamWRule>>(MakeAdam<AdamWRule>(settings));
  if (name == "ftrl") return std::make_unique<GradientOptimizerOf<FtrlRule>>(FtrlRule{static_cast<float>(settings.ftrl_beta)});
  return nullptr;
}

}  // namespace tusk::ml
