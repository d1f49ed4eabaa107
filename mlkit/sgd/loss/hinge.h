// max(0, 1 - target * score): the support vector machine's, without a second derivative.
#pragma once

namespace tusk::ml {

struct HingeLoss {
  static constexpr bool kClassifies = true;
  double Value(double score, double target) const { return target * score < 1 ? 1 - target * score : 0.0; }
  double Slope(double score, double target) const { return target * score < 1 ? -target : 0.0; }
};

}  // namespace tusk::ml
