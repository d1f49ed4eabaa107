// The problems that optimizers are measured by, by name: sphere, rosenbrock, rastrigin, ackley, griewank, schwefel, levy,
// zakharov, styblinski_tang, ellipsoid; zdt1-4 and zdt6, dtlz2 (several objectives); onemax, trap5 (binary);
// tsp_circle, tsp_random (permutation).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "mlkit/genetic/problem.h"

namespace tusk::ml {

struct FunctionEntry {
  std::string name;
  std::string summary;
  size_t dimensions;              // where none are asked for
  std::optional<double> optimum;  // value of the best point, where known for every number of dimensions
};

const std::vector<FunctionEntry>& Functions();

// dimensions 0: the function's own default. The error lists the known names.
Result<std::unique_ptr<Problem>> MakeFunction(const std::string& name, size_t dimensions);

}  // namespace tusk::ml
