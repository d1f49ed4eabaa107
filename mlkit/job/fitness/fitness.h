// Fitness: what -f names: a test function, a shared library (a path that ends in .so) or a program (a path with a slash).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "mlkit/api/parameters.h"
#include "mlkit/genetic/problem.h"

namespace tusk::ml {

// Takes the problem's settings (dimensions, …) from `parameters`. `environment` is the program's.
Result<std::shared_ptr<const Problem>> OpenFitness(const std::string& name, Parameters& parameters,
                                                   std::vector<std::string> environment);

}  // namespace tusk::ml
