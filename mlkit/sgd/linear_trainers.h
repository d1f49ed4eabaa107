// The linear models' trainers by settings: Newton, L-BFGS or mini-batches.
#pragma once

#include <memory>

#include "mlkit/api/algorithm.h"
#include "mlkit/api/parameters.h"
#include "mlkit/sgd/linear_settings.h"

namespace tusk::ml {

std::unique_ptr<Algorithm> MakeLinearTrainer(LinearSettings settings);

// For the catalog.
Result<std::unique_ptr<Algorithm>> MakeLinear(Parameters& parameters, const Schema& schema);
Result<std::unique_ptr<Algorithm>> MakeLogistic(Parameters& parameters, const Schema& schema);
Result<std::unique_ptr<Algorithm>> MakeSoftmax(Parameters& parameters, const Schema& schema);
Result<std::unique_ptr<Algorithm>> MakeSvm(Parameters& parameters, const Schema& schema);

}  // namespace tusk::ml
