// The mutations. Genes that change are found by geometric skips: most draws of random numbers are saved.
#include "mlkit/genetic/mutation.h"

#include <algorithm>
#include <cmath>

namespace tusk::ml {
namespace {

// body(gene) for every gene with `probability`.
template <typename Body>
void ForChosen(size_t size, double probability, Random& random, Body body) {
  if (probability >= 1) {
    for (size_t i = 0; i < size; ++i) body(i);
    return;
  }
  const double scale = 1 / std::log1p(-probability);
  double at = std::floor(std::log(1 - random.Uniform()) * scale);
  while (at < static_cast<double>(size)) {
    body(static_cast<size_t>(at));
    at += 1 + std::floor(std::log(1 - random.Uniform()) * scale);
  }
}

double Polynomial(double x, double low, double high, double eta, Random& random) {
  const double range = high - low, u = random.Uniform();
  if (!(range > 0)) return x;
  if (u < 0.5) {
    const double distance = (x - low) / range;
    const double value = 2 * u + (1 - 2 * u) * std::pow(1 - distance, eta + 1);
    return std::clamp(x + range * (std::pow(value, 1 / (eta + 1)) - 1), low, high);
  }
  const double distance = (high - x) / range;
  const double value = 2 * (1 - u) + 2 * (u - 0.5) * std::pow(1 - distance, eta + 1);
  return std::clamp(x + range * (1 - std::pow(value, 1 / (eta + 1))), low, high);
}

void MutatePermutation(std::span<double> x, Mutation kind, Random& random) {
  size_t a = random.Below(x.size()), b = random.Below(x.size());
  if (kind == Mutation::kSwap) return std::swap(x[a], x[b]);
  if (kind == Mutation::kInsert) {
    const auto from = x.begin() + static_cast<ptrdiff_t>(a), to = x.begin() + static_cast<ptrdiff_t>(b);
    if (a < b) std::rotate(from, from + 1, to + 1);
    if (b < a) std::rotate(to, from, from + 1);
    return;
  }
  if (a > b) std::swap(a, b);
  if (kind == Mutation::kInversion) {
    std::reverse(x.begin() + static_cast<ptrdiff_t>(a), x.begin() + static_cast<ptrdiff_t>(b) + 1);
    return;
  }
  for (size_t i = b; i > a; --i) std::swap(x[i], x[a + random.Below(i - a + 1)]);
}

}  // namespace

bool Suits(Mutation kind, Encoding encoding) {
  switch (kind) {
    case Mutation::kPolynomial:
    case Mutation::kGaussian:
    case Mutation::kUniform: return encoding == Encoding::kReal;
    case Mutation::kFlip: return encoding == Encoding::kBinary;
    default: return encoding == Encoding::kPermutation;
  }
}

void Mutate(std::span<double> x, const Problem& problem, const MutationSettings& settings, Random& random) {
  if (problem.encoding() == Encoding::kPermutation) {
    if (random.Chance(settings.probability > 0 ? settings.probability : 0.2)) MutatePermutation(x, settings.kind, random);
    return;
  }
  const double probability = settings.probability > 0 ? settings.probability : 1.0 / static_cast<double>(x.size());
  ForChosen(x.size(), probability, random, [&](size_t i) {
    switch (settings.kind) {
      case Mutation::kFlip: x[i] = 1 - x[i]; return;
      case Mutation::kUniform: x[i] = random.Uniform(problem.low(i), problem.high(i)); return;
      case Mutation::kGaussian:
        x[i] = std::clamp(x[i] + settings.sigma * (problem.high(i) - problem.low(i)) * random.Normal(), problem.low(i),
                          problem.high(i));
        return;
      default: x[i] = Polynomial(x[i], problem.low(i), problem.high(i), settings.eta, random);
    }
  });
}

void Repair(std::span<double> x, const Problem& problem) {
  for (size_t i = 0; i < x.size(); ++i) x[i] = std::clamp(x[i], problem.low(i), problem.high(i));
}

}  // namespace tusk::ml
