// Squared up to `delta`, linear beyond: regression that outliers do not pull.
#pragma once

#include <cmath>

namespace tusk::ml {

struct HuberLoss {
  static constexpr bool kClassifies = false;
  double delta = 1;
  double Value(double score, double target) const {
    const double error = std::abs(score - target);
    return error <= delta ? 0.5 * error * error : delta * (error - 0.5 * delta);
  }
  double Slope(double score, double target) const {
    const double error = score - target;
    return error > delta ? delta : error < -delta ? -delta : error;
  }
  double Curvature(double score, double target) const { return std::abs(score - target) <= delta ? 1.0 : 0.0; }
};

}  // namespace tusk::ml
