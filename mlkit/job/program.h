// Main: the whole main of a user's own program that trains an algorithm of its own, here or on a cluster. The same executable
// is client, app master and worker; nothing further is to be written (example: examples/own_algorithm).
#pragma once

#include <functional>
#include <memory>

#include "mlkit/api/algorithm.h"
#include "mlkit/api/parameters.h"

namespace tusk::ml {

using MakeOwnAlgorithm = std::function<Result<std::unique_ptr<Algorithm>>(Parameters& parameters, const Schema& schema)>;

// PROGRAM -i PATH… -o MODEL [name=value…] [--seed N] [--threads N]
//   [--cluster --workers N --workers-min N --gpus N --memory MB --master-memory MB --vcores N --wait SECONDS --queue Q -D key=value
//    --checkpoint-dir DIR --checkpoint-every STEPS --resume]
// name=value are settings of the algorithm. Exit code 0, 1 for a failure, 2 for bad words.
int Main(int argc, char** argv, MakeOwnAlgorithm make);

}  // namespace tusk::ml
