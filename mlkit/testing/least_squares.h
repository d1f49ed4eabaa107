// LeastSquares: the smallest whole algorithm, for tests and to be read: linear regression by full-batch gradient descent. Its
// start communicates (the mean label), and every step sums gradients over shards in the fixed tree.
#pragma once

#include <memory>
#include <vector>

#include "mlkit/api/algorithm.h"

namespace tusk::ml {

struct LeastSquaresSettings {
  uint64_t steps = 10;
  double learning_rate = 0.1;
};

std::unique_ptr<Algorithm> MakeLeastSquares(LeastSquaresSettings settings);

// y = 1 + sum of (c + 1) * x_c + noise; `shards` of unequal sizes, the second one empty.
std::shared_ptr<const Dataset> MakeLinearRows(size_t rows, size_t columns, size_t shards);

}  // namespace tusk::ml
