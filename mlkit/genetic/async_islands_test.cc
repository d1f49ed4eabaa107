// Asynchronous islands: nobody waits for migrants, migrants arrive, lost workers' islands go on, and one worker's result is
// always the same.
#include <gtest/gtest.h>

#include <array>
#include <condition_variable>
#include <map>
#include <thread>

#include "base/testing/matchers.h"
#include "mlkit/api/local_training.h"
#include "mlkit/genetic/evolution.h"
#include "mlkit/genetic/functions.h"
#include "mlkit/genetic/genetic_testing.h"
#include "mlkit/genetic/optimization_result.h"
#include "mlkit/genetic/optimizers.h"
#include "mlkit/testing/in_process_training.h"

namespace tusk::ml {
namespace {

using Settings = std::map<std::string, std::string>;
using Make = std::function<Result<std::unique_ptr<Algorithm>>()>;

Make Maker(Settings settings, std::shared_ptr<const Problem> problem) {
  settings.try_emplace("migration", "async");
  settings.try_emplace("population", "12");
  settings.try_emplace("migration_interval", "3");
  return [settings, problem]() -> Result<std::unique_ptr<Algorithm>> {
    ASSIGN_OR_RETURN(auto evolution, Evolution::Make("island-ga", Parameters(settings), problem, 3));
    return std::unique_ptr<Algorithm>(std::move(evolution));
  };
}

std::shared_ptr<const Problem> Sphere() {
  auto made = MakeFunction("sphere", 5);
  return std::move(made).value();
}

double BestOf(const InProcessOutcome& outcome) { return static_cast<const OptimizationResult&>(*outcome.model).best().at(0).f[0]; }

// A sphere whose first caller's thread gets no answer before others have been answered so many times.
class OneThreadWaits final : public CubeProblem {
 public:
  explicit OneThreadWaits(uint64_t others) : CubeProblem("one_thread_waits", 4), others_(others) {}
  Status Evaluate(std::span<const double> x, size_t count, std::span<double> f) const override {
    for (size_t i = 0; i < count; ++i) {
      f[i] = 0;
      for (size_t d = 0; d < 4; ++d) f[i] += x[4 * i + d] * x[4 * i + d];
    }
    std::unique_lock lock(mutex_);
    if (first_ == std::thread::id()) first_ = std::this_thread::get_id();
    if (first_ != std::this_thread::get_id()) {
      answered_ += count;
      changed_.notify_all();
    } else if (!changed_.wait_for(lock, std::chrono::seconds(60), [this] { return answered_ >= others_; })) {
      return Status(Code::kTimedOut, "the others wait too");
    }
    return Status::Ok();
  }

 private:
  const uint64_t others_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable std::thread::id first_;
  mutable uint64_t answered_ = 0;
};

TEST(AsyncIslandsTest, IslandsEvolveToTheirEndWhileOneWaits) {
  // All 100 generations of the second island before the first one has its second.
  const Make make = Maker({{"islands", "2"}, {"generations", "100"}}, std::make_shared<OneThreadWaits>(100 * 12));
  for (const auto& [ranks, threads] : {std::pair{1, 2}, {2, 1}}) {
    ASSERT_OK_AND_ASSIGN(const InProcessOutcome outcome,
                         TrainInProcess(make, nullptr, {.ranks = ranks, .threads = static_cast<size_t>(threads)}));
    EXPECT_EQ(static_cast<const OptimizationResult&>(*outcome.model).evaluations(), 2 * 100 * 12U);
  }
}

// A sphere that knows which thread's first points are whose; a point among another's is a migrant, and the very best.
class KnowsMigrants final : public CubeProblem {
 public:
  KnowsMigrants() : CubeProblem("knows_migrants", 3) {}
  Status Evaluate(std::span<const double> x, size_t count, std::span<double> f) const override {
    std::lock_guard lock(mutex_);
    const auto me = std::this_thread::get_id();
    size_t& seen = points_of_[me];
    for (size_t i = 0; i < count; ++i) {
      const std::array<double, 3> point = {x[3 * i], x[3 * i + 1], x[3 * i + 2]};
      if (seen++ < 12) origins_.emplace(point, me);
      const auto origin = origins_.find(point);
      f[i] = point[0] * point[0] + point[1] * point[1] + point[2] * point[2];
      if (origin != origins_.end() && origin->second != me) f[i] = -1;
    }
    return Status::Ok();
  }

 private:
  mutable std::mutex mutex_;
  mutable std::map<std::thread::id, size_t> points_of_;
  mutable std::map<std::array<double, 3>, std::thread::id> origins_;
};

TEST(AsyncIslandsTest, MigrantsReachIslandsOfOtherRanks) {
  // Children are copies: whatever an island evaluates is of its own first members, or has come.
  const Settings settings = {{"islands", "2"},   {"mutation_probability", "1e-300"}, {"crossover_probability", "0"},
                             {"target", "-1"}, {"generations", "100000"}};
  ASSERT_OK_AND_ASSIGN(const InProcessOutcome outcome,
                       TrainInProcess(Maker(settings, std::make_shared<KnowsMigrants>()), nullptr, {.ranks = 2}));
  EXPECT_EQ(BestOf(outcome), -1);
}

TEST(AsyncIslandsTest, ALostRanksIslandsGoOn) {
  const Make make = Maker({{"islands", "5"}, {"generations", "300"}}, Sphere());
  for (const bool replace : {false, true}) {
    // At the first call of a membership: islands may be done before a second one.
    const InProcessPlan plan = {.ranks = 3,
                                .losses = {{{.rank = 1, .call = 1, .after = true}, replace}, {{.rank = 0, .call = 1, .after = false}, replace}}};
    ASSERT_OK_AND_ASSIGN(const InProcessOutcome outcome, TrainInProcess(make, nullptr, plan));
    EXPECT_EQ(outcome.losses, 2U);
    EXPECT_EQ(static_cast<const OptimizationResult&>(*outcome.model).evaluations(), 5 * 300 * 12U);
    EXPECT_LT(BestOf(outcome), 1e-4);
  }
}

TEST(AsyncIslandsTest, OneWorkerOfOneThreadGivesTheSameAlwaysAlsoAfterARestart) {
  for (const char* topology : {"ring", "full", "random"}) {
    const Make make = Maker({{"islands", "4"}, {"generations", "30"}, {"topology", topology}}, Sphere());
    ASSERT_OK_AND_ASSIGN(const InProcessOutcome first, TrainInProcess(make, nullptr, {}));
    ASSERT_OK_AND_ASSIGN(const InProcessOutcome again, TrainInProcess(make, nullptr, {}));
    ASSERT_OK_AND_ASSIGN(const InProcessOutcome restarted, TrainInProcess(make, nullptr, {.restart_after = 4}));
    EXPECT_EQ(first.bytes, again.bytes) << topology;
    EXPECT_EQ(first.bytes, restarted.bytes) << topology;
    EXPECT_EQ(restarted.memberships, 2U);
  }
}

// The first call is held until it is let go.
class Held final : public Problem {
 public:
  std::string name() const override { return "held"; }
  size_t dimensions() const override { return 3; }
  double low(size_t) const override { return -1; }
  double high(size_t) const override { return 1; }
  Status Evaluate(std::span<const double>, size_t count, std::span<double> f) const override {
    std::unique_lock lock(mutex_);
    points_ += count;
    changed_.notify_all();
    changed_.wait(lock, [this] { return let_go_; });
    std::fill_n(f.begin(), count, 1.0);
    return Status::Ok();
  }
  void AwaitCall() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return points_ > 0; });
  }
  void LetGo() {
    std::lock_guard lock(mutex_);
    let_go_ = true;
    changed_.notify_all();
  }
  size_t points() const { return points_; }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable size_t points_ = 0;
  bool let_go_ = false;
};

TEST(AsyncIslandsTest, WhoLeavesAnIslandDoesNotFinishItsGeneration) {
  Held problem;
  const EvolutionSettings settings = {.islands = 2, .asynchronous = true};
  const AsyncIslands::MakeIsland make = [&](size_t) {
    Parameters parameters(Settings{{"population", "1000"}});
    return MakeOptimizer("ga", parameters, problem, 1);
  };
  {
    AsyncIslands islands(settings, problem, make);
    ASSERT_OK(islands.Own({1}, [&](size_t number) { return IslandSnapshot{0, 0, make(number).value()->Save()}; }));
    islands.StartThreads(1);
    problem.AwaitCall();
    ASSERT_OK(islands.Own({}, {}));
    problem.LetGo();
  }
  EXPECT_LT(problem.points(), 100U);
}

TEST(AsyncIslandsTest, AFailingEvaluationEndsTheOptimizationOnAllRanks) {
  class Fails final : public Problem {
   public:
    std::string name() const override { return "fails"; }
    size_t dimensions() const override { return 3; }
    double low(size_t) const override { return -1; }
    double high(size_t) const override { return 1; }
    Status Evaluate(std::span<const double>, size_t, std::span<double>) const override {
      return Status(Code::kIOError, "the program has died");
    }
  };
  const Make make = Maker({}, std::make_shared<Fails>());
  for (const int ranks : {1, 3}) {
    const auto outcome = TrainInProcess(make, nullptr, {.ranks = ranks});
    ASSERT_FALSE(outcome.ok());
    EXPECT_NE(outcome.status().ToString().find("the program has died"), std::string::npos) << outcome.status().ToString();
  }
}

TEST(AsyncIslandsTest, OnePopulationHasNothingToBeAsynchronousWith) {
  const auto made = Evolution::Make("ga", Parameters(Settings{{"migration", "async"}}), Sphere(), 1);
  EXPECT_EQ(made.status().message(), "migration=async is for islands: island-ga, or --islands=N");
}

TEST(AsyncIslandsTest, AStateThatDoesNotFitIsRefused) {
  const Make make = Maker({{"islands", "3"}, {"generations", "30"}}, Sphere());
  ASSERT_OK_AND_ASSIGN(const auto evolution, make());
  Bundle state = evolution->SaveState();
  state.SetLongs("island_generations", std::vector<int64_t>{1, 2});
  const auto outcome = TrainLocally(**make(), nullptr, {.threads = 1, .state = &state});
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.status().message(), "the saved state has no counts of 3 islands");
}

}  // namespace
}  // namespace tusk::ml
