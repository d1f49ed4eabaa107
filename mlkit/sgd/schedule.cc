// Learning rates. The cosine is a polynomial of ours: the C library's last bits are the machine's.
#include "mlkit/sgd/schedule.h"

#include <cmath>

namespace tusk::ml {
namespace {

// cos(pi * x) for 0 <= x <= 1, by Taylor around the middle.
double CosineOfPi(double x) {
  const double y = (0.5 - x) * 3.14159265358979323846;  // sin(y) = cos(pi x), |y| <= pi / 2
  const double z = y * y;
  double sum = 0;
  for (int k = 21; k >= 3; k -= 2) sum = (sum + 1.0) * -z / (k * (k - 1));
  return y * (1.0 + sum);
}

}  // namespace

const std::vector<std::string>& ScheduleKinds() {
  static const std::vector<std::string> kinds = {"constant", "inverse", "step", "cosine"};
  return kinds;
}

double Schedule::RateAt(double epochs, double total) const {
  if (epochs < warmup) return rate * (epochs + 1e-3) / (warmup + 1e-3);
  const double since = epochs - warmup;
  if (kind == "inverse") return rate / (1 + decay * since);
  if (kind == "step") {
    double value = rate;
    for (double left = std::floor(since / every); left >= 1; --left) value *= factor;
    return value;
  }
  if (kind == "cosine") {
    const double length = total - warmup, x = length > 0 ? std::fmin(1.0, since / length) : 1.0;
    return rate * (floor + (1 - floor) * 0.5 * (1 + CosineOfPi(x)));
  }
  return rate;
}

}  // namespace tusk::ml
