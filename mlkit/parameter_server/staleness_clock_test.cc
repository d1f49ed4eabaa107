// Who may begin a step, and what a slow worker costs, in virtual time.
#include "mlkit/parameter_server/staleness_clock.h"

#include <gtest/gtest.h>

#include <functional>

#include "mlkit/api/random.h"
#include "mlkit/parameter_server/pace_shares.h"

namespace tusk::ml {
namespace {

TEST(SyncModeTest, WhatUsersWriteIsReadOrRefused) {
  EXPECT_EQ(ParseSyncMode("bsp").value().kind, Consistency::kBsp);
  EXPECT_EQ(ParseSyncMode("ssp:3").value().staleness, 3U);
  EXPECT_EQ(ParseSyncMode("asp").value().kind, Consistency::kAsp);
  for (const char* bad : {"", "ssp", "ssp:", "ssp:-1", "ssp:2x", "ssp:1000001", "BSP"}) EXPECT_EQ(ParseSyncMode(bad).code(), Code::kInvalidArgument) << bad;
  EXPECT_EQ(ParseCodecChoice("int8").value().codec, GradientCodec::kInt8);
  EXPECT_EQ(ParseCodecChoice("topk:0.25").value().share, 0.25);
  for (const char* bad : {"", "topk", "topk:0", "topk:1.5", "topk:nan", "fp8"}) EXPECT_EQ(ParseCodecChoice(bad).code(), Code::kInvalidArgument) << bad;
}

TEST(StalenessClockTest, AStepBeginsOnlyWithinTheBound) {
  StalenessClock clock({Consistency::kSsp, 1}, 2);
  EXPECT_TRUE(clock.Tick(0, 0).ok());
  EXPECT_TRUE(clock.MayBegin(0));   // one ahead
  EXPECT_TRUE(clock.Tick(0, 1).ok());
  EXPECT_FALSE(clock.MayBegin(0));
  EXPECT_EQ(clock.Tick(0, 2).code(), Code::kInternal);
  EXPECT_TRUE(clock.Tick(1, 0).ok());
  EXPECT_TRUE(clock.MayBegin(0));
  EXPECT_EQ(clock.Tick(1, 0).code(), Code::kInternal);   // twice
}

// Virtual time: each worker makes `steps` steps whose durations `takes` says. Checks the bound whenever a step begins.
// `stride`: how many steps a worker takes as one.
double Simulate(SyncMode mode, int workers, uint64_t steps, const std::function<double(int worker, uint64_t step)>& takes,
                const std::function<uint64_t(int worker)>& stride = [](int) { return uint64_t{1}; }) {
  StalenessClock clock(mode, workers);
  std::vector<double> ends(static_cast<size_t>(workers), -1);  // of the running step; < 0: waits
  const auto taken = [&](int worker) { return std::min(stride(worker), steps - clock.clock(worker)); };
  double now = 0;
  while (clock.slowest() < steps) {
    for (int worker = 0; worker < workers; ++worker) {
      double& end = ends[static_cast<size_t>(worker)];
      if (end >= 0 || clock.clock(worker) == steps || !clock.MayBegin(worker, taken(worker))) continue;
      if (mode.kind != Consistency::kAsp) EXPECT_LE(clock.clock(worker) + taken(worker) - 1 - clock.slowest(), mode.staleness);
      end = now + takes(worker, clock.clock(worker));
    }
    int next = -1;
    for (int worker = 0; worker < workers; ++worker) {
      const double end = ends[static_cast<size_t>(worker)];
      if (end >= 0 && (next < 0 || end < ends[static_cast<size_t>(next)])) next = worker;
    }
    if (next < 0) {
      ADD_FAILURE() << "nobody can go on";
      return -1;
    }
    now = ends[static_cast<size_t>(next)];
    ends[static_cast<size_t>(next)] = -1;
    EXPECT_TRUE(clock.Tick(next, clock.clock(next), taken(next)).ok());
  }
  return now;
}

// At any time one of eight workers is slowed to a quarter, for two steps at a stretch.
TEST(StalenessSimulationTest, StretchesOfSlownessCostFourfoldUnderBspAndLittleUnderSsp) {
  const auto takes = [](int worker, uint64_t step) { return static_cast<int>(step / 2 % 8) == worker ? 4.0 : 1.0; };
  const double even = Simulate({}, 8, 320, [](int, uint64_t) { return 1.0; });
  EXPECT_EQ(even, 320);
  EXPECT_EQ(Simulate({}, 8, 320, takes), 4 * even);
  EXPECT_LE(Simulate({Consistency::kSsp, 8}, 8, 320, takes), 1.5 * even);
  EXPECT_LE(Simulate({Consistency::kAsp, 0}, 8, 320, takes), 1.5 * even);
}

// One of four is slow for good: SSP cannot help, fewer rows for it can.
TEST(StalenessSimulationTest, ALastingSlownessCostsLittleOnceRowsFollowThePace) {
  constexpr size_t kBatch = 256;
  const double speeds[] = {64, 64, 64, 16};  // rows a second
  EXPECT_GT(Simulate({Consistency::kSsp, 4}, 4, 100, [&](int worker, uint64_t) { return 64 / speeds[worker]; }), 3.5 * 100);
  PaceShares shares(4);
  const double time = Simulate({Consistency::kSsp, 4}, 4, 100, [&](int worker, uint64_t) {
    const auto rows = static_cast<double>(shares.RowsOf(static_cast<size_t>(worker), kBatch));
    const double seconds = rows / speeds[worker];
    shares.Report(static_cast<size_t>(worker), rows, seconds);
    return seconds;
  });
  EXPECT_LE(time, 1.5 * 100);
}

// What a step costs whatever its rows is four times as much for a slow worker too: it takes two steps as one.
TEST(StalenessSimulationTest, FewerStepsOfASlowWorkerPayWhatStepsCostLessOften) {
  const auto takes = [](uint64_t stride) {
    return [stride](int worker, uint64_t) { return worker == 0 ? 4 * 0.4 + 0.2 * static_cast<double>(stride) : 1.0; };
  };
  EXPECT_GT(Simulate({Consistency::kSsp, 4}, 4, 100, takes(1)), 1.6 * 100);
  EXPECT_LE(Simulate({Consistency::kSsp, 4}, 4, 100, takes(2), [](int worker) { return worker == 0 ? 2U : 1U; }), 1.1 * 100);
}

TEST(StalenessClockTest, StepsThatAreTakenAsOneAreAllWithinTheBound) {
  StalenessClock clock({Consistency::kSsp, 1}, 2);
  EXPECT_TRUE(clock.MayBegin(0, 2));
  EXPECT_FALSE(clock.MayBegin(0, 3));
  EXPECT_EQ(clock.Tick(0, 0, 3).code(), Code::kInternal);
  EXPECT_TRUE(clock.Tick(0, 0, 2).ok());
  EXPECT_FALSE(clock.MayBegin(0));
  EXPECT_EQ(clock.Tick(1, 0, 0).code(), Code::kInternal);
}

TEST(StalenessSimulationTest, RandomDelaysNeverBreakTheBoundNorStopAnybody) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Random random(seed, 1);
    const SyncMode mode = {seed % 3 == 0 ? Consistency::kBsp : Consistency::kSsp, seed % 3 == 0 ? 0 : seed % 5};
    EXPECT_GT(Simulate(mode, 2 + static_cast<int>(seed % 6), 40, [&](int, uint64_t) { return random.Uniform() * random.Uniform() * 10; }), 0);
  }
}

}  // namespace
}  // namespace tusk::ml
