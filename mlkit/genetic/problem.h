// Problem: what an optimizer minimizes. An own one is a class with Evaluate; it runs distributed without further code.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/core/result.h"

namespace tusk::ml {

// kReal: coordinates between low and high. kBinary: 0 or 1. kPermutation: the numbers 0..dimensions-1 in some order.
enum class Encoding { kReal, kBinary, kPermutation };

class Problem {
 public:
  virtual ~Problem() = default;
  virtual std::string name() const = 0;
  virtual Encoding encoding() const { return Encoding::kReal; }
  virtual size_t dimensions() const = 0;
  virtual size_t objectives() const { return 1; }
  // Bounds of every coordinate (kReal only).
  virtual double low(size_t dimension) const = 0;
  virtual double high(size_t dimension) const = 0;
  // x: [count][dimensions], f: [count][objectives]; smaller is better; NaN counts as +infinity. Thread-safe and a pure
  // function of x. An error ends the optimization.
  virtual Status Evaluate(std::span<const double> x, size_t count, std::span<double> f) const = 0;
};

// A problem's encoding and bounds, read once.
struct Bounds {
  Encoding encoding = Encoding::kReal;
  std::vector<double> low, high;  // [dimensions]
  size_t dimensions() const { return low.size(); }
};
inline Bounds BoundsOf(const Problem& problem) {
  Bounds bounds{problem.encoding(), {}, {}};
  for (size_t d = 0; d < problem.dimensions(); ++d) {
    bounds.low.push_back(problem.low(d));
    bounds.high.push_back(problem.high(d));
  }
  return bounds;
}

}  // namespace tusk::ml
