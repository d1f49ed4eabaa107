// Fitness: what -f names: a test function, a shared library (a path that ends in .so) or a program (a path with a slash).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "mlkit/api/parameters.h"
#include "mlkit/genetic/problem.h"

namespace tusk::ml {

// Whether it is a program or a library, and so a file that a job must take along.
bool IsOutsideFitness(const std::string& name);

// Takes the problem's settings (dimensions, …) from `parameters`. `environment` is the program's. `here` are the words that start
// the program, or the library's path, where they are not `name` itself.
Result<std::shared_ptr<const Problem>> OpenFitness(const std::string& name, Parameters& parameters,
                                                   std::vector<std::string> environment, std::vector<std::string> here = {});

}  // namespace tusk::ml
