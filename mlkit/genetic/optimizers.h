// The table of optimizers: name and settings to an Optimizer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "mlkit/api/parameters.h"
#include "mlkit/genetic/optimizer.h"
#include "mlkit/genetic/problem.h"

namespace tusk::ml {

struct OptimizerEntry {
  std::string name;
  std::string summary;
};
const std::vector<OptimizerEntry>& Optimizers();

// `name`: ga, de, cma-es, pso, nsga2. Settings that do not suit the problem are errors. `problem` outlives the optimizer.
Result<std::unique_ptr<Optimizer>> MakeOptimizer(const std::string& name, Parameters& parameters, const Problem& problem,
                                                 uint64_t seed);

}  // namespace tusk::ml
