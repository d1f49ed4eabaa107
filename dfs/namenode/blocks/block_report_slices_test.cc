// Full reports taken in slices, with other news of the storage between them.
#include <gtest/gtest.h>

#include "dfs/namenode/blocks/block_testing.h"

namespace tusk::dfs {
namespace {

constexpr int64_t kFirst = 1073741825;

class BlockReportSlicesTest : public ::testing::Test {
 protected:
  BlockReportSlicesTest() : cluster_(BlockLimits(), 1) {
    cluster_.AddNode();
    cluster_.AddNode();
    for (int64_t i = 0; i < 10; ++i) cluster_.blocks.Load({Spec(i), 16386 + i, 1, BlockState::kComplete});
    cluster_.blocks.FinishLoad(cluster_.now);
  }
  static BlockSpec Spec(int64_t i) { return {kFirst + i, 1001 + i, 100}; }
  static ReportedReplica Replica(int64_t i) { return {Spec(i), ReplicaState::kFinalized}; }
  StorageIndex storage() { return cluster_.StorageOf(0); }
  void Slice(std::vector<int64_t> blocks, bool first) {
    std::vector<ReportedReplica> replicas;
    for (int64_t i : blocks) replicas.push_back(Replica(i));
    cluster_.blocks.ProcessFullReport({storage(), replicas, 7, first, false}, cluster_.now);
  }
  int Finish(uint32_t records_max) {
    int calls = 1;
    while (!cluster_.blocks.FinishFullReport(storage(), 7, records_max, cluster_.now)) ++calls;
    return calls;
  }
  bool Has(int64_t i) {
    for (const PlacedReplica& replica : cluster_.blocks.Replicas(kFirst + i)) {
      if (replica.storage == storage() && !replica.corrupt) return true;
    }
    return false;
  }
  FakeCluster cluster_;
};

TEST_F(BlockReportSlicesTest, WhatNoSliceNamedIsGoneHoweverSmallTheSteps) {
  Slice({0, 1, 2, 3, 4}, true);
  Finish(100);
  for (uint32_t step : {1u, 3u, 1000u}) {
    Slice({0, 1}, true);
    Slice({2}, false);
    EXPECT_TRUE(Has(4) || step != 1u);
    EXPECT_EQ(Finish(step) > 1, step == 1u);  // later ones find nothing missing, or all in one step
    for (int64_t i = 0; i < 10; ++i) EXPECT_EQ(Has(i), i <= 2) << i << " by steps of " << step;
  }
}

TEST_F(BlockReportSlicesTest, NewsBetweenSlicesAreNewerThanTheReport) {
  Slice({0, 1, 2}, true);
  cluster_.blocks.ProcessIncremental(storage(), {Spec(8), IncrementalKind::kReceived, ""}, cluster_.now);  // not in the report
  cluster_.blocks.ProcessIncremental(storage(), {Spec(1), IncrementalKind::kDeleted, ""}, cluster_.now);   // named already
  cluster_.blocks.ProcessIncremental(storage(), {Spec(4), IncrementalKind::kDeleted, ""}, cluster_.now);   // still to be named
  Slice({3, 4, 5}, false);
  Finish(2);
  for (int64_t i = 0; i < 10; ++i) EXPECT_EQ(Has(i), i == 0 || i == 2 || i == 3 || i == 5 || i == 8) << i;
}

TEST_F(BlockReportSlicesTest, ADatanodeThatDiesBetweenSlicesHasNothing) {
  Slice({0, 1, 2}, true);
  cluster_.registry.mutable_datanode(cluster_.nodes[0].index).alive = false;
  cluster_.blocks.DatanodeDied(cluster_.nodes[0].index, cluster_.now);
  Slice({3, 4}, false);
  EXPECT_EQ(Finish(1), 1);
  for (int64_t i = 0; i < 10; ++i) EXPECT_FALSE(Has(i)) << i;
}

TEST_F(BlockReportSlicesTest, AnEmptyReportTakesEverythingAway) {
  Slice({0, 1, 2}, true);
  Finish(100);
  Slice({}, true);
  Finish(4);
  for (int64_t i = 0; i < 10; ++i) EXPECT_FALSE(Has(i)) << i;
}

}  // namespace
}  // namespace tusk::dfs
