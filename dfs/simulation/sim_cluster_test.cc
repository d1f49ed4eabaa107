// The simulated cluster itself: it works, it repeats, and what crashes comes back.
#include "dfs/simulation/sim_cluster.h"

#include <gtest/gtest.h>

#include "base/testing/matchers.h"
#include "dfs/client/testing/whole_file.h"

namespace tusk::dfs::simulation {
namespace {

Task<Status> Restart(SimCluster& cluster) {
  cluster.CrashNamenode(sim::CrashMode::kDropUnsynced);
  CO_RETURN_IF_ERROR(co_await SleepFor(cluster.world().loop(), std::chrono::seconds(2)));
  CO_RETURN_IF_ERROR(co_await cluster.StartNamenode());
  for (size_t i = 0; i < cluster.datanodes(); ++i) {
    cluster.CrashDatanode(i, sim::CrashMode::kKeepAll);
    CO_RETURN_IF_ERROR(co_await cluster.StartDatanode(i));
  }
  co_return Status::Ok();
}

TEST(SimClusterTest, WhatWasWrittenIsThereAfterEverythingWasKilled) {
  SimCluster cluster(1, {});
  ASSERT_OK(cluster.Start());
  cluster.world().RunFor(std::chrono::seconds(20));
  const std::string bytes(200'000, 'x');
  ASSERT_OK(cluster.world().Run(WriteWholeFile(cluster.client(0), "/f", bytes)));
  ASSERT_OK(cluster.world().Run(Restart(cluster)));
  cluster.world().RunFor(std::chrono::seconds(30));
  std::string found;
  ASSERT_OK(cluster.world().Run(ReadWholeFile(cluster.client(1), "/f", &found)));
  EXPECT_TRUE(found == bytes);
  EXPECT_TRUE(cluster.TakeDeaths().empty());
  cluster.Finish();
}

TEST(SimClusterTest, OneSeedIsOneRun) {
  uint64_t events[2] = {};
  for (uint64_t& count : events) {
    SimCluster cluster(7, {});
    ASSERT_OK(cluster.Start());
    cluster.world().RunFor(std::chrono::seconds(20));
    ASSERT_OK(cluster.world().Run(WriteWholeFile(cluster.client(0), "/f", std::string(100'000, 'y'))));
    cluster.world().RunFor(std::chrono::minutes(2));
    cluster.Finish();
    count = cluster.world().loop().events_run();
  }
  EXPECT_EQ(events[0], events[1]);
}

}  // namespace
}  // namespace tusk::dfs::simulation
