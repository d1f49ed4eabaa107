// Mini-batches for linear models: any loss with any first-order optimizer or SVRG, dense or sparse. A batch takes rows of every
// lane (shard), in an order that only the seed determines; a superstep is one update (or one round of local steps).
#pragma once

#include <memory>

#include "mlkit/api/algorithm.h"
#include "mlkit/sgd/linear_settings.h"

namespace tusk::ml {

std::unique_ptr<Algorithm> MakeMinibatchTrainer(LinearSettings settings);

}  // namespace tusk::ml
