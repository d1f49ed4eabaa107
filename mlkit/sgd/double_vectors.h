// Products of long vectors in double with one order of additions: four lanes, no fused operations.
#pragma once

#include <vector>

namespace tusk::ml {

inline double DotOf(const std::vector<double>& a, const std::vector<double>& b) {
  double lanes[4] = {0, 0, 0, 0};
  size_t i = 0;
  for (; i + 4 <= a.size(); i += 4) {
    for (size_t lane = 0; lane < 4; ++lane) lanes[lane] += a[i + lane] * b[i + lane];
  }
  for (; i < a.size(); ++i) lanes[0] += a[i] * b[i];
  return (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
}

}  // namespace tusk::ml
