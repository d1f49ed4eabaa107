// Half the squared error.
#pragma once

namespace tusk::ml {

struct SquaredLoss {
  static constexpr bool kClassifies = false;
  double Value(double score, double target) const { return 0.5 * (score - target) * (score - target); }
  double Slope(double score, double target) const { return score - target; }
  double Curvature(double, double) const { return 1; }
};

}  // namespace tusk::ml
