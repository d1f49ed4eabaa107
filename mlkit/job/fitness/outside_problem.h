// OutsideProblem: what is said in settings about a problem whose values come from a program or a library: dimensions, low, high,
// objectives, encoding.
#pragma once

#include <string>
#include <vector>

#include "mlkit/api/parameters.h"
#include "mlkit/genetic/problem.h"

namespace tusk::ml {

struct ProblemShape {
  Encoding encoding = Encoding::kReal;
  size_t dimensions = 0;
  size_t objectives = 1;
  std::vector<double> low, high;   // one for all coordinates, or one each

  // "dimensions" is required; "low" and "high" are numbers or lists of `dimensions` numbers (default -1 and 1).
  static Result<ProblemShape> FromParameters(Parameters& parameters);
};

class OutsideProblem : public Problem {
 public:
  OutsideProblem(std::string name, ProblemShape shape) : name_(std::move(name)), shape_(std::move(shape)) {}
  std::string name() const override { return name_; }
  Encoding encoding() const override { return shape_.encoding; }
  size_t dimensions() const override { return shape_.dimensions; }
  size_t objectives() const override { return shape_.objectives; }
  double low(size_t d) const override { return shape_.low[shape_.low.size() == 1 ? 0 : d]; }
  double high(size_t d) const override { return shape_.high[shape_.high.size() == 1 ? 0 : d]; }

 private:
  std::string name_;
  ProblemShape shape_;
};

}  // namespace tusk::ml
