// The loop around an algorithm keeps its promises: equal bytes whatever happens, and the test support finds who breaks them.
#include "mlkit/testing/in_process_training.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "mlkit/device/cpu/thread_pool.h"
#include "mlkit/testing/least_squares.h"
#include "mlkit/training/training_rank.h"

namespace tusk::ml {
namespace {

Result<std::unique_ptr<Algorithm>> SixSteps() { return MakeLeastSquares({.steps = 6}); }

TEST(TrainingRankTest, TheModelIsTheSameForAnyRanksLossesMovesAndRestarts) {
  const Status same = CheckSameModelEverywhere(SixSteps, MakeLinearRows(300, 4, 9));
  EXPECT_TRUE(same.ok()) << same.ToString();
}

// Counts what is loaded.
class CountedDataset final : public Dataset {
 public:
  explicit CountedDataset(std::shared_ptr<const Dataset> inner) : inner_(std::move(inner)), loads(inner_->shards()) {}
  const Schema& schema() const override { return inner_->schema(); }
  size_t shards() const override { return inner_->shards(); }
  Result<Block> Load(size_t shard) const override {
    ++loads[shard];
    return inner_->Load(shard);
  }

 private:
  const std::shared_ptr<const Dataset> inner_;

 public:
  mutable std::vector<std::atomic<int>> loads;
};

TEST(TrainingRankTest, WhatIsAnnouncedIsLoadedOnceAndAhead) {
  const auto data = std::make_shared<CountedDataset>(MakeLinearRows(300, 4, 6));
  TrainingSetup setup;
  setup.make = SixSteps;
  setup.data = data;
  setup.shard_count = 6;
  ThreadPool pool(1);
  TrainingRank rank(setup, pool);
  LocalCommunicator comm;
  rank.Preload({0, 1, 0, 1, 1, 0}, 1);   // a plan that another one replaces
  rank.Preload({0, 0, 0, 0, 0, 0}, 0);
  ASSERT_TRUE(rank.Enter(comm, std::vector<int>(6, 0), nullptr).ok());
  for (size_t shard : {0, 2, 5}) EXPECT_EQ(data->loads[shard], 1) << shard;
  ASSERT_TRUE(rank.Step().ok());
  rank.Preload(std::vector<int>(6, 0), 0);   // nothing is missing
  ASSERT_TRUE(rank.Enter(comm, std::vector<int>(6, 0), nullptr).ok());
  for (size_t shard = 0; shard < 6; ++shard) EXPECT_LE(data->loads[shard], 2) << shard;
  ASSERT_TRUE(rank.Step().ok());
}

TEST(TrainingRankTest, GradientDescentFindsTheWeights) {
  const auto outcome = TrainInProcess([]() -> Result<std::unique_ptr<Algorithm>> { return MakeLeastSquares({.steps = 200}); }, MakeLinearRows(300, 3, 4), {});
  ASSERT_TRUE(outcome.ok()) << outcome.status().ToString();
  const auto weights = outcome.value().model->Save().Doubles("weights");
  ASSERT_TRUE(weights.ok());
  const std::vector<double> expected = {1, 2, 3, 1};
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(weights.value()[i], expected[i], 0.05);
  EXPECT_EQ(outcome.value().reports.size(), 200U);
  EXPECT_TRUE(outcome.value().reports.back().finished);
}

TEST(TrainingRankTest, ALossReallyHappensAndCostsOneMembership) {
  InProcessPlan plan;
  plan.ranks = 3;
  plan.losses = {{{1, 4, true}, false}, {{0, 2, false}, true}};
  const auto outcome = TrainInProcess(SixSteps, MakeLinearRows(300, 4, 9), plan);
  ASSERT_TRUE(outcome.ok()) << outcome.status().ToString();
  EXPECT_EQ(outcome.value().losses, 2U);
  EXPECT_EQ(outcome.value().memberships, 3U);
  EXPECT_EQ(outcome.value().reports.size(), 6U);
}

TEST(TrainingRankTest, MoreRanksThanShardsWork) {
  InProcessPlan plan;
  plan.ranks = 8;
  const auto one = TrainInProcess(SixSteps, MakeLinearRows(20, 2, 3), {});
  const auto many = TrainInProcess(SixSteps, MakeLinearRows(20, 2, 3), plan);
  ASSERT_TRUE(one.ok() && many.ok());
  EXPECT_EQ(one.value().bytes, many.value().bytes);
}

TEST(TrainingStateTest, ATruncatedOrForeignStateIsRefused) {
  TrainingState state;
  state.steps = 7;
  state.bundle.SetDoubles("weights", std::vector<double>{1, 2, 3});
  const std::vector<uint8_t> bytes = state.Encode();
  const auto back = TrainingState::Decode(bytes, "x");
  ASSERT_TRUE(back.ok()) << back.status().ToString();
  EXPECT_EQ(back.value().steps, 7U);
  EXPECT_EQ(back.value().bundle.Doubles("weights").value(), (std::vector<double>{1, 2, 3}));
  for (size_t length : {size_t{0}, size_t{5}, bytes.size() / 2, bytes.size() - 1}) {
    EXPECT_FALSE(TrainingState::Decode(ByteView(bytes).first(length), "x").ok()) << length;
  }
  EXPECT_FALSE(TrainingState::Decode(Bundle().Encode(), "x").ok());
}

TEST(InProcessGroupTest, RanksThatMakeDifferentCallsGetAnError) {
  InProcessGroup group(2);
  Status second;
  std::thread other([&] {
    std::vector<int64_t> values(3);
    second = group.comm(1).AllReduceSum(std::span(values));
  });
  std::vector<int64_t> values(2);
  const Status first = group.comm(0).AllReduceSum(std::span(values));
  other.join();
  EXPECT_EQ(first.code(), Code::kInternal);
  EXPECT_EQ(second.code(), Code::kInternal);
}

// Keeps a running sum in every rank by itself: the state depends on the shards a rank has, which is the classic mistake.
class Cheat final : public Algorithm {
 public:
  Status Start(WorkerContext& context, const Bundle*) override { return ShardsChanged(context); }
  Status ShardsChanged(WorkerContext& context) override {
    rank_ = context.comm->rank();
    return Status::Ok();
  }
  Result<StepReport> Step(WorkerContext&) override {
    StepReport report;
    report.finished = true;
    return report;
  }
  Bundle SaveState() const override {
    Bundle state;
    state.SetIntegers("rank", std::vector<int32_t>{rank_});
    return state;
  }
  Result<std::unique_ptr<Model>> Finish() override { return Status(Code::kUnsupported, "no model"); }

 private:
  int rank_ = 0;
};

TEST(InProcessTrainingTest, AStateThatDiffersBetweenRanksIsFound) {
  InProcessPlan plan;
  plan.ranks = 2;
  const auto outcome = TrainInProcess([]() -> Result<std::unique_ptr<Algorithm>> { return std::unique_ptr<Algorithm>(new Cheat); },
                                      MakeLinearRows(10, 1, 2), plan);
  EXPECT_EQ(outcome.code(), Code::kInternal);
}

}  // namespace
}  // namespace tusk::ml
