// The choice by the name.
#include "mlkit/job/fitness/fitness.h"

#include "mlkit/genetic/functions.h"
#include "mlkit/job/fitness/library_problem.h"
#include "mlkit/job/fitness/program_problem.h"

namespace tusk::ml {

bool IsOutsideFitness(const std::string& name) { return name.find('/') != std::string::npos; }

Result<std::shared_ptr<const Problem>> OpenFitness(const std::string& name, Parameters& parameters,
                                                   std::vector<std::string> environment, std::vector<std::string> here) {
  if (!IsOutsideFitness(name)) {
    const auto dimensions = static_cast<size_t>(parameters.GetInteger("dimensions", 0, 0, 1 << 20));
    ASSIGN_OR_RETURN(std::unique_ptr<Problem> problem, MakeFunction(name, dimensions));
    return std::shared_ptr<const Problem>(std::move(problem));
  }
  ASSIGN_OR_RETURN(ProblemShape shape, ProblemShape::FromParameters(parameters));
  if (here.empty()) here = {name};
  if (name.ends_with(".so")) {
    ASSIGN_OR_RETURN(std::unique_ptr<LibraryProblem> problem, LibraryProblem::Open(name, here[0], std::move(shape)));
    return std::shared_ptr<const Problem>(std::move(problem));
  }
  const double seconds = parameters.GetNumber("answer_seconds", 3600, 0.5, 1e9);
  return std::shared_ptr<const Problem>(
      std::make_shared<ProgramProblem>(name, std::move(here), std::move(environment), std::move(shape), seconds));
}

}  // namespace tusk::ml
