// The plans that follow from joins, losses, broken connections, silence and slow steps.
#include "mlkit/job/master/membership.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "mlkit/job/master/shard_map.h"

namespace tusk::ml {
namespace {

TimePoint At(Duration since_start) { return TimePoint() + 1000s + since_start; }

std::vector<size_t> CountsOf(const MembershipPlan& plan) {
  std::vector<size_t> counts(plan.workers.size(), 0);
  for (const int owner : plan.owner_of_shard) ++counts.at(static_cast<size_t>(owner));
  return counts;
}

class MembershipTest : public ::testing::Test {
 protected:
  Membership Running(int workers, size_t shards, MembershipLimits limits = {}) {
    limits.workers = workers;
    Membership membership(limits, At(0s));
    for (int w = 0; w < workers; ++w) membership.Join(Name(w), shards, -1, At(0s));
    return membership;
  }
  // All members make step `step`, taking `seconds` each.
  static void Step(Membership& membership, uint64_t step, const std::vector<double>& seconds, TimePoint now) {
    const MembershipPlan plan = *membership.plan();
    for (size_t r = 0; r < plan.workers.size(); ++r) {
      membership.StepDone(plan.workers[r], plan.epoch, step, std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds[r])), now);
    }
  }
  static std::string Name(int number) { return "w" + std::to_string(number); }
};

TEST(ShardMapTest, TheFirstSplitIsEvenAndContiguous) {
  const std::vector<int> owners = SplitEvenly(784, 4);
  EXPECT_EQ(LoadsOf(owners, std::vector<double>(784, 1), 4), (std::vector<double>{196, 196, 196, 196}));
  EXPECT_TRUE(std::is_sorted(owners.begin(), owners.end()));
  EXPECT_EQ(SplitEvenly(2, 3), (std::vector<int>{0, 1}));
}

TEST(ShardMapTest, OnlyWhatMustMoveMoves) {
  const std::vector<double> six(6, 1);
  EXPECT_EQ(MoveShards({0, 0, 1, 1, -1, -1}, six, {1, 1}), (std::vector<int>{0, 0, 1, 1, 0, 1}));
  EXPECT_EQ(MoveShards({0, 0, 0, 0, 0, 0}, six, {1, 1}), (std::vector<int>{0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(MoveShards({0, 0, 0, 1, 1, 1}, six, {1, 1}), (std::vector<int>{0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(MoveShards({0, 0, 0, 1, 1, 1}, six, {2, 1}), (std::vector<int>{0, 0, 0, 1, 1, 0}));
}

TEST(ShardMapTest, AShardCountsByItsCost) {
  EXPECT_EQ(MoveShards({-1, -1, -1, -1, -1}, {4, 1, 1, 1, 1}, {1, 1}), (std::vector<int>{0, 1, 1, 1, 1}));
}

TEST(ShardMapTest, ASlowRankDoesNotKeepAShardThatMakesItTheLast) {
  std::vector<int> owners(32);
  for (size_t shard = 0; shard < 32; ++shard) owners[shard] = static_cast<int>(shard / 8);
  const std::vector<double> speeds = {1, 1, 0.27, 1};   // 2.64 of 32 are its share: three would take it 11.1, ten take the others 10
  const std::vector<double> loads = LoadsOf(MoveShards(owners, std::vector<double>(32, 1), speeds), std::vector<double>(32, 1), 4);
  EXPECT_EQ(loads, (std::vector<double>{10, 10, 2, 10}));
}

TEST_F(MembershipTest, TheFirstPlanWaitsForAllWorkers) {
  MembershipLimits limits;
  limits.workers = 3;
  Membership membership(limits, At(0s));
  membership.Join("a", 784, -1, At(1s));
  membership.Join("b", 784, -1, At(2s));
  membership.Tick(At(20s));
  EXPECT_EQ(membership.plan(), nullptr);
  EXPECT_EQ(membership.missing(), 1);
  membership.Join("c", 784, -1, At(20s));
  ASSERT_NE(membership.plan(), nullptr);
  EXPECT_EQ(membership.plan()->workers, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(CountsOf(*membership.plan()), (std::vector<size_t>{262, 261, 261}));
  EXPECT_TRUE(std::is_sorted(membership.plan()->owner_of_shard.begin(), membership.plan()->owner_of_shard.end()));
}

TEST_F(MembershipTest, WhatALossCostIsToldAtTheFirstStepWithoutTheLostOne) {
  Membership membership = Running(3, 6);
  Step(membership, 1, {1, 1, 1}, At(1s));
  membership.Lose(Name(1), "killed", At(2s));
  const std::string old = membership.plan()->workers[0];
  membership.StepDone(old, membership.plan()->epoch, 2, Duration(0), At(2s + 100ms));  // of the plan that still had it
  membership.Tick(At(2s + 500ms));
  (void)membership.TakeEvents();
  Step(membership, 3, {1, 1}, At(2s + 640ms));
  EXPECT_EQ(membership.TakeEvents(), std::vector<std::string>{"goes on 0.64 s after the loss of w1"});
  Step(membership, 4, {1, 1}, At(3s));
  EXPECT_TRUE(membership.TakeEvents().empty());
}

TEST_F(MembershipTest, NotGettingAllWorkersInTimeIsAClearFailure) {
  MembershipLimits limits;
  limits.workers = 3;
  limits.silence_max = 1h;
  Membership membership(limits, At(0s));
  membership.Join("a", 10, -1, At(1s));
  membership.Tick(At(299s));
  EXPECT_TRUE(membership.failure().ok());
  membership.Tick(At(300s));
  EXPECT_EQ(membership.failure().message(), "1 of 3 workers after 300 s");
}

TEST_F(MembershipTest, SurvivorsGoOnAfterAShortGraceAndTheReplacementComesInAtAStep) {
  Membership membership = Running(3, 9);
  Step(membership, 1, {0.1, 0.1, 0.1}, At(1s));
  membership.Lose("w1", "killed", At(2s));
  EXPECT_EQ(membership.plan()->epoch, 1U);  // still waiting for a replacement
  membership.Tick(At(2s + 600ms));
  ASSERT_EQ(membership.plan()->epoch, 2U);
  EXPECT_EQ(membership.plan()->workers, (std::vector<std::string>{"w0", "w2"}));
  EXPECT_EQ(membership.plan()->after_step, 0U);
  EXPECT_EQ(membership.plan()->owner_of_shard, (std::vector<int>{0, 0, 0, 0, 0, 1, 1, 1, 1}));
  Step(membership, 2, {0.1, 0.1}, At(3s));
  membership.Join("w7", 9, -1, At(4s));
  EXPECT_EQ(membership.plan()->epoch, 3U);
  EXPECT_EQ(membership.plan()->after_step, 4U);
  EXPECT_EQ(CountsOf(*membership.plan()), (std::vector<size_t>{3, 3, 3}));
}

TEST_F(MembershipTest, AReplacementWithinTheGraceMakesOneEpoch) {
  Membership membership = Running(2, 4);
  membership.Lose("w0", "killed", At(2s));
  membership.Join("w5", 4, -1, At(2s + 100ms));
  EXPECT_EQ(membership.plan()->epoch, 2U);
  EXPECT_EQ(membership.plan()->workers, (std::vector<std::string>{"w1", "w5"}));
  EXPECT_EQ(membership.plan()->owner_of_shard, (std::vector<int>{1, 1, 0, 0}));
}

TEST_F(MembershipTest, FewerThanTheMinimumWaitForReplacements) {
  MembershipLimits limits;
  limits.workers_min = 2;
  Membership membership = Running(2, 4, limits);
  membership.Lose("w0", "killed", At(2s));
  membership.Tick(At(20s));
  membership.Heard("w1", At(20s));
  EXPECT_EQ(membership.plan()->epoch, 1U);
  membership.Join("w5", 4, -1, At(21s));
  EXPECT_EQ(membership.plan()->epoch, 2U);
}

TEST_F(MembershipTest, BrokenConnectionsWithoutALossMakeTheSameMembersMeetAgain) {
  Membership membership = Running(3, 9);
  membership.Broken("w0", 1, At(1s));
  membership.Broken("w1", 1, At(1s + 10ms));
  membership.Tick(At(1s + 400ms));
  EXPECT_EQ(membership.plan()->epoch, 2U);
  EXPECT_EQ(membership.plan()->workers.size(), 3U);
  membership.Broken("w2", 1, At(2s));  // late news of the old epoch
  membership.Tick(At(3s));
  EXPECT_EQ(membership.plan()->epoch, 2U);
}

TEST_F(MembershipTest, ASilentWorkerIsLost) {
  Membership membership = Running(2, 4);
  membership.Heard("w1", At(25s));
  membership.Tick(At(31s));
  membership.Tick(At(32s));
  EXPECT_EQ(membership.plan()->workers, (std::vector<std::string>{"w1"}));
}

TEST_F(MembershipTest, AStragglersShardsMoveAtAStepBoundary) {
  Membership membership = Running(4, 100);
  for (uint64_t step = 1; step <= 6; ++step) Step(membership, step, {0.1, 0.1, 0.4, 0.1}, At(3s + step * 500ms));
  ASSERT_EQ(membership.plan()->epoch, 2U);
  EXPECT_GE(membership.plan()->after_step, 6U);
  const auto counts = CountsOf(*membership.plan());
  EXPECT_LE(counts[2], 9U);   // a quarter of the others' speed
  EXPECT_GE(counts[0], 29U);
}

TEST_F(MembershipTest, AStragglerIsRelievedAfterHalfASecondOfSteps) {
  Membership membership = Running(4, 32);
  TimePoint now = At(10s);   // loading took long: that is no time of steps
  uint64_t step = 0;
  while (membership.plan()->epoch == 1 && step < 100) {
    Step(membership, ++step, {0.01, 0.01, 0.04, 0.01}, now);
    now += 40ms;
  }
  EXPECT_GE(step, 12U);
  EXPECT_LE(step, 15U);
  EXPECT_EQ(membership.plan()->after_step, step + 7);   // 0.3 s: who gets shards loads them meanwhile
  EXPECT_EQ(CountsOf(*membership.plan()), (std::vector<size_t>{10, 10, 2, 10}));
  for (int more = 0; more < 200; ++more) {              // as fast as it gets: nothing moves any more
    Step(membership, ++step, {0.0125, 0.0125, 0.01, 0.0125}, now);
    now += 13ms;
  }
  EXPECT_EQ(membership.plan()->epoch, 2U);
}

TEST_F(MembershipTest, WhoLostAllItsShardsIsTriedAgainAfterAMinuteAndRelievedAtOnceIfInVain) {
  Membership membership = Running(4, 16);
  uint64_t step = 0;
  TimePoint now = At(0s);
  bool slow = true;
  const auto run = [&](Duration length) {
    for (const TimePoint end = now + length; now < end; now += 20ms) {
      const double shards = static_cast<double>(CountsOf(*membership.plan())[2]);
      Step(membership, ++step, {0.01, 0.01, slow ? 0.02 * shards : 0.002 * shards, 0.01}, now);
    }
  };
  run(2s);
  EXPECT_EQ(CountsOf(*membership.plan())[2], 0U);
  const uint64_t relieved = membership.plan()->epoch;
  run(50s);
  EXPECT_EQ(membership.plan()->epoch, relieved);
  run(12s);   // tried, and slow still
  EXPECT_EQ(membership.plan()->epoch, relieved + 2);
  EXPECT_EQ(CountsOf(*membership.plan())[2], 0U);
  slow = false;
  run(65s);
  EXPECT_GE(CountsOf(*membership.plan())[2], 3U);
}

// A cgroup's quota: nothing for most of a period, then several steps at full speed.
TEST_F(MembershipTest, StepsInBurstsCountByTheirMean) {
  Membership membership = Running(2, 16);
  for (uint64_t step = 1; step <= 400; ++step) {
    Step(membership, step, {step % 4 == 0 ? 0.034 : 0.002, 0.01}, At(step * 12ms));
    ASSERT_EQ(membership.plan()->epoch, 1U) << step;
  }
}

TEST_F(MembershipTest, WhoHasTheLongShardsIsNoStraggler) {
  Membership membership = Running(2, 8);
  for (size_t shard = 0; shard < 8; ++shard) membership.ShardHas(shard, shard < 4 ? 100 : 300);
  std::vector<double> loads;
  for (uint64_t step = 1; step <= 60; ++step) {
    loads = LoadsOf(membership.plan()->owner_of_shard, {1, 1, 1, 1, 3, 3, 3, 3}, 2);
    Step(membership, step, {loads[0] / 10, loads[1] / 10}, At(step * 1s));
  }
  EXPECT_EQ(membership.plan()->epoch, 2U);  // about half of the rows for each, and then it stays
  EXPECT_LE(std::max(loads[0], loads[1]), 9);
}

TEST_F(MembershipTest, EqualSpeedsMoveNothing) {
  Membership membership = Running(3, 100);
  for (uint64_t step = 1; step <= 50; ++step) Step(membership, step, {0.1, 0.11, 0.105}, At(step * 1s));
  EXPECT_EQ(membership.plan()->epoch, 1U);
}

TEST_F(MembershipTest, SurvivorsOfAMasterGoOnInLaterEpochs) {
  MembershipLimits limits;
  limits.workers = 3;
  limits.first_epoch = (uint64_t{2} << 32) + 1;
  Membership membership(limits, At(0s));
  membership.Join("a", 6, 17, At(1s));
  membership.Join("c", 6, 16, At(1s));
  EXPECT_EQ(membership.plan(), nullptr);
  membership.Tick(At(4s));  // the third does not come back
  ASSERT_NE(membership.plan(), nullptr);
  EXPECT_EQ(membership.plan()->workers.size(), 2U);
  EXPECT_GT(membership.plan()->epoch, uint64_t{2} << 32);
  EXPECT_EQ(membership.steps(), 17U);
}

TEST_F(MembershipTest, EndlessLossesWithoutAStepEndTheJob) {
  Membership membership = Running(2, 4);
  for (int i = 0; i < 9 && membership.failure().ok(); ++i) {
    membership.Join("x" + std::to_string(i), 4, -1, At(1s));
    membership.Lose("x" + std::to_string(i), "exit code 1", At(1s));
  }
  EXPECT_NE(membership.failure().message().find("the last one: exit code 1"), std::string::npos);
}

TEST_F(MembershipTest, WorkersThatSeeOtherDataAreRefused) {
  MembershipLimits limits;
  limits.workers = 2;
  Membership membership(limits, At(0s));
  membership.Join("a", 6, -1, At(1s));
  membership.Join("b", 7, -1, At(1s));
  EXPECT_NE(membership.failure().message().find("7 shards"), std::string::npos);
}

}  // namespace
}  // namespace tusk::ml
