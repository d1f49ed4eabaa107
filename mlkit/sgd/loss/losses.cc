// The losses by name, and the softmax's arithmetic.
#include "mlkit/device/cpu/kernels.h"
#include "mlkit/sgd/loss/double_math.h"
#include "mlkit/sgd/loss/hinge.h"
#include "mlkit/sgd/loss/huber.h"
#include "mlkit/sgd/loss/logistic.h"
#include "mlkit/sgd/loss/softmax.h"
#include "mlkit/sgd/loss/squared.h"
#include "mlkit/sgd/loss/squared_hinge.h"

namespace tusk::ml {

double SoftmaxLoss::Slopes(size_t rows, size_t outputs, const float* labels, const float* weights, float* scores) const {
  constexpr size_t kChunk = 256;
  float chosen[kChunk], log_sums[kChunk];
  double sum = 0;
  for (size_t begin = 0; begin < rows; begin += kChunk) {
    const size_t count = rows - begin < kChunk ? rows - begin : kChunk;
    float* part = scores + begin * outputs;
    for (size_t r = 0; r < count; ++r) chosen[r] = part[r * outputs + static_cast<size_t>(labels[begin + r])];
    Cpu().softmax(part, count, outputs, log_sums);
    for (size_t r = 0; r < count; ++r) {
      float* row = part + r * outputs;
      row[static_cast<size_t>(labels[begin + r])] -= 1.0F;
      double value = static_cast<double>(log_sums[r]) - static_cast<double>(chosen[r]);
      if (weights != nullptr) {
        value *= static_cast<double>(weights[begin + r]);
        for (size_t k = 0; k < outputs; ++k) row[k] *= weights[begin + r];
      }
      sum += value;
    }
  }
  return sum;
}

double SoftmaxLoss::Row(size_t outputs, const double* scores, float label, double* slopes) const {
  double most = scores[0], sum = 0;
  for (size_t k = 1; k < outputs; ++k) most = scores[k] > most ? scores[k] : most;
  for (size_t k = 0; k < outputs; ++k) sum += ExpOfNegative(scores[k] - most);
  const auto chosen = static_cast<size_t>(label);
  if (slopes != nullptr) {
    for (size_t k = 0; k < outputs; ++k) slopes[k] = ExpOfNegative(scores[k] - most) / sum - (k == chosen ? 1.0 : 0.0);
  }
  // sum is in [1, outputs]: its logarithm by halving until log1p applies.
  double log_sum = 0;
  while (sum > 2.0) {
    sum *= 0.5;
    log_sum += 0.69314718055994530942;
  }
  return most + log_sum + Log1pOfUnit(sum - 1.0) - scores[chosen];
}

const std::vector<std::string>& LossNames() {
  static const std::vector<std::string> names = {"squared", "logistic", "hinge", "squared_hinge", "huber", "softmax"};
  return names;
}

std::unique_ptr<Loss> MakeLoss(const std::string& name, double delta) {
  if (name == "squared") return std::make_unique<MarginLossOf<SquaredLoss>>();
  if (name == "logistic") return std::make_unique<MarginLossOf<LogisticLoss>>();
  if (name == "hinge") return std::make_unique<MarginLossOf<HingeLoss>>();
  if (name == "squared_hinge") return std::make_unique<MarginLossOf<SquaredHingeLoss>>();
  if (name == "huber") return std::make_unique<MarginLossOf<HuberLoss>>(HuberLoss{delta});
  if (name == "softmax") return std::make_unique<SoftmaxLoss>();
  return nullptr;
}

}  // namespace tusk::ml
