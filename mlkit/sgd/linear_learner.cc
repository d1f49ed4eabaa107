// Dense and lazy sparse steps.
#include "mlkit/sgd/linear_learner.h"

#include <algorithm>
#include <cmath>

#include "mlkit/sgd/optimizer/penalized_step.h"

namespace tusk::ml {
namespace {

constexpr size_t kSlotsMax = 8;
constexpr size_t kLazyStepsMax = 1 << 16;   // then everything is settled: products stay normal numbers

}  // namespace

LinearLearner::LinearLearner(const LinearSettings& settings, size_t columns, size_t outputs)
    : settings_(&settings), columns_(columns), outputs_(outputs), parameters_((columns + 1) * outputs) {
  slots_.assign(settings.rule->slots(), std::vector<float>(parameters_.size()));
  TUSK_CHECK(slots_.size() <= kSlotsMax);
}

void LinearLearner::DenseStep(float rate, std::span<float> gradient) {
  ++steps_;
  StepInfo info{rate, steps_, static_cast<float>(settings_->l1), static_cast<float>(settings_->l2)};
  if (!drift_.empty()) {
    for (size_t i = 0; i < gradient.size(); ++i) gradient[i] += drift_[i];
  }
  float* slots[kSlotsMax] = {};
  for (size_t s = 0; s < slots_.size(); ++s) slots[s] = slots_[s].data();
  const size_t penalized = columns_ * outputs_;
  PenalizedStep(*settings_->rule, info, penalized, parameters_.data(), gradient.data(), slots);
  if (!settings_->intercept) return;
  for (size_t s = 0; s < slots_.size(); ++s) slots[s] += penalized;
  info.l1 = info.l2 = 0;
  settings_->rule->Apply(info, outputs_, parameters_.data() + penalized, gradient.data() + penalized, slots);
}

void LinearLearner::BeginLazy() {
  settled_.assign(columns_, 0);
  shrinks_.assign(1, 1.0);
  reaches_.assign(1, 0.0);
}

LinearLearner::Owed LinearLearner::OwedBy(uint32_t column) const {
  Owed owed;
  if (shrinks_.empty()) return owed;
  const size_t from = settled_[column], to = shrinks_.size() - 1;
  if (from == to) return owed;
  owed.steps = static_cast<double>(to - from);
  owed.shrink = shrinks_[to] / shrinks_[from];
  owed.reach = (reaches_[to] - reaches_[from]) * shrinks_[to];
  return owed;
}

// What skipped steps, whose gradient was zero, would have done to the weights.
void LinearLearner::PayOwed(const Owed& owed, uint32_t column, float* weights) const {
  if (owed.steps == 0 || settings_->rule->decay() != Decay::kShrink) return;
  for (size_t k = 0; k < outputs_; ++k) {
    double weight = static_cast<double>(weights[k]) * owed.shrink;
    if (!drift_.empty()) weight -= static_cast<double>(drift_[column * outputs_ + k]) * owed.reach;
    if (settings_->l1 > 0) {
      const double size = std::abs(weight) - settings_->l1 * owed.reach;
      weight = size > 0 ? std::copysign(size, weight) : 0.0;
    }
    weights[k] = static_cast<float>(weight);
  }
}

void LinearLearner::Current(uint32_t column, float* weights) const {
  std::copy_n(parameters_.data() + column * outputs_, outputs_, weights);
  if (!settled_.empty()) PayOwed(OwedBy(column), column, weights);
}

void LinearLearner::SparseStep(float rate, const SparseGradient& gradient, float scale) {
  if (settled_.empty()) BeginLazy();
  if (shrinks_.size() > kLazyStepsMax || shrinks_.back() < 1e-100) Settle();
  ++steps_;
  const Decay decay = settings_->rule->decay();
  const auto l1 = static_cast<float>(settings_->l1), l2 = static_cast<float>(settings_->l2);
  const size_t touched = gradient.columns.size(), count = touched * outputs_;
  // Gathered, stepped as one range, scattered.
  std::vector<float> weights(count), gradients(count), gathered(count * slots_.size());
  float* slots[kSlotsMax] = {};
  for (size_t s = 0; s < slots_.size(); ++s) slots[s] = gathered.data() + s * count;
  std::vector<float> owed_steps(decay == Decay::kGradient ? touched : 0);
  for (size_t i = 0; i < touched; ++i) {
    const uint32_t column = gradient.columns[i];
    Current(column, weights.data() + i * outputs_);
    if (!owed_steps.empty()) owed_steps[i] = static_cast<float>(OwedBy(column).steps + 1);
    for (size_t k = 0; k < outputs_; ++k) {
      const size_t at = i * outputs_ + k, from = column * outputs_ + k;
      gradients[at] = gradient.values[at] * scale + (drift_.empty() ? 0.0F : drift_[from]);
      for (size_t s = 0; s < slots_.size(); ++s) slots[s][at] = slots_[s][from];
    }
  }
  StepInfo info{rate, steps_, l1, l2};
  if (decay == Decay::kGradient) {  // the penalty of skipped steps enters now, but never turns a weight round
    for (size_t at = 0; at < count; ++at) gradients[at] += std::min(l2 * owed_steps[at / outputs_], 1 / rate) * weights[at];
    settings_->rule->Apply(info, count, weights.data(), gradients.data(), slots);
    if (l1 > 0) {
      for (size_t i = 0; i < touched; ++i) SoftenWeights(weights.data() + i * outputs_, outputs_, rate * l1 * owed_steps[i]);
    }
  } else {
    PenalizedStep(*settings_->rule, info, count, weights.data(), gradients.data(), slots);
  }
  const double keep = decay == Decay::kShrink ? 1 - static_cast<double>(rate) * settings_->l2 : 1.0;
  shrinks_.push_back(shrinks_.back() * keep);
  reaches_.push_back(reaches_.back() + static_cast<double>(rate) / shrinks_.back());
  last_rate_ = static_cast<double>(rate);
  const auto now = static_cast<uint32_t>(shrinks_.size() - 1);
  for (size_t i = 0; i < touched; ++i) {
    const uint32_t column = gradient.columns[i];
    settled_[column] = now;
    for (size_t k = 0; k < outputs_; ++k) {
      const size_t at = i * outputs_ + k, to = column * outputs_ + k;
      parameters_[to] = weights[at];
      for (size_t s = 0; s < slots_.size(); ++s) slots_[s][to] = slots[s][at];
    }
  }
  if (!settings_->intercept) return;
  const size_t penalized = columns_ * outputs_;
  std::vector<float> intercepts(gradient.tail.begin(), gradient.tail.begin() + static_cast<ptrdiff_t>(outputs_));
  for (size_t k = 0; k < outputs_; ++k) intercepts[k] = intercepts[k] * scale + (drift_.empty() ? 0.0F : drift_[penalized + k]);
  for (size_t s = 0; s < slots_.size(); ++s) slots[s] = slots_[s].data() + penalized;
  info.l1 = info.l2 = 0;
  settings_->rule->Apply(info, outputs_, parameters_.data() + penalized, intercepts.data(), slots);
}

void LinearLearner::Settle() {
  if (settled_.empty()) return;
  for (uint32_t column = 0; column < columns_; ++column) {
    const Owed owed = OwedBy(column);
    float* weights = parameters_.data() + column * outputs_;
    PayOwed(owed, column, weights);
    if (settings_->rule->decay() == Decay::kGradient && owed.steps > 0) {
      const double keep = std::max(0.0, 1 - last_rate_ * settings_->l2 * owed.steps);
      for (size_t k = 0; k < outputs_; ++k) weights[k] = static_cast<float>(static_cast<double>(weights[k]) * keep);
      if (settings_->l1 > 0) SoftenWeights(weights, outputs_, static_cast<float>(last_rate_ * settings_->l1 * owed.steps));
    }
  }
  BeginLazy();
}

void LinearLearner::SaveTo(Bundle& bundle) const {
  bundle.SetFloats("parameters", parameters_);
  for (size_t s = 0; s < slots_.size(); ++s) bundle.SetFloats("slot" + std::to_string(s), slots_[s]);
  bundle.SetFloats("drift", drift_);
  bundle.SetLongs("settled", std::vector<int64_t>(settled_.begin(), settled_.end()));
  bundle.SetDoubles("shrinks", shrinks_);
  bundle.SetDoubles("reaches", reaches_);
  bundle.SetDoubles("last_rate", std::vector<double>{last_rate_});
  bundle.SetLongs("steps", std::vector<int64_t>{static_cast<int64_t>(steps_)});
}

Status LinearLearner::Restore(const Bundle& bundle) {
  const size_t length = parameters_.size();
  ASSIGN_OR_RETURN(parameters_, bundle.Floats("parameters"));
  for (size_t s = 0; s < slots_.size(); ++s) {
    ASSIGN_OR_RETURN(slots_[s], bundle.Floats("slot" + std::to_string(s)));
  }
  ASSIGN_OR_RETURN(drift_, bundle.Floats("drift"));
  ASSIGN_OR_RETURN(const std::vector<int64_t> settled, bundle.Longs("settled"));
  ASSIGN_OR_RETURN(shrinks_, bundle.Doubles("shrinks"));
  ASSIGN_OR_RETURN(reaches_, bundle.Doubles("reaches"));
  ASSIGN_OR_RETURN(const std::vector<double> last_rate, bundle.Doubles("last_rate"));
  ASSIGN_OR_RETURN(const std::vector<int64_t> steps, bundle.Longs("steps"));
  bool good = parameters_.size() == length && steps.size() == 1 && last_rate.size() == 1 && shrinks_.size() == reaches_.size();
  good = good && (drift_.empty() || drift_.size() == length);
  good = good && (settled.empty() ? shrinks_.empty() : settled.size() == columns_ && !shrinks_.empty());
  for (const auto& slot : slots_) good = good && slot.size() == length;
  for (const int64_t value : settled) good = good && value >= 0 && static_cast<size_t>(value) < shrinks_.size();
  if (!good) return Status(Code::kCorruption, "the state's weights do not fit this data and these settings");
  settled_.assign(settled.begin(), settled.end());
  last_rate_ = last_rate[0];
  steps_ = static_cast<uint64_t>(steps[0]);
  return Status::Ok();
}

}  // namespace tusk::ml
