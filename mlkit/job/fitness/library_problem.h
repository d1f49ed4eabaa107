// LibraryProblem: tusk_fitness of a shared library evaluates (tusk_fitness.h).
#pragma once

#include <memory>
#include <string>

#include "mlkit/job/fitness/outside_problem.h"

namespace tusk::ml {

class LibraryProblem final : public OutsideProblem {
 public:
  static Result<std::unique_ptr<LibraryProblem>> Open(std::string name, const std::string& path, ProblemShape shape);
  ~LibraryProblem() override;
  Status Evaluate(std::span<const double> x, size_t count, std::span<double> f) const override;

 private:
  using Function = int (*)(const double*, size_t, size_t, double*, size_t);
  LibraryProblem(std::string name, ProblemShape shape, void* handle, Function function);

  void* handle_;
  Function function_;
};

}  // namespace tusk::ml
