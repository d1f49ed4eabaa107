// Formulas. exp and its like are the kernels' (equal bits on every processor).
#include "mlkit/ensemble/gbdt/objective.h"

#include <algorithm>
#include <cmath>

#include "mlkit/device/cpu/kernels.h"

namespace tusk::ml {
namespace {

constexpr size_t kAtOnce = 1024;
constexpr float kPoissonStep = 0.7F;    // keeps leaves of near-zero counts from jumping, as XGBoost and LightGBM do

float Clamped(float probability) { return std::clamp(probability, 1e-15F, 1.0F); }

}  // namespace

Objective::Objective(BoostLoss loss, size_t classes, float alpha)
    : loss_(loss), outputs_(loss == BoostLoss::kSoftmax ? classes : 1), alpha_(alpha) {}

TreeLink Objective::link() const {
  switch (loss_) {
    case BoostLoss::kLogistic: return TreeLink::kLogistic;
    case BoostLoss::kSoftmax: return TreeLink::kSoftmax;
    case BoostLoss::kPoisson: return TreeLink::kExp;
    default: return TreeLink::kIdentity;
  }
}

std::string Objective::name() const {
  switch (loss_) {
    case BoostLoss::kLogistic: return "logistic";
    case BoostLoss::kSoftmax: return "softmax";
    case BoostLoss::kSquared: return "squared";
    case BoostLoss::kHuber: return "huber";
    case BoostLoss::kAbsolute: return "absolute";
    case BoostLoss::kQuantile: return "quantile";
    case BoostLoss::kPoisson: return "poisson";
  }
  return "";
}

std::string Objective::loss_name() const {
  if (loss_ == BoostLoss::kLogistic || loss_ == BoostLoss::kSoftmax) return "log_loss";
  return loss_ == BoostLoss::kSquared ? "rmse" : name() + "_loss";
}

Status Objective::CheckLabels(const Block& block) const {
  if (loss_ != BoostLoss::kPoisson) return Status::Ok();
  for (size_t row = 0; row < block.rows; ++row) {
    if (block.labels[row] < 0) {
      return Status(Code::kInvalidArgument, block.origin + ": row " + std::to_string(row) + ": a count of " +
                                                std::to_string(block.labels[row]) + " for a Poisson regression");
    }
  }
  return Status::Ok();
}

void Objective::Gradients(const ObjectiveRows& rows, float* gradients, float* hessians, size_t stride) const {
  const size_t count = rows.labels.size();
  const auto weight = [&](size_t i) { return rows.weights.empty() ? 1.0F : rows.weights[i]; };
  if (loss_ == BoostLoss::kSoftmax) {
    const auto factor = static_cast<float>(outputs_) / static_cast<float>(outputs_ - 1);
    std::vector<float> part(kAtOnce * outputs_);
    for (size_t begin = 0; begin < count; begin += kAtOnce) {
      const size_t some = std::min(kAtOnce, count - begin);
      std::copy_n(rows.scores.data() + begin * outputs_, some * outputs_, part.data());
      Cpu().softmax(part.data(), some, outputs_, nullptr);
      for (size_t k = 0; k < outputs_; ++k) {
        for (size_t i = 0; i < some; ++i) {
          const float p = part[i * outputs_ + k], w = weight(begin + i);
          const bool is_class = rows.labels[begin + i] == static_cast<float>(k);
          gradients[k * stride + begin + i] = (p - (is_class ? 1.0F : 0.0F)) * w;
          hessians[k * stride + begin + i] = factor * p * (1.0F - p) * w;
        }
      }
    }
    return;
  }
  if (loss_ == BoostLoss::kLogistic) {
    Cpu().sigmoid(rows.scores.data(), gradients, count);
    for (size_t i = 0; i < count; ++i) {
      const float p = gradients[i];
      gradients[i] = p - rows.labels[i];
      hessians[i] = p * (1.0F - p);
    }
  } else if (loss_ == BoostLoss::kPoisson) {
    Cpu().exp(rows.scores.data(), gradients, count);
    const float more = 2.01375271F;  // exp(kPoissonStep)
    static_assert(kPoissonStep == 0.7F);
    for (size_t i = 0; i < count; ++i) {
      hessians[i] = gradients[i] * more;
      gradients[i] -= rows.labels[i];
    }
  } else {
    for (size_t i = 0; i < count; ++i) {
      const float over = rows.scores[i] - rows.labels[i];
      float gradient = over;
      if (loss_ == BoostLoss::kHuber) gradient = std::clamp(over, -alpha_, alpha_);
      if (loss_ == BoostLoss::kAbsolute) gradient = over > 0 ? 1.0F : (over < 0 ? -1.0F : 0.0F);
      if (loss_ == BoostLoss::kQuantile) gradient = over >= 0 ? 1.0F - alpha_ : -alpha_;
      gradients[i] = gradient;
      hessians[i] = 1.0F;
    }
  }
  if (rows.weights.empty()) return;
  for (size_t i = 0; i < count; ++i) {
    gradients[i] *= rows.weights[i];
    hessians[i] *= rows.weights[i];
  }
}

void Objective::AddRow(float label, float weight, std::span<double> sums) const {
  sums[0] += static_cast<double>(weight);
  if (loss_ == BoostLoss::kSoftmax) {
    sums[1 + static_cast<size_t>(label)] += static_cast<double>(weight);
  } else {
    sums[1] += static_cast<double>(weight) * static_cast<double>(label);
  }
}

std::vector<float> Objective::Base(std::span<const double> sums) const {
  std::vector<float> base(outputs_);
  if (sums[0] <= 0) return base;
  for (size_t k = 0; k < outputs_; ++k) {
    double mean = sums[1 + k] / sums[0];
    if (loss_ == BoostLoss::kLogistic) {
      mean = std::clamp(mean, 1e-7, 1 - 1e-7);
      mean = std::log(mean / (1 - mean));
    } else if (loss_ == BoostLoss::kSoftmax || loss_ == BoostLoss::kPoisson) {
      mean = std::log(std::max(mean, 1e-10));
    }
    base[k] = static_cast<float>(mean);
  }
  return base;
}

void Objective::AddLoss(const ObjectiveRows& rows, std::span<double> sums) const {
  std::vector<float> part(rows.scores.begin(), rows.scores.end());
  const size_t count = rows.labels.size();
  if (loss_ == BoostLoss::kSoftmax) Cpu().softmax(part.data(), count, outputs_, nullptr);
  if (loss_ == BoostLoss::kLogistic) Cpu().sigmoid(part.data(), part.data(), count);
  std::vector<float> losses(count);
  for (size_t i = 0; i < count; ++i) {
    const float label = rows.labels[i];
    if (loss_ == BoostLoss::kSoftmax) {
      losses[i] = Clamped(part[i * outputs_ + static_cast<size_t>(label)]);
    } else if (loss_ == BoostLoss::kLogistic) {
      losses[i] = Clamped(label > 0 ? part[i] : 1.0F - part[i]);
    } else {
      const float over = part[i] - label, size = std::fabs(over);
      losses[i] = over * over;
      if (loss_ == BoostLoss::kHuber) losses[i] = size <= alpha_ ? 0.5F * over * over : alpha_ * (size - 0.5F * alpha_);
      if (loss_ == BoostLoss::kAbsolute) losses[i] = size;
      if (loss_ == BoostLoss::kQuantile) losses[i] = over >= 0 ? (1.0F - alpha_) * over : -alpha_ * over;
    }
  }
  const bool logs = loss_ == BoostLoss::kSoftmax || loss_ == BoostLoss::kLogistic;
  if (logs) Cpu().log(losses.data(), losses.data(), count);
  if (loss_ == BoostLoss::kPoisson) Cpu().exp(part.data(), losses.data(), count);
  for (size_t i = 0; i < count; ++i) {
    const double w = rows.weights.empty() ? 1.0 : static_cast<double>(rows.weights[i]);
    double loss = static_cast<double>(losses[i]);
    if (logs) loss = -loss;
    if (loss_ == BoostLoss::kPoisson) loss -= static_cast<double>(rows.labels[i]) * static_cast<double>(part[i]);
    sums[0] += w * loss;
    sums[1] += w;
  }
}

double Objective::Loss(std::span<const double> sums) const {
  if (sums[1] <= 0) return 0;
  const double mean = sums[0] / sums[1];
  return loss_ == BoostLoss::kSquared ? std::sqrt(mean) : mean;
}

}  // namespace tusk::ml
