// Optimizer: a population method by ask and tell. It never evaluates by itself, so the same code serves a function of C++, a
// process, or a cluster. Random numbers are a function of (seed, generation), so nothing but the population is state.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "mlkit/api/bundle.h"
#include "mlkit/genetic/problem.h"

namespace tusk::ml {

// One point and its value(s).
struct Solution {
  std::vector<double> x;
  std::vector<double> f;
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  // The next candidates, [count][dimensions] into `x`; count is returned, and is > 0. Asking again before Tell gives the same.
  virtual size_t Ask(std::vector<double>& x) = 0;
  // Their values, [count][objectives], in the order of the last Ask.
  virtual void Tell(std::span<const double> x, std::span<const double> f) = 0;
  // Nothing better can be expected (a CMA-ES whose distribution has collapsed).
  virtual bool converged() const { return false; }
  // The best so far (single objective), or the whole first front.
  virtual std::vector<Solution> Best() const = 0;

  // Islands: the `count` best members leave as copies; those that arrive replace the worst ones.
  virtual std::vector<Solution> Emigrants(size_t count) const = 0;
  virtual void Immigrate(const std::vector<Solution>& arrivals) = 0;

  virtual Bundle Save() const = 0;
  virtual Status Load(const Bundle& bundle) = 0;
};

}  // namespace tusk::ml
