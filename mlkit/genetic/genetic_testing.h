// For tests of optimizers: a problem on the cube from -1 to 1.
#pragma once

#include <string>

#include "mlkit/genetic/problem.h"

namespace tusk::ml {

class CubeProblem : public Problem {
 public:
  CubeProblem(std::string name, size_t dimensions) : name_(std::move(name)), dimensions_(dimensions) {}
  std::string name() const final { return name_; }
  size_t dimensions() const final { return dimensions_; }
  double low(size_t) const final { return -1; }
  double high(size_t) const final { return 1; }

 private:
  const std::string name_;
  const size_t dimensions_;
};

}  // namespace tusk::ml
