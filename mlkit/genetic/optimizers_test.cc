// Every optimizer reaches known optima, goes on from a saved state with equal bits, and gives the same on any ranks.
#include "mlkit/genetic/optimizers.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/testing/matchers.h"
#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/genetic/evolution.h"
#include "mlkit/genetic/functions.h"
#include "mlkit/genetic/genetic_testing.h"
#include "mlkit/genetic/optimization_result.h"
#include "mlkit/genetic/pareto.h"
#include "mlkit/testing/in_process_training.h"

namespace tusk::ml {
namespace {

using Settings = std::map<std::string, std::string>;

std::shared_ptr<const Problem> Function(const std::string& name, size_t dimensions) {
  auto made = MakeFunction(name, dimensions);
  return std::move(made).value();
}

std::unique_ptr<Evolution> MakeEvolution(const std::string& name, Settings settings, std::shared_ptr<const Problem> problem,
                                         uint64_t seed = 1) {
  auto made = Evolution::Make(name, Parameters(std::move(settings)), std::move(problem), seed);
  EXPECT_OK(made.status());
  return std::move(made).value();
}

std::vector<Solution> Optimize(Evolution& evolution) {
  LocalCommunicator comm;
  ThreadPool pool(1);
  WorkerContext context;
  context.comm = &comm;
  context.pool = &pool;
  EXPECT_OK(evolution.Start(context, nullptr));
  while (true) {
    auto report = evolution.Step(context);
    EXPECT_OK(report.status());
    if (!report.ok() || report->finished) return evolution.Best();
  }
}

double BestOf(const std::string& name, Settings settings, const std::string& function, size_t dimensions, uint64_t seed = 1) {
  auto evolution = MakeEvolution(name, std::move(settings), Function(function, dimensions), seed);
  return Optimize(*evolution)[0].f[0];
}

TEST(OptimizersTest, TenFunctionsAreSolved) {
  struct Case {
    const char* optimizer;
    const char* function;
    size_t dimensions;
    const char* generations;
  };
  for (const Case& c : std::initializer_list<Case>{{"cma-es", "rosenbrock", 10, "3000"},
                                                   {"cma-es", "ellipsoid", 10, "600"},
                                                   {"cma-es", "zakharov", 10, "400"},
                                                   {"de", "ackley", 10, "800"},
                                                   {"de", "griewank", 10, "1500"},
                                                   {"de", "schwefel", 10, "800"},
                                                   {"de", "levy", 10, "400"},
                                                   {"de", "rastrigin", 10, "1200"},
                                                   {"de", "styblinski_tang", 10, "500"},
                                                   {"pso", "sphere", 10, "400"}}) {
    EXPECT_NEAR(BestOf(c.optimizer, {{"generations", c.generations}, {"target", "1e-7"}}, c.function, c.dimensions), 0, 1e-6)
        << c.optimizer << " on " << c.function;
  }
}

TEST(OptimizersTest, TheGeneticAlgorithmSolvesAllEncodings) {
  EXPECT_LT(BestOf("ga", {{"generations", "600"}, {"population", "200"}}, "rastrigin", 10), 0.1);
  EXPECT_EQ(BestOf("ga", {{"generations", "300"}, {"target", "0"}}, "onemax", 60), 0);
  const double circle = BestOf("ga", {{"generations", "600"}}, "tsp_circle", 20);
  EXPECT_NEAR(circle, 20 * 2 * std::sin(M_PI / 20), 1e-9);
}

TEST(OptimizersTest, EveryOperatorOfTheGeneticAlgorithmImproves) {
  for (const char* selection : {"tournament", "roulette", "rank", "universal", "truncation"}) {
    for (const char* crossover : {"sbx", "blend", "arithmetic", "one_point", "two_point", "uniform", "exponential"}) {
      const double best = BestOf("ga", {{"generations", "60"}, {"population", "60"}, {"selection", selection},
                                        {"crossover", crossover}, {"mutation", "gaussian"}, {"replacement", "generational"}}, "sphere", 5);
      EXPECT_LT(best, 0.7) << selection << " " << crossover;
    }
  }
}

TEST(OptimizersTest, TheFrontOfZdt1IsFound) {
  auto evolution = MakeEvolution("nsga2", {{"generations", "250"}}, Function("zdt1", 30));
  std::vector<double> f;
  for (const Solution& solution : Optimize(*evolution)) f.insert(f.end(), solution.f.begin(), solution.f.end());
  // The whole front dominates 1 - 1/3 of the unit square, and all of the border to (1.1, 1.1).
  EXPECT_GT(Hypervolume(f, 2, std::vector<double>{1.1, 1.1}), 0.99 * (1.21 - 1.0 / 3));
}

TEST(OptimizersTest, TheResultIsTheSameOnAnyRanksAndAfterLosses) {
  for (const char* name : {"ga", "de", "cma-es", "pso", "nsga2", "island-ga", "island-cma-es", "island-nsga2"}) {
    const bool many = std::string(name).ends_with("nsga2");
    auto make = [&]() -> Result<std::unique_ptr<Algorithm>> {
      Settings settings = {{"generations", "9"}, {"migration_interval", "3"}, {"population", "12"}, {"topology", "random"}};
      ASSIGN_OR_RETURN(auto evolution, Evolution::Make(name, Parameters(settings), Function(many ? "zdt2" : "rastrigin", 5), 3));
      return std::unique_ptr<Algorithm>(std::move(evolution));
    };
    SCOPED_TRACE(name);
    EXPECT_OK(CheckSameModelEverywhere(make, nullptr));
  }
}

TEST(OptimizersTest, AnotherSeedGivesAnotherResult) {
  EXPECT_NE(BestOf("ga", {{"generations", "5"}}, "sphere", 5, 1), BestOf("ga", {{"generations", "5"}}, "sphere", 5, 2));
}

TEST(OptimizersTest, BadSettingsAreRefusedWithReasons) {
  auto refused = [](const std::string& name, Settings settings, const std::string& function) {
    return std::string(Evolution::Make(name, Parameters(std::move(settings)), Function(function, 0), 1).status().message());
  };
  EXPECT_EQ(refused("ga", {{"crossover", "order"}}, "sphere"), "the crossover does not suit the encoding of problem sphere");
  EXPECT_EQ(refused("de", {}, "onemax"), "de takes real coordinates only; onemax has others: use ga");
  EXPECT_EQ(refused("ga", {}, "zdt1"), "zdt1 has 2 objectives: nsga2 is for those");
  EXPECT_EQ(refused("ga", {{"populaton", "10"}}, "sphere"), "unknown setting 'populaton'; did you mean 'population'?");
  EXPECT_EQ(refused("ga", {{"population", "4"}, {"elite", "4"}, {"replacement", "generational"}}, "sphere"), "elite=4: less than the population of 4 is wanted");
  EXPECT_EQ(refused("sa", {}, "sphere"), "no optimizer 'sa'; known are ga, island-ga, de, cma-es, pso, nsga2");
  EXPECT_FALSE(MakeFunction("sphere", 2).ok());
  EXPECT_FALSE(MakeFunction("circle", 5).ok());
}

TEST(OptimizersTest, NanCountsAsTheWorst) {
  class Holes final : public CubeProblem {
   public:
    Holes() : CubeProblem("holes", 3) {}
    Status Evaluate(std::span<const double> x, size_t count, std::span<double> f) const override {
      for (size_t i = 0; i < count; ++i) f[i] = x[3 * i] < 0 ? NAN : x[3 * i] + x[3 * i + 1] * x[3 * i + 1];
      return Status::Ok();
    }
  };
  for (const char* name : {"ga", "de", "cma-es", "pso"}) {
    auto evolution = MakeEvolution(name, {{"generations", "100"}}, std::make_shared<Holes>());
    const auto best = Optimize(*evolution);
    EXPECT_GE(best[0].x[0], 0) << name;
    EXPECT_LT(best[0].f[0], 0.1) << name;
  }
}

TEST(OptimizersTest, AFailingEvaluationEndsTheOptimizationEverywhere) {
  class Fails final : public CubeProblem {
   public:
    Fails() : CubeProblem("fails", 3) {}
    Status Evaluate(std::span<const double>, size_t, std::span<double>) const override {
      return Status(Code::kIOError, "the program has died");
    }
  };
  for (const char* name : {"ga", "island-ga"}) {
    auto make = [&]() -> Result<std::unique_ptr<Algorithm>> {
      ASSIGN_OR_RETURN(auto evolution, Evolution::Make(name, Parameters(), std::make_shared<Fails>(), 3));
      return std::unique_ptr<Algorithm>(std::move(evolution));
    };
    for (int ranks : {1, 3}) {
      InProcessPlan plan;
      plan.ranks = ranks;
      const auto outcome = TrainInProcess(make, nullptr, plan);
      ASSERT_FALSE(outcome.ok());
      EXPECT_NE(outcome.status().ToString().find("the program has died"), std::string::npos) << outcome.status().ToString();
    }
  }
}

TEST(OptimizationResultTest, SavesAndLoads) {
  OptimizationResult result("zdt1", 77, {{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}});
  ASSERT_OK_AND_ASSIGN(auto loaded, OptimizationResult::Load(result.Save()));
  EXPECT_EQ(loaded->Describe(), result.Describe());
  EXPECT_EQ(loaded->Save().Encode(), result.Save().Encode());
  Bundle bad = result.Save();
  bad.SetDoubles("x", std::vector<double>{1, 2, 3}, {3});
  EXPECT_FALSE(OptimizationResult::Load(bad).ok());
}

}  // namespace
}  // namespace tusk::ml
