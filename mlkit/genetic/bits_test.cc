// The genetic algorithm's bits, against a recorded sum. Built twice: with vector code by run-time dispatch, and as plain code
// without any (genetic_bits_scalar_test); so both give the bits that are recorded here, on any machine.
#include <gtest/gtest.h>

#include "base/core/crc32c.h"
#include "base/testing/matchers.h"
#include "mlkit/genetic/functions.h"
#include "mlkit/genetic/genetic_algorithm.h"

namespace tusk::ml {
namespace {

uint32_t SumAfter(const std::string& function, size_t dimensions, size_t generations) {
  auto problem = MakeFunction(function, dimensions);
  EXPECT_OK(problem.status());
  GeneticSettings settings;
  settings.population = 60;
  GeneticAlgorithm algorithm(**problem, settings, 5);
  std::vector<double> x, f;
  for (size_t generation = 0; generation < generations; ++generation) {
    f.resize(algorithm.Ask(x));
    EXPECT_OK((*problem)->Evaluate(x, f.size(), f));
    algorithm.Tell(x, f);
  }
  const auto members = algorithm.Save().Doubles("x");
  EXPECT_OK(members.status());
  return Crc32c(0, {reinterpret_cast<const uint8_t*>(members->data()), members->size() * sizeof(double)});
}

TEST(GeneticBitsTest, AreThoseThatAreRecorded) {
  EXPECT_EQ(SumAfter("rastrigin", 30, 40), 2536656878U);
  EXPECT_EQ(SumAfter("rastrigin", 77, 40), 3786702828U);  // more than a word of coins
  EXPECT_EQ(SumAfter("rastrigin", 5, 40), 2950802166U);   // less than a vector
  EXPECT_EQ(SumAfter("sphere", 64, 40), 287123346U);
}

}  // namespace
}  // namespace tusk::ml
