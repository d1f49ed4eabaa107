// max(0, 1 - target * score): the support vector machine's. Its kink has no second derivative; SmoothHinge, a parabola near the
// kink, has one, and tends to it with its width.
#pragma once

namespace tusk::ml {

struct SmoothHinge {
  static constexpr bool kClassifies = true;
  double width = 1;

  double Value(double score, double target) const {
    const double short_by = 1 - target * score, inside = short_by + width / 2;
    return inside <= 0 ? 0.0 : (inside >= width ? short_by : inside * inside / (2 * width));
  }
  double Slope(double score, double target) const {
    const double share = (1 - target * score) / width + 0.5;
    return -target * (share < 0 ? 0.0 : (share > 1 ? 1.0 : share));
  }
  double Curvature(double score, double target) const {
    const double share = (1 - target * score) / width + 0.5;
    return share > 0 && share < 1 ? 1 / width : 0.0;
  }
};

struct HingeLoss {
  static constexpr bool kClassifies = true;
  double Value(double score, double target) const { return target * score < 1 ? 1 - target * score : 0.0; }
  double Slope(double score, double target) const { return target * score < 1 ? -target : 0.0; }
  SmoothHinge Smoothed(double width) const { return {width}; }
};

}  // namespace tusk::ml
