// Fronts, crowding and hypervolume, against definitions and hand-made figures.
#include "mlkit/genetic/pareto.h"

#include <gtest/gtest.h>

#include <cmath>

#include "mlkit/api/random.h"

namespace tusk::ml {
namespace {

// By the definition: peel off what nobody dominates.
std::vector<uint32_t> SlowFronts(const std::vector<double>& f, size_t m) {
  const size_t n = f.size() / m;
  std::vector<uint32_t> fronts(n, UINT32_MAX);
  for (uint32_t front = 0, left = static_cast<uint32_t>(n); left > 0; ++front) {
    std::vector<size_t> peel;
    for (size_t i = 0; i < n; ++i) {
      if (fronts[i] != UINT32_MAX) continue;
      bool dominated = false;
      for (size_t j = 0; j < n && !dominated; ++j) {
        if (fronts[j] != UINT32_MAX) continue;
        bool no_worse = true, better = false;
        for (size_t k = 0; k < m; ++k) {
          no_worse = no_worse && f[j * m + k] <= f[i * m + k];
          better = better || f[j * m + k] < f[i * m + k];
        }
        dominated = no_worse && better;
      }
      if (!dominated) peel.push_back(i);
    }
    for (size_t i : peel) fronts[i] = front;
    left -= static_cast<uint32_t>(peel.size());
  }
  return fronts;
}

TEST(ParetoTest, FrontsAreThoseOfTheDefinition) {
  for (size_t m : {2, 3, 4}) {
    Random random(1, m);
    for (int repeat = 0; repeat < 30; ++repeat) {
      std::vector<double> f;
      for (size_t i = 0; i < 60 * m; ++i) f.push_back(std::floor(random.Uniform() * 8));  // many ties and equal points
      EXPECT_EQ(FrontNumbers(f, m), SlowFronts(f, m));
    }
  }
}

TEST(ParetoTest, EndsAreNeverCrowded) {
  const std::vector<double> f = {0, 4, 1, 2, 3, 1, 4, 0};
  const auto distances = CrowdingDistances(f, 2, std::vector<size_t>{0, 1, 2, 3});
  EXPECT_TRUE(std::isinf(distances[0]) && std::isinf(distances[3]));
  EXPECT_DOUBLE_EQ(distances[1], 3.0 / 4 + 3.0 / 4);
  EXPECT_DOUBLE_EQ(distances[2], 3.0 / 4 + 2.0 / 4);
}

TEST(ParetoTest, HypervolumeOfBoxes) {
  const std::vector<double> reference2 = {4, 4}, reference3 = {2, 2, 2};
  EXPECT_DOUBLE_EQ(Hypervolume(std::vector<double>{1, 3, 2, 2, 3, 1, 5, 0}, 2, reference2), 6);
  EXPECT_DOUBLE_EQ(Hypervolume(std::vector<double>{1, 1, 1}, 3, reference3), 1);
  EXPECT_DOUBLE_EQ(Hypervolume(std::vector<double>{0, 1, 1, 1, 0, 1, 1, 1, 0}, 3, reference3), 4);
  EXPECT_DOUBLE_EQ(Hypervolume(std::vector<double>{}, 2, reference2), 0);
}

TEST(ParetoTest, HypervolumeOfRandomPointsIsTheShareOfThrows) {
  Random random(4, 4);
  std::vector<double> f;
  for (int i = 0; i < 3 * 20; ++i) f.push_back(random.Uniform());
  int inside = 0;
  for (int i = 0; i < 40000; ++i) {
    const double at[3] = {random.Uniform(), random.Uniform(), random.Uniform()};
    bool covered = false;
    for (int p = 0; p < 20 && !covered; ++p) covered = f[3 * p] <= at[0] && f[3 * p + 1] <= at[1] && f[3 * p + 2] <= at[2];
    inside += covered;
  }
  EXPECT_NEAR(Hypervolume(f, 3, std::vector<double>{1, 1, 1}), inside / 40000.0, 0.01);
}

}  // namespace
}  // namespace tusk::ml
