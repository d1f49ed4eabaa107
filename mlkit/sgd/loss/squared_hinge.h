// max(0, 1 - target * score) squared; its generalized second derivative is 2 inside the margin.
#pragma once

namespace tusk::ml {

struct SquaredHingeLoss {
  static constexpr bool kClassifies = true;
  double Value(double score, double target) const { return Gap(score, target) * Gap(score, target); }
  double Slope(double score, double target) const { return -2 * target * Gap(score, target); }
  double Curvature(double score, double target) const { return target * score < 1 ? 2.0 : 0.0; }

 private:
  static double Gap(double score, double target) { return target * score < 1 ? 1 - target * score : 0.0; }
};

}  // namespace tusk::ml
