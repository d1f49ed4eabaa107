// L-BFGS over shards for any convex loss, also of several outputs at once (softmax); with l1 the orthant-wise variant (OWL-QN,
// Andrew and Gao, ICML'07). A superstep is one iteration with its line search.
#pragma once

#include <memory>

#include "mlkit/api/algorithm.h"
#include "mlkit/sgd/linear_settings.h"

namespace tusk::ml {

std::unique_ptr<Algorithm> MakeLbfgsTrainer(LinearSettings settings);

}  // namespace tusk::ml
