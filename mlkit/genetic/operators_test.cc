// Selection, crossover and mutation: what they keep and whom they prefer.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/testing/matchers.h"
#include "mlkit/genetic/crossover.h"
#include "mlkit/genetic/functions.h"
#include "mlkit/genetic/mutation.h"
#include "mlkit/genetic/selection.h"
#include "mlkit/genetic/vector_math.h"

namespace tusk::ml {
namespace {

Population Ranked(size_t size) {
  Population population;
  population.dimensions = 1;
  for (size_t i = 0; i < size; ++i) {
    population.x.push_back(static_cast<double>(i));
    population.f.push_back(static_cast<double>(i));  // member 0 is the best
  }
  return population;
}

TEST(SelectionTest, EveryschemePrefersTheBetter) {
  const Population population = Ranked(20);
  for (Selection scheme : {Selection::kTournament, Selection::kRoulette, Selection::kRank, Selection::kUniversal,
                           Selection::kTruncation}) {
    Random random(1, static_cast<uint64_t>(scheme));
    const auto parents = SelectParents(population, 20000, {.scheme = scheme}, random);
    double mean = 0;
    for (uint32_t parent : parents) {
      ASSERT_LT(parent, 20U);
      mean += parent / 20000.0;
    }
    EXPECT_LT(mean, 8.0) << static_cast<int>(scheme);
    EXPECT_GT(std::count(parents.begin(), parents.end(), 0U), 1200) << static_cast<int>(scheme);
  }
}

TEST(SelectionTest, AMemberWithoutFiniteFitnessIsNeverDrawnByChanceOfFitness) {
  Population population = Ranked(5);
  population.f[0] = INFINITY;
  Random random(1, 1);
  for (uint32_t parent : SelectParents(population, 1000, {.scheme = Selection::kRoulette}, random)) EXPECT_NE(parent, 0U);
}

TEST(SelectionTest, EqualFitnessGivesEveryoneAChance) {
  Population population = Ranked(4);
  std::fill(population.f.begin(), population.f.end(), 3.0);
  Random random(1, 1);
  const auto parents = SelectParents(population, 4000, {.scheme = Selection::kRoulette}, random);
  for (uint32_t member = 0; member < 4; ++member) EXPECT_GT(std::count(parents.begin(), parents.end(), member), 800);
}

TEST(CrossoverTest, PermutationsStayPermutations) {
  for (Crossover kind : {Crossover::kOrder, Crossover::kPartiallyMapped, Crossover::kCycle}) {
    Random random(3, static_cast<uint64_t>(kind));
    for (int repeat = 0; repeat < 200; ++repeat) {
      std::vector<double> a(12), b(12);
      std::iota(a.begin(), a.end(), 0);
      std::iota(b.begin(), b.end(), 0);
      for (size_t i = 11; i > 0; --i) std::swap(b[i], b[random.Below(i + 1)]);
      Cross(a, b, {.kind = kind, .probability = 1}, random);
      for (std::vector<double>* child : {&a, &b}) {
        std::sort(child->begin(), child->end());
        for (size_t i = 0; i < 12; ++i) ASSERT_EQ((*child)[i], static_cast<double>(i));
      }
    }
  }
}

TEST(CrossoverTest, ExchangesKeepEveryGeneOfThePair) {
  for (Crossover kind : {Crossover::kOnePoint, Crossover::kTwoPoint, Crossover::kUniform, Crossover::kExponential}) {
    Random random(3, static_cast<uint64_t>(kind));
    bool mixed = false;
    for (int repeat = 0; repeat < 50; ++repeat) {
      std::vector<double> a(10, 0), b(10, 1);
      Cross(a, b, {.kind = kind, .probability = 1}, random);
      for (size_t i = 0; i < 10; ++i) ASSERT_EQ(a[i] + b[i], 1);
      const double ones = std::accumulate(a.begin(), a.end(), 0.0);
      mixed = mixed || (ones > 0 && ones < 10);
    }
    EXPECT_TRUE(mixed);
  }
}

TEST(CrossoverTest, SbxKeepsTheMiddleAndSpreadsWithEta) {
  double spread[2] = {0, 0};
  for (int which : {0, 1}) {
    Random random(5, 5);
    for (int repeat = 0; repeat < 2000; ++repeat) {
      std::vector<double> a = {1}, b = {3};
      Cross(a, b, {.kind = Crossover::kSbx, .probability = 1, .eta = which == 0 ? 2.0 : 30.0}, random);
      ASSERT_NEAR(a[0] + b[0], 4, 1e-12);
      spread[which] += std::fabs(std::fabs(a[0] - b[0]) - 2);
    }
  }
  EXPECT_GT(spread[0], 3 * spread[1]);
}

TEST(MutationTest, ChangesOneGeneOnAverageAndStaysWithinBounds) {
  ASSERT_OK_AND_ASSIGN(auto problem, MakeFunction("sphere", 20));
  const Bounds bounds = BoundsOf(*problem);
  for (Mutation kind : {Mutation::kPolynomial, Mutation::kGaussian, Mutation::kUniform}) {
    Random random(7, static_cast<uint64_t>(kind));
    double changed = 0;
    for (int repeat = 0; repeat < 2000; ++repeat) {
      std::vector<double> x(20, 5.1);
      Mutate(x, bounds, {.kind = kind}, random);
      for (double value : x) {
        ASSERT_GE(value, -5.12);
        ASSERT_LE(value, 5.12);
        changed += value != 5.1;
      }
    }
    EXPECT_NEAR(changed / 2000, 1, 0.1) << static_cast<int>(kind);
  }
}

TEST(MutationTest, AProbabilityTooSmallForItsComplementChangesNothing) {
  const Bounds bounds{Encoding::kReal, {-1, -1}, {1, 1}};
  std::vector<double> members = {0.25, 0.5};
  Random random(1, 1);
  Mutate(members, bounds, {.kind = Mutation::kPolynomial, .probability = 1e-300}, random);
  EXPECT_EQ(members, (std::vector<double>{0.25, 0.5}));
}

TEST(MutationTest, MovesOfPermutationsKeepThem) {
  ASSERT_OK_AND_ASSIGN(auto problem, MakeFunction("tsp_circle", 9));
  const Bounds bounds = BoundsOf(*problem);
  for (Mutation kind : {Mutation::kSwap, Mutation::kInsert, Mutation::kInversion, Mutation::kScramble}) {
    Random random(9, static_cast<uint64_t>(kind));
    bool moved = false;
    for (int repeat = 0; repeat < 100; ++repeat) {
      std::vector<double> x(9);
      std::iota(x.begin(), x.end(), 0);
      Mutate(x, bounds, {.kind = kind, .probability = 1}, random);
      moved = moved || !std::is_sorted(x.begin(), x.end());
      std::sort(x.begin(), x.end());
      for (size_t i = 0; i < 9; ++i) ASSERT_EQ(x[i], static_cast<double>(i));
    }
    EXPECT_TRUE(moved);
  }
}

TEST(VectorMathTest, LogarithmAndExponentialAreRight) {
  Random random(1, 9);
  for (int i = 0; i < 20000; ++i) {
    const double x = std::exp(random.Uniform(-300, 300)), y = random.Uniform(-600, 600);
    ASSERT_NEAR(FastLog(x), std::log(x), 1e-13 * std::max(1.0, std::fabs(std::log(x))));
    ASSERT_NEAR(FastExp(y) / std::exp(y), 1, 1e-13);
  }
  for (int i = 0; i < 20000; ++i) {
    const double x = std::exp2(random.Uniform(-52, 52)), power = random.Uniform(-1, 1);
    ASSERT_NEAR(CoarsePow(x, power) / std::pow(x, power), 1, 1e-6);
  }
  EXPECT_EQ(FastLog(1.0), 0);
  EXPECT_EQ(FastExp(0.0), 1);
}

TEST(VectorMathTest, WordsAreThoseOfTheGenerator) {
  std::vector<uint64_t> words(7);
  RandomWords(0x123456789, 0xabcdef012, words);
  Random random(0x123456789, 0xabcdef012);
  for (uint64_t word : words) EXPECT_EQ(word, random.Next64());
}

TEST(FunctionsTest, OptimaAreWhereTheyAreKnown) {
  for (const FunctionEntry& entry : Functions()) {
    if (!entry.optimum) continue;
    ASSERT_OK_AND_ASSIGN(auto problem, MakeFunction(entry.name, 0));
    double at = 0;
    if (entry.name == "rosenbrock" || entry.name == "levy" || problem->encoding() == Encoding::kBinary) at = 1;
    if (entry.name == "schwefel") at = 420.968746;
    if (entry.name == "styblinski_tang") at = -2.903534;
    std::vector<double> x(problem->dimensions(), at), f(1);
    ASSERT_OK(problem->Evaluate(x, 1, f));
    EXPECT_NEAR(f[0], *entry.optimum, 1e-5) << entry.name;
  }
}

TEST(FunctionsTest, WavesAreCosines) {
  ASSERT_OK_AND_ASSIGN(auto problem, MakeFunction("rastrigin", 3));
  Random random(1, 2);
  for (int i = 0; i < 2000; ++i) {
    std::vector<double> x(3), f(1);
    double expected = 30;
    for (double& value : x) {
      value = random.Uniform(-5.12, 5.12);
      expected += value * value - 10 * std::cos(2 * M_PI * value);
    }
    ASSERT_OK(problem->Evaluate(x, 1, f));
    ASSERT_NEAR(f[0], expected, 1e-12);
  }
}

}  // namespace
}  // namespace tusk::ml
