// Newton's method for linear models with curved losses (logistic, squared hinge, squared, Huber): truncated conjugate gradients
// with a diagonal preconditioner and a line search; one output after the other. Large data starts on every 16th and every
// 4th row. Hinge is approached by smooth losses, each starting where the one before ended, to the exact optimum. A superstep is
// one Newton iteration; everything is summed in double over shards in the fixed tree.
#pragma once

#include <memory>

#include "mlkit/api/algorithm.h"
#include "mlkit/sgd/linear_settings.h"

namespace tusk::ml {

std::unique_ptr<Algorithm> MakeNewtonTrainer(LinearSettings settings);

}  // namespace tusk::ml
