// The fitness function and the optimizer by their names.
#include "tools/tusk/ml/optimization.h"

#include "base/cli/cli_context.h"
#include "mlkit/job/fitness/fitness.h"

namespace tusk::tools {
namespace {

// What a fitness program finds in its environment.
std::vector<std::string> ProgramEnvironment() {
  std::vector<std::string> environment;
  for (const char* name : {"PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "PYTHONPATH", "TMPDIR", "USER"}) {
    if (const auto value = EnvironmentVariable(name)) environment.push_back(std::string(name) + "=" + *value);
  }
  return environment;
}

}  // namespace

Result<std::unique_ptr<ml::Evolution>> MakeOptimization(const std::string& optimizer,
                                                        const std::map<std::string, std::string>& settings, uint64_t seed,
                                                        std::vector<std::string> fitness_here) {
  ml::Parameters parameters(settings);
  const std::string fitness = parameters.GetText(kFitnessParameter, "");
  ASSIGN_OR_RETURN(auto problem, ml::OpenFitness(fitness, parameters, ProgramEnvironment(), std::move(fitness_here)));
  return ml::Evolution::Make(optimizer, std::move(parameters), std::move(problem), seed);
}

}  // namespace tusk::tools
