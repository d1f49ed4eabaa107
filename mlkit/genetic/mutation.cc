// The mutations. Genes that change are found by geometric skips: most draws of random numbers are saved.
#include "mlkit/genetic/mutation.h"

#include <algorithm>
#include <cmath>

#include "mlkit/genetic/vector_math.h"

namespace tusk::ml {
namespace {

// To the next one of trials that succeed with a probability; scale is 1 / log(1 - probability).
TUSK_VECTOR_CLONES void GeometricSkips(const uint64_t* words, size_t n, double scale, double* skips) {
  for (size_t i = 0; i < n; ++i) skips[i] = 1 + __builtin_floor(FastLog(1 - UnitOf(words[i])) * scale);
}

// body(gene) for every gene with `probability`.
template <typename Body>
void ForChosen(size_t size, double probability, Random& random, Body body) {
  if (probability >= 1) {
    for (size_t i = 0; i < size; ++i) body(i);
    return;
  }
  if (probability < 0x1.0p-53) return;  // 1 - probability would be 1
  const double scale = 1 / FastLog(1 - probability), end = static_cast<double>(size);
  constexpr size_t kMost = 256;
  uint64_t words[kMost];
  double skips[kMost];
  const auto batch = static_cast<size_t>(std::min<double>(kMost, end * probability + 8));
  double at = -1;
  while (true) {
    RandomWords(random.Next64(), 0, {words, batch});
    GeometricSkips(words, batch, scale, skips);
    for (size_t i = 0; i < batch; ++i) {
      at += skips[i];
      if (!(at < end)) return;
      body(static_cast<size_t>(at));
    }
  }
}

// Genes that the polynomial changes, side by side, to be computed as vectors.
struct Chosen {
  static constexpr size_t kMost = 256;
  size_t count = 0;
  size_t gene[kMost];
  double x[kMost], low[kMost], high[kMost];
  uint64_t words[kMost];
};

// The farther bound counts for nothing, the nearer one limits the step.
TUSK_VECTOR_CLONES void PolynomialSteps(Chosen& chosen, double eta) {
  for (size_t i = 0; i < chosen.count; ++i) {
    const double x = chosen.x[i], low = chosen.low[i], high = chosen.high[i], u = UnitOf(chosen.words[i]);
    const double range = high > low ? high - low : 1.0;
    const bool down = u < 0.5;
    const double rest = 1 - (down ? x - low : high - x) / range, v = down ? 2 * u : 2 * (1 - u);
    const double reach = FastPow(rest < 1e-30 ? 1e-30 : rest > 1 ? 1.0 : rest, eta + 1);
    const double base = v + (1 - v) * reach;
    const double step = range * (1 - FastPow(base < 0x1.0p-52 ? 0x1.0p-52 : base, 1 / (eta + 1)));
    const double moved = down ? x - step : x + step, limited = moved > high ? high : moved;
    chosen.x[i] = limited < low ? low : limited;
  }
}

void MutatePolynomially(std::span<double> members, const Bounds& bounds, double probability, double eta, Random& random) {
  Chosen chosen;
  auto finish = [&] {
    RandomWords(random.Next64(), 0, {chosen.words, chosen.count});
    PolynomialSteps(chosen, eta);
    for (size_t i = 0; i < chosen.count; ++i) members[chosen.gene[i]] = chosen.x[i];
    chosen.count = 0;
  };
  const size_t n = bounds.dimensions();
  ForChosen(members.size(), probability, random, [&](size_t gene) {
    const size_t i = chosen.count++;
    chosen.gene[i] = gene;
    chosen.x[i] = members[gene];
    chosen.low[i] = bounds.low[gene % n];
    chosen.high[i] = bounds.high[gene % n];
    if (chosen.count == Chosen::kMost) finish();
  });
  finish();
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

void Mutate(std::span<double> members, const Bounds& bounds, const MutationSettings& settings, Random& random) {
  const size_t n = bounds.dimensions();
  if (bounds.encoding == Encoding::kPermutation) {
    for (size_t at = 0; at < members.size(); at += n) {
      if (random.Chance(settings.probability > 0 ? settings.probability : 0.2)) {
        MutatePermutation(members.subspan(at, n), settings.kind, random);
      }
    }
    return;
  }
  const double probability = settings.probability > 0 ? settings.probability : 1.0 / static_cast<double>(n);
  if (settings.kind == Mutation::kPolynomial) {
    return MutatePolynomially(members, bounds, probability, settings.eta, random);
  }
  ForChosen(members.size(), probability, random, [&](size_t i) {
    if (settings.kind == Mutation::kFlip) {
      members[i] = 1 - members[i];
      return;
    }
    const double low = bounds.low[i % n], high = bounds.high[i % n];
    members[i] = settings.kind == Mutation::kUniform
                     ? random.Uniform(low, high)
                     : std::clamp(members[i] + settings.sigma * (high - low) * random.Normal(), low, high);
  });
}

TUSK_VECTOR_CLONES void Clamp(double* x, const double* low, const double* high, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    const double limited = x[i] > high[i] ? high[i] : x[i];
    x[i] = limited < low[i] ? low[i] : limited;
  }
}

void Repair(std::span<double> members, const Bounds& bounds) {
  if (bounds.encoding != Encoding::kReal) return;
  const size_t n = bounds.dimensions();
  for (size_t at = 0; at < members.size(); at += n) Clamp(members.data() + at, bounds.low.data(), bounds.high.data(), n);
}

}  // namespace tusk::ml
