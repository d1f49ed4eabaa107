// Test functions. Sums have eight lanes in a fixed order, so every machine gives the same bits.
#include "mlkit/genetic/functions.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "mlkit/api/random.h"
#include "mlkit/genetic/vector_math.h"

namespace tusk::ml {
namespace {

constexpr double kPi = std::numbers::pi;

// sin(pi x) but for its sign, to 1e-15: Taylor's polynomial on a half turn; no call, so loops over it become vector code.
TUSK_INLINE double SinHalfTurns(double x) {
  // Adding and taking away 1.5 * 2^52 rounds to an integer.
  constexpr double kRound = 6755399441055744.0;
  const double y = kPi * (x - ((x + kRound) - kRound)), z = y * y;  // [-pi/2, pi/2]
  double p = -1.0 / 1.21645100408832e17;                            // 1 / 19!
  p = Fma(p, z, 1.0 / 3.55687428096e14);
  p = Fma(p, z, -1.0 / 1.307674368e12);
  p = Fma(p, z, 1.0 / 6227020800.0);
  p = Fma(p, z, -1.0 / 39916800.0);
  p = Fma(p, z, 1.0 / 362880.0);
  p = Fma(p, z, -1.0 / 5040.0);
  p = Fma(p, z, 1.0 / 120.0);
  p = Fma(p, z, -1.0 / 6.0);
  return Fma(p * z, y, y);
}
// 1 - cos(2 pi x), exact where that is small.
TUSK_INLINE double WaveAbove(double x) {
  const double s = SinHalfTurns(x);
  return 2 * (s * s);
}
TUSK_INLINE double CosTurns(double x) { return 1 - WaveAbove(x); }

// Sum of term(i) for i < n: lane i mod 8, folded 4+4, 2+2, 1+1.
template <typename Term>
TUSK_INLINE double LaneSum(size_t n, Term term) {
  double lanes[8] = {0, 0, 0, 0, 0, 0, 0, 0};
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    for (size_t lane = 0; lane < 8; ++lane) lanes[lane] += term(i + lane);
  }
  for (size_t lane = 0; i < n; ++i, ++lane) lanes[lane] += term(i);
  for (size_t half = 4; half > 0; half /= 2) {
    for (size_t lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
  }
  return lanes[0];
}

// The same for terms of one coordinate each. The rest below eight are the upper lanes of the last eight coordinates.
template <typename Term>
TUSK_INLINE double CoordinateSum(const double* x, size_t n, Term term) {
  if (n < 8) return LaneSum(n, [&](size_t i) { return term(x[i]); });
  double lanes[8] = {0, 0, 0, 0, 0, 0, 0, 0};
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    for (size_t lane = 0; lane < 8; ++lane) lanes[lane] += term(x[i + lane]);
  }
  if (const size_t rest = n - i; rest > 0) {
    for (size_t lane = 0; lane < 8; ++lane) {
      const double value = term(x[n - 8 + lane]);
      lanes[lane] += lane + rest >= 8 ? value : 0.0;
    }
  }
  for (size_t half = 4; half > 0; half /= 2) {
    for (size_t lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
  }
  return lanes[0];
}

using RealFunction = double (*)(const double* x, size_t n);

TUSK_VECTOR_CLONES double Sphere(const double* x, size_t n) {
  return CoordinateSum(x, n, [](double v) { return v * v; });
}
TUSK_VECTOR_CLONES double Rosenbrock(const double* x, size_t n) {
  return LaneSum(n - 1, [&](size_t i) {
    const double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
    return 100 * a * a + b * b;
  });
}
TUSK_VECTOR_CLONES double Rastrigin(const double* x, size_t n) {
  return CoordinateSum(x, n, [](double v) { return Fma(10.0, WaveAbove(v), v * v); });
}
TUSK_VECTOR_CLONES double Ackley(const double* x, size_t n) {
  const auto count = static_cast<double>(n);
  const double squares = CoordinateSum(x, n, [](double v) { return v * v; });
  const double waves = CoordinateSum(x, n, [](double v) { return CosTurns(v); });
  return -20 * std::exp(-0.2 * std::sqrt(squares / count)) - std::exp(waves / count) + 20 + std::numbers::e;
}
double Griewank(const double* x, size_t n) {
  double product = 1;
  for (size_t i = 0; i < n; ++i) product *= CosTurns(x[i] / (2 * kPi * std::sqrt(static_cast<double>(i + 1))));
  return LaneSum(n, [&](size_t i) { return x[i] * x[i] / 4000; }) - product + 1;
}
double Schwefel(const double* x, size_t n) {
  return 418.9828872724338 * static_cast<double>(n) -
         LaneSum(n, [&](size_t i) { return x[i] * std::sin(std::sqrt(std::fabs(x[i]))); });
}
double Levy(const double* x, size_t n) {
  auto w = [&](size_t i) { return 1 + (x[i] - 1) / 4; };
  const double first = std::sin(kPi * w(0)), last = w(n - 1) - 1, wave = std::sin(2 * kPi * w(n - 1));
  return first * first + last * last * (1 + wave * wave) + LaneSum(n - 1, [&](size_t i) {
           const double d = w(i) - 1, s = std::sin(kPi * w(i) + 1);
           return d * d * (1 + 10 * s * s);
         });
}
double Zakharov(const double* x, size_t n) {
  const double weighted = LaneSum(n, [&](size_t i) { return 0.5 * static_cast<double>(i + 1) * x[i]; });
  const double square = weighted * weighted;
  return Sphere(x, n) + square + square * square;
}
double StyblinskiTang(const double* x, size_t n) {
  return 39.16616570377142 * static_cast<double>(n) + LaneSum(n, [&](size_t i) {
           const double square = x[i] * x[i];
           return 0.5 * (square * square - 16 * square + 5 * x[i]);
         });
}
double Ellipsoid(const double* x, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i) {
    sum += std::pow(1e6, n > 1 ? static_cast<double>(i) / static_cast<double>(n - 1) : 0) * x[i] * x[i];
  }
  return sum;
}

// Zitzler, Deb & Thiele 2000; f2 = g * h(f1 / g).
template <typename G>
void Zdt(double f1, double g, G shape, double* f) {
  f[0] = f1;
  f[1] = g * shape(f1 / g);
}
double MeanOfRest(const double* x, size_t n) {
  return LaneSum(n - 1, [&](size_t i) { return x[i + 1]; }) / static_cast<double>(n - 1);
}
void Zdt1(const double* x, size_t n, double* f) {
  Zdt(x[0], 1 + 9 * MeanOfRest(x, n), [](double r) { return 1 - std::sqrt(r); }, f);
}
void Zdt2(const double* x, size_t n, double* f) {
  Zdt(x[0], 1 + 9 * MeanOfRest(x, n), [](double r) { return 1 - r * r; }, f);
}
void Zdt3(const double* x, size_t n, double* f) {
  Zdt(x[0], 1 + 9 * MeanOfRest(x, n), [&](double r) { return 1 - std::sqrt(r) - r * std::sin(10 * kPi * x[0]); }, f);
}
void Zdt4(const double* x, size_t n, double* f) {
  const double g = 1 + 10 * static_cast<double>(n - 1) +
                   LaneSum(n - 1, [&](size_t i) { return x[i + 1] * x[i + 1] - 10 * CosTurns(2 * x[i + 1]); });
  Zdt(x[0], g, [](double r) { return 1 - std::sqrt(r); }, f);
}
void Zdt6(const double* x, size_t n, double* f) {
  const double f1 = 1 - std::exp(-4 * x[0]) * std::pow(std::sin(6 * kPi * x[0]), 6);
  Zdt(f1, 1 + 9 * std::pow(MeanOfRest(x, n), 0.25), [](double r) { return 1 - r * r; }, f);
}
// Deb et al. 2002, three objectives.
void Dtlz2(const double* x, size_t n, double* f) {
  const double g = LaneSum(n - 2, [&](size_t i) { return (x[i + 2] - 0.5) * (x[i + 2] - 0.5); });
  const double a = x[0] * kPi / 2, b = x[1] * kPi / 2;
  f[0] = (1 + g) * std::cos(a) * std::cos(b);
  f[1] = (1 + g) * std::cos(a) * std::sin(b);
  f[2] = (1 + g) * std::sin(a);
}

// Anything that is a function of one point.
class PointProblem : public Problem {
 public:
  PointProblem(std::string name, size_t dimensions) : name_(std::move(name)), dimensions_(dimensions) {}
  std::string name() const override { return name_; }
  size_t dimensions() const override { return dimensions_; }
  double low(size_t) const override { return 0; }
  double high(size_t) const override { return 1; }
  Status Evaluate(std::span<const double> x, size_t count, std::span<double> f) const override {
    for (size_t i = 0; i < count; ++i) EvaluateOne(x.data() + i * dimensions_, f.data() + i * objectives());
    return Status::Ok();
  }

 protected:
  virtual void EvaluateOne(const double* x, double* f) const = 0;

 private:
  std::string name_;
  size_t dimensions_;
};

class RealProblem final : public PointProblem {
 public:
  RealProblem(std::string name, size_t dimensions, RealFunction function, double low, double high)
      : PointProblem(std::move(name), dimensions), function_(function), low_(low), high_(high) {}
  double low(size_t) const override { return low_; }
  double high(size_t) const override { return high_; }

 protected:
  void EvaluateOne(const double* x, double* f) const override { *f = function_(x, dimensions()); }

 private:
  RealFunction function_;
  double low_, high_;
};

class ManyObjectives final : public PointProblem {
 public:
  using Function = void (*)(const double*, size_t, double*);
  ManyObjectives(std::string name, size_t dimensions, size_t objectives, Function function, double rest)
      : PointProblem(std::move(name), dimensions), objectives_(objectives), function_(function), rest_(rest) {}
  size_t objectives() const override { return objectives_; }
  // ZDT4's coordinates but the first lie in [-rest, rest]; elsewhere all in [0, 1].
  double low(size_t d) const override { return d == 0 || rest_ == 0 ? 0 : -rest_; }
  double high(size_t d) const override { return d == 0 || rest_ == 0 ? 1 : rest_; }

 protected:
  void EvaluateOne(const double* x, double* f) const override { function_(x, dimensions(), f); }

 private:
  size_t objectives_;
  Function function_;
  double rest_;
};

// Ones are good (onemax: f = number of zeros), or five at a time deceive (trap5, Deb & Goldberg 1992; f = 0 at all ones).
class BitProblem final : public PointProblem {
 public:
  BitProblem(std::string name, size_t dimensions, bool trap) : PointProblem(std::move(name), dimensions), trap_(trap) {}
  Encoding encoding() const override { return Encoding::kBinary; }

 protected:
  void EvaluateOne(const double* x, double* f) const override {
    *f = 0;
    for (size_t begin = 0; begin < dimensions(); begin += 5) {
      const size_t end = std::min(begin + 5, dimensions());
      double ones = 0;
      for (size_t i = begin; i < end; ++i) ones += x[i];
      const auto all = static_cast<double>(end - begin);
      *f += !trap_ ? all - ones : ones == all ? 0 : 1 + ones;
    }
  }

 private:
  bool trap_;
};

// A round trip; cities on a circle (the optimum is known) or random in the unit square.
class Tour final : public PointProblem {
 public:
  Tour(std::string name, size_t cities, bool circle) : PointProblem(std::move(name), cities) {
    Random random(42, cities);
    for (size_t i = 0; i < cities; ++i) {
      const double angle = 2 * kPi * static_cast<double>(i * 7919 % cities) / static_cast<double>(cities);
      const double x = random.Uniform(), y = random.Uniform();
      places_.push_back(circle ? std::array{std::cos(angle), std::sin(angle)} : std::array{x, y});
    }
  }
  Encoding encoding() const override { return Encoding::kPermutation; }

 protected:
  void EvaluateOne(const double* x, double* f) const override {
    *f = 0;
    for (size_t i = 0; i < dimensions(); ++i) {
      const auto& a = places_[static_cast<size_t>(x[i])];
      const auto& b = places_[static_cast<size_t>(x[(i + 1) % dimensions()])];
      *f += std::hypot(a[0] - b[0], a[1] - b[1]);
    }
  }

 private:
  std::vector<std::array<double, 2>> places_;
};

struct RealEntry {
  const char* name;
  RealFunction function;
  double low, high;
};
constexpr RealEntry kReal[] = {
    {"sphere", Sphere, -5.12, 5.12},        {"rosenbrock", Rosenbrock, -5, 10},
    {"rastrigin", Rastrigin, -5.12, 5.12},  {"ackley", Ackley, -32.768, 32.768},
    {"griewank", Griewank, -600, 600},      {"schwefel", Schwefel, -500, 500},
    {"levy", Levy, -10, 10},                {"zakharov", Zakharov, -5, 10},
    {"styblinski_tang", StyblinskiTang, -5, 5}, {"ellipsoid", Ellipsoid, -5, 5},
};
struct ManyEntry {
  const char* name;
  ManyObjectives::Function function;
  size_t objectives;
  double rest;
};
constexpr ManyEntry kMany[] = {{"zdt1", Zdt1, 2, 0}, {"zdt2", Zdt2, 2, 0}, {"zdt3", Zdt3, 2, 0},
                               {"zdt4", Zdt4, 2, 5}, {"zdt6", Zdt6, 2, 0}, {"dtlz2", Dtlz2, 3, 0}};
constexpr size_t kDimensionsMax = 1 << 20;

}  // namespace

const std::vector<FunctionEntry>& Functions() {
  static const std::vector<FunctionEntry> entries = {
      {"sphere", "sum of squares", 30, 0.0},
      {"rosenbrock", "a curved valley", 10, 0.0},
      {"rastrigin", "a regular grid of local minima", 30, 0.0},
      {"ackley", "a funnel in waves", 30, 0.0},
      {"griewank", "many shallow minima", 30, 0.0},
      {"schwefel", "the best minimum is far from the second best", 10, 0.0},
      {"levy", "waves on a slope", 30, 0.0},
      {"zakharov", "one minimum, coupled coordinates", 10, 0.0},
      {"styblinski_tang", "2^n minima", 10, 0.0},
      {"ellipsoid", "scales from 1 to a million", 30, 0.0},
      {"zdt1", "two objectives, convex front", 30, std::nullopt},
      {"zdt2", "two objectives, concave front", 30, std::nullopt},
      {"zdt3", "two objectives, front in pieces", 30, std::nullopt},
      {"zdt4", "two objectives, many local fronts", 10, std::nullopt},
      {"zdt6", "two objectives, uneven front", 10, std::nullopt},
      {"dtlz2", "three objectives, a sphere", 12, std::nullopt},
      {"onemax", "bits: all ones", 100, 0.0},
      {"trap5", "bits: blocks of five that deceive", 50, 0.0},
      {"tsp_circle", "round trip of cities on a circle", 50, std::nullopt},
      {"tsp_random", "round trip of random cities", 100, std::nullopt},
  };
  return entries;
}

Result<std::unique_ptr<Problem>> MakeFunction(const std::string& name, size_t dimensions) {
  std::string known;
  for (const FunctionEntry& entry : Functions()) {
    known += " " + entry.name;
    if (entry.name != name) continue;
    if (dimensions == 0) dimensions = entry.dimensions;
    if (dimensions < 3 || dimensions > kDimensionsMax) {
      return Status(Code::kInvalidArgument, "dimensions=" + std::to_string(dimensions) + ": from 3 to " +
                                                std::to_string(kDimensionsMax) + " are possible");
    }
    for (const RealEntry& real : kReal) {
      if (name == real.name) return std::make_unique<RealProblem>(name, dimensions, real.function, real.low, real.high);
    }
    for (const ManyEntry& many : kMany) {
      if (name == many.name) {
        return std::make_unique<ManyObjectives>(name, dimensions, many.objectives, many.function, many.rest);
      }
    }
    if (name == "onemax" || name == "trap5") return std::make_unique<BitProblem>(name, dimensions, name == "trap5");
    return std::make_unique<Tour>(name, dimensions, name == "tsp_circle");
  }
  return Status(Code::kInvalidArgument, "no function '" + name + "'; known are" + known);
}

}  // namespace tusk::ml
