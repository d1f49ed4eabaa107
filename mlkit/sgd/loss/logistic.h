// log(1 + exp(-target * score)).
#pragma once

#include "mlkit/sgd/loss/double_math.h"
#include "mlkit/sgd/loss/loss.h"

namespace tusk::ml {

struct LogisticLoss {
  static constexpr bool kClassifies = true;
  static constexpr Link kLink = Link::kSigmoid;
  double Value(double score, double target) const { return Softplus(-target * score); }
  double Slope(double score, double target) const { return -target * SigmoidOf(-target * score); }
  double Curvature(double score, double) const {
    const double p = SigmoidOf(score);
    return p * (1 - p);
  }
};

}  // namespace tusk::ml
