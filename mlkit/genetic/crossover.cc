// The crossovers.
#include "mlkit/genetic/crossover.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "mlkit/genetic/vector_math.h"

namespace tusk::ml {
namespace {

void Swap(std::span<double> a, std::span<double> b, size_t begin, size_t end) {
  std::swap_ranges(a.begin() + static_cast<ptrdiff_t>(begin), a.begin() + static_cast<ptrdiff_t>(end),
                   b.begin() + static_cast<ptrdiff_t>(begin));
}

// Two cuts begin < end, at least one gene apart.
std::pair<size_t, size_t> Cuts(size_t size, Random& random) {
  size_t begin = random.Below(size), end = random.Below(size);
  if (begin > end) std::swap(begin, end);
  return {begin, end + 1};
}

// Coin tosses of 32 genes from one word.
class Coins {
 public:
  explicit Coins(Random& random) : random_(random) {}
  bool Toss() {
    if (left_ == 0) {
      word_ = random_.Next32();
      left_ = 32;
    }
    --left_;
    const bool heads = word_ & 1;
    word_ >>= 1;
    return heads;
  }

 private:
  Random& random_;
  uint32_t word_ = 0;
  int left_ = 0;
};

// Pairs of genes are spread around their middles by beta, and the two change sides with probability 1/2.
TUSK_VECTOR_CLONES void SbxGenes(double* a, double* b, const uint64_t* words, size_t n, double power) {
  for (size_t i = 0; i < n; ++i) {
    const double u = UnitOf(words[i]), inner = u < 0.5 ? 2 * u : 2 * (1 - u);
    const double beta = CoarsePow(inner < 0x1.0p-52 ? 0x1.0p-52 : inner, u < 0.5 ? power : -power);
    const double x = a[i], y = b[i], middle = 0.5 * (x + y), half = 0.5 * beta * (y - x);
    const double signed_half = words[i] & 1 ? half : -half;
    a[i] = middle + signed_half;
    b[i] = middle - signed_half;
  }
}

// Genes that SBX changes, side by side, to be computed as vectors; half of those of the pairs.
class SbxBatch {
 public:
  SbxBatch(double eta, Random& random) : power_(1 / (eta + 1)), random_(random) {}

  // Up to 64 genes of a pair: those whose bit is set.
  void Add(double* a, double* b, size_t n, uint64_t coins) {
    if (count_ + 64 > kMost) Flush();
    if (n < 64) coins &= (uint64_t{1} << n) - 1;
    for (; coins != 0; coins &= coins - 1) {
      const auto gene = static_cast<size_t>(std::countr_zero(coins));
      of_a_[count_] = a + gene;
      of_b_[count_] = b + gene;
      a_[count_] = a[gene];
      b_[count_++] = b[gene];
    }
  }
  void Flush() {
    if (count_ == 0) return;
    RandomWords(random_.Next64(), 0, {words_, count_});
    SbxGenes(a_, b_, words_, count_, power_);
    for (size_t i = 0; i < count_; ++i) {
      *of_a_[i] = a_[i];
      *of_b_[i] = b_[i];
    }
    count_ = 0;
  }

 private:
  static constexpr size_t kMost = 256;
  const double power_;
  Random& random_;
  size_t count_ = 0;
  double *of_a_[kMost], *of_b_[kMost], a_[kMost], b_[kMost];
  uint64_t words_[kMost];
};

void Sbx(std::span<double> a, std::span<double> b, double eta, Random& random) {
  SbxBatch batch(eta, random);
  for (size_t at = 0; at < a.size(); at += 64) batch.Add(a.data() + at, b.data() + at, std::min<size_t>(64, a.size() - at), random.Next64());
  batch.Flush();
}

void SbxPairs(std::span<double> members, size_t n, const CrossoverSettings& settings, Random& random) {
  const size_t pairs = members.size() / (2 * n), words_each = 1 + (n + 63) / 64;
  std::vector<uint64_t> words(pairs * words_each);  // of a pair: whether it is crossed, and which genes
  RandomWords(random.Next64(), 0, words);
  SbxBatch batch(settings.eta, random);
  for (size_t pair = 0; pair < pairs; ++pair) {
    const uint64_t* word = words.data() + pair * words_each;
    if (!(UnitOf(*word++) < settings.probability)) continue;
    double* a = members.data() + 2 * pair * n;
    for (size_t at = 0; at < n; at += 64) batch.Add(a + at, a + n + at, std::min<size_t>(64, n - at), *word++);
  }
  batch.Flush();
}

void Blend(std::span<double> a, std::span<double> b, double alpha, Random& random) {
  for (size_t i = 0; i < a.size(); ++i) {
    const double low = std::min(a[i], b[i]), high = std::max(a[i], b[i]), reach = alpha * (high - low);
    a[i] = random.Uniform(low - reach, high + reach);
    b[i] = random.Uniform(low - reach, high + reach);
  }
}

void Arithmetic(std::span<double> a, std::span<double> b, Random& random) {
  const double share = random.Uniform();
  for (size_t i = 0; i < a.size(); ++i) {
    const double x = a[i], y = b[i];
    a[i] = share * x + (1 - share) * y;
    b[i] = share * y + (1 - share) * x;
  }
}

// A run from a random gene on, wrapping, that goes on with probability 1/2 + 1/4.
void Exponential(std::span<double> a, std::span<double> b, Random& random) {
  size_t at = random.Below(a.size());
  for (size_t taken = 0; taken < a.size(); ++taken) {
    std::swap(a[at], b[at]);
    if (!random.Chance(0.75)) return;
    at = (at + 1) % a.size();
  }
}

// `child` keeps [begin, end) of `keeper`; the other cities follow in the order of `other` from `end` on.
std::vector<double> OrderChild(std::span<const double> keeper, std::span<const double> other, size_t begin, size_t end) {
  const size_t size = keeper.size();
  std::vector<double> child(size);
  std::vector<bool> used(size);
  for (size_t i = begin; i < end; ++i) {
    child[i] = keeper[i];
    used[static_cast<size_t>(keeper[i])] = true;
  }
  size_t to = end % size;
  for (size_t step = 0; step < size; ++step) {
    const double city = other[(end + step) % size];
    if (used[static_cast<size_t>(city)]) continue;
    child[to] = city;
    to = (to + 1) % size;
  }
  return child;
}

std::vector<double> MappedChild(std::span<const double> keeper, std::span<const double> other, size_t begin, size_t end) {
  std::vector<double> child(other.begin(), other.end());
  std::vector<size_t> place(child.size());
  for (size_t i = 0; i < child.size(); ++i) place[static_cast<size_t>(child[i])] = i;
  for (size_t i = begin; i < end; ++i) {
    const size_t from = place[static_cast<size_t>(keeper[i])];
    std::swap(place[static_cast<size_t>(child[i])], place[static_cast<size_t>(child[from])]);
    std::swap(child[i], child[from]);
  }
  return child;
}

// Cycles of positions; every second one is swapped.
void Cycle(std::span<double> a, std::span<double> b) {
  std::vector<size_t> place(a.size());
  for (size_t i = 0; i < a.size(); ++i) place[static_cast<size_t>(a[i])] = i;
  std::vector<bool> done(a.size());
  bool swapping = false;
  for (size_t start = 0; start < a.size(); ++start) {
    if (done[start]) continue;
    size_t i = start;
    do {
      done[i] = true;
      const size_t next = place[static_cast<size_t>(b[i])];
      if (swapping) std::swap(a[i], b[i]);
      i = next;
    } while (i != start);
    swapping = !swapping;
  }
}

template <typename Child>
void Both(std::span<double> a, std::span<double> b, Random& random, Child child) {
  const auto [begin, end] = Cuts(a.size(), random);
  const std::vector<double> first = child(a, b, begin, end), second = child(b, a, begin, end);
  std::copy(first.begin(), first.end(), a.begin());
  std::copy(second.begin(), second.end(), b.begin());
}

}  // namespace

bool Suits(Crossover kind, Encoding encoding) {
  switch (kind) {
    case Crossover::kSbx:
    case Crossover::kBlend:
    case Crossover::kArithmetic: return encoding == Encoding::kReal;
    case Crossover::kOnePoint:
    case Crossover::kTwoPoint:
    case Crossover::kUniform:
    case Crossover::kExponential: return encoding != Encoding::kPermutation;
    default: return encoding == Encoding::kPermutation;
  }
}

void CrossPairs(std::span<double> members, size_t dimensions, const CrossoverSettings& settings, Random& random) {
  if (settings.kind == Crossover::kSbx) return SbxPairs(members, dimensions, settings, random);
  for (size_t at = 0; at + 2 * dimensions <= members.size(); at += 2 * dimensions) {
    Cross(members.subspan(at, dimensions), members.subspan(at + dimensions, dimensions), settings, random);
  }
}

void Cross(std::span<double> a, std::span<double> b, const CrossoverSettings& settings, Random& random) {
  if (!random.Chance(settings.probability)) return;
  switch (settings.kind) {
    case Crossover::kSbx: return Sbx(a, b, settings.eta, random);
    case Crossover::kBlend: return Blend(a, b, settings.alpha, random);
    case Crossover::kArithmetic: return Arithmetic(a, b, random);
    case Crossover::kOnePoint: return Swap(a, b, random.Below(a.size()), a.size());
    case Crossover::kTwoPoint: {
      const auto [begin, end] = Cuts(a.size(), random);
      return Swap(a, b, begin, end);
    }
    case Crossover::kUniform: {
      Coins coins(random);
      for (size_t i = 0; i < a.size(); ++i) {
        if (coins.Toss()) std::swap(a[i], b[i]);
      }
      return;
    }
    case Crossover::kExponential: return Exponential(a, b, random);
    case Crossover::kOrder: return Both(a, b, random, OrderChild);
    case Crossover::kPartiallyMapped: return Both(a, b, random, MappedChild);
    case Crossover::kCycle: return Cycle(a, b);
  }
}

}  // namespace tusk::ml
