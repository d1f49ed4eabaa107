// The linear models' trainers by settings: Newton, L-BFGS or mini-batches.
#pragma once

#include <memory>

#include "mlkit/api/algorithm.h"
#include "mlkit/sgd/linear_settings.h"

namespace tusk::ml {

std::unique_ptr<Algorithm> MakeLinearTrainer(LinearSettings settings);

}  // namespace tusk::ml
