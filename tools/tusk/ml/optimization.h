// MakeOptimization: an optimizer over what -f names, from settings as they travel to containers.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mlkit/genetic/evolution.h"

namespace tusk::tools {

// The setting that holds what -f named.
inline constexpr char kFitnessParameter[] = "fitness";

// `settings` hold kFitnessParameter and the optimizer's. `fitness_here`: see OpenFitness.
Result<std::unique_ptr<ml::Evolution>> MakeOptimization(const std::string& optimizer,
                                                        const std::map<std::string, std::string>& settings, uint64_t seed,
                                                        std::vector<std::string> fitness_here = {});

}  // namespace tusk::tools
