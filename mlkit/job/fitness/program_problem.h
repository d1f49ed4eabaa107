// ProgramProblem: a program evaluates: it reads a point a line (numbers with blanks between) and prints a line with its value
// (or values) for each, flushed. Started once for each thread that evaluates, and kept.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mlkit/job/fitness/outside_problem.h"

namespace tusk::ml {

// A line that a program has printed, into exactly as many numbers as it should hold.
Status ParseFitnessLine(std::string_view line, std::span<double> values);

class ProgramProblem final : public OutsideProblem {
 public:
  // argv starts it; argv[0] is a path. environment: "NAME=value". Where a program says nothing for `answer_seconds`, it is an error.
  ProgramProblem(std::string name, std::vector<std::string> argv, std::vector<std::string> environment, ProblemShape shape,
                 double answer_seconds = 3600);
  ~ProgramProblem() override;
  Status Evaluate(std::span<const double> x, size_t count, std::span<double> f) const override;

 private:
  class Child;
  Result<std::unique_ptr<Child>> TakeChild() const;
  Status Ask(Child& child, std::span<const double> x, size_t count, std::span<double> f) const;

  std::vector<std::string> argv_, environment_;
  double answer_seconds_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Child>> idle_;
};

}  // namespace tusk::ml
