// A block's life through BlockManager, each test one situation of a cluster in virtual time (block_testing.h).
#include "dfs/namenode/blocks/block_manager.h"

#include "base/testing/matchers.h"
#include "dfs/namenode/blocks/block_testing.h"

namespace tusk::dfs {
namespace {

constexpr int64_t kId = 1073741825;

class BlockManagerTest : public testing::Test {
 protected:
  void Start(size_t nodes, const std::vector<std::string>& racks = {"/default-rack"}) {
    for (size_t i = 0; i < nodes; ++i) cluster_.AddNode(racks[i % racks.size()]);
    cluster_.blocks.FinishLoad(cluster_.now);
    for (size_t i = 0; i < nodes; ++i) cluster_.FullReport(i);
  }
  void Settle(int rounds = 20) {
    for (int i = 0; i < rounds; ++i) {
      cluster_.Advance(3s);
      for (size_t n = 0; n < cluster_.nodes.size(); ++n) {
        if (cluster_.nodes[n].running) (void)cluster_.BeatAndWork(n);
      }
      cluster_.Expire();
      cluster_.blocks.Tick(cluster_.now);
    }
  }
  size_t Copies(int64_t id) {
    size_t copies = 0;
    for (const auto& node : cluster_.nodes) copies += node.running && node.replicas.contains(id);
    return copies;
  }
  BlockManager& blocks() { return cluster_.blocks; }

  FakeCluster cluster_{BlockLimits(), 7, DatanodeLimits{3s, 5s, 30s}};
};

TEST_F(BlockManagerTest, CompletesWhenTheFirstReplicaIsReported) {
  Start(3);
  TargetRequest request{.path = "/a", .replication = 3, .block_size = 100};
  ASSERT_OK_AND_ASSIGN(auto targets, blocks().ChooseTargets(request, cluster_.now));
  ASSERT_EQ(targets.size(), 3u);
  blocks().AddUnderConstruction({kId, 1001, 0}, 16386, 3, targets);
  EXPECT_FALSE(blocks().IsMinimallyReplicated(kId));
  ASSERT_OK_AND_ASSIGN(bool complete, blocks().Commit({kId, 1001, 100}, cluster_.now));
  EXPECT_FALSE(complete);
  EXPECT_EQ(blocks().StateOf(kId), BlockState::kCommitted);
  blocks().ProcessIncremental(targets[0], {{kId, 1001, 100}, IncrementalKind::kReceived, ""}, cluster_.now);
  EXPECT_EQ(blocks().StateOf(kId), BlockState::kComplete);
  EXPECT_TRUE(blocks().IsMinimallyReplicated(kId));
  // The other two are expected any moment: nothing is copied for them.
  EXPECT_EQ(blocks().Stats().under_replicated, 0u);
  EXPECT_EQ(blocks().Stats().pending_replication, 1u);
}

TEST_F(BlockManagerTest, TooFewNodesIsToldInHadoopsWords) {
  blocks().FinishLoad(cluster_.now);
  TargetRequest request{.path = "/a", .replication = 3, .block_size = 100};
  auto refused = blocks().ChooseTargets(request, cluster_.now);
  EXPECT_STATUS(Code::kIOError, refused);
  EXPECT_EQ(refused.status().message(),
            "File /a could only be written to 0 of the 1 minReplication nodes. There are 0 datanode(s) running and no "
            "node(s) are excluded in this operation.");
}

TEST_F(BlockManagerTest, CommitRefusesAnotherStampAndALengthThatShrinks) {
  Start(1);
  blocks().AddUnderConstruction({kId, 1001, 0}, 16386, 1, std::vector{cluster_.StorageOf(0)});
  EXPECT_STATUS(Code::kIOError, blocks().Commit({kId, 1002, 5}, cluster_.now));
  ASSERT_OK(blocks().UpdatePipeline(kId, 1003, 50, std::vector{cluster_.StorageOf(0)}));
  EXPECT_STATUS(Code::kIOError, blocks().Commit({kId, 1003, 49}, cluster_.now));
  EXPECT_OK(blocks().Commit({kId, 1003, 50}, cluster_.now));
  EXPECT_OK(blocks().Commit({kId, 1003, 50}, cluster_.now));
}

TEST_F(BlockManagerTest, ReplicationIsRestoredWhenADatanodeDies) {
  Start(5);
  for (int64_t i = 0; i < 20; ++i) ASSERT_OK(cluster_.Write(kId + i, 3));
  cluster_.Kill(0);
  Settle(60);
  EXPECT_EQ(cluster_.registry.live_count(), 4u);
  for (int64_t i = 0; i < 20; ++i) EXPECT_EQ(Copies(kId + i), 3u) << i;
  EXPECT_EQ(blocks().Stats().under_replicated, 0u);
}

TEST_F(BlockManagerTest, SurplusGoesWhenTheDeadNodeComesBack) {
  Start(4);
  for (int64_t i = 0; i < 10; ++i) ASSERT_OK(cluster_.Write(kId + i, 3));
  cluster_.Kill(1);
  Settle(60);
  cluster_.Register(1);
  cluster_.FullReport(1);
  Settle(30);
  for (int64_t i = 0; i < 10; ++i) EXPECT_EQ(Copies(kId + i), 3u) << i;
  EXPECT_EQ(blocks().Stats().excess, 0u);
}

TEST_F(BlockManagerTest, RemovedFileIsDeletedEverywhere) {
  Start(3);
  ASSERT_OK(cluster_.Write(kId, 3));
  blocks().Remove(kId);
  EXPECT_FALSE(blocks().Contains(kId));
  EXPECT_EQ(blocks().Stats().pending_deletion, 3u);
  Settle(2);
  EXPECT_EQ(Copies(kId), 0u);
  EXPECT_EQ(blocks().Stats().pending_deletion, 0u);
}

TEST_F(BlockManagerTest, DeletionThatGotLostIsRepeatedAfterTheNextReport) {
  Start(1);
  ASSERT_OK(cluster_.Write(kId, 1));
  blocks().Remove(kId);
  EXPECT_EQ(blocks().TakeWork(0, cluster_.now).invalidations.size(), 1u);  // the answer is lost
  EXPECT_TRUE(blocks().TakeWork(0, cluster_.now).invalidations.empty());
  cluster_.FullReport(0);
  EXPECT_EQ(blocks().TakeWork(0, cluster_.now).invalidations.size(), 1u);
}

TEST_F(BlockManagerTest, SetReplicationAddsAndTakesAway) {
  Start(5);
  ASSERT_OK(cluster_.Write(kId, 2));
  blocks().SetReplication(kId, 4, cluster_.now);
  Settle();
  EXPECT_EQ(Copies(kId), 4u);
  blocks().SetReplication(kId, 1, cluster_.now);
  Settle();
  EXPECT_EQ(Copies(kId), 1u);
}

TEST_F(BlockManagerTest, CorruptReplicaIsReplacedBeforeItIsDeleted) {
  Start(4);
  ASSERT_OK(cluster_.Write(kId, 3));
  const auto replicas = blocks().Replicas(kId);
  const DatanodeIndex bad = cluster_.registry.storage(replicas[0].storage).datanode;
  blocks().MarkCorrupt({kId, 1000 + kId, 1000}, bad, replicas[0].storage, "CORRUPTION_REPORTED", cluster_.now);
  EXPECT_EQ(blocks().Stats().corrupt, 1u);
  EXPECT_TRUE(blocks().TakeWork(bad, cluster_.now).invalidations.empty());
  for (const PlacedReplica& location : blocks().LocationsFor(kId, "", cluster_.now)) {
    EXPECT_NE(location.storage, replicas[0].storage);
  }
  Settle();
  EXPECT_EQ(Copies(kId), 3u);
  EXPECT_FALSE(cluster_.nodes[bad].replicas.contains(kId));
  EXPECT_EQ(blocks().Stats().corrupt, 0u);
}

TEST_F(BlockManagerTest, BadReplicasGiveWayWhereEveryDatanodeHasOne) {
  Start(4);
  ASSERT_OK(cluster_.Write(kId, 4));
  const auto replicas = blocks().Replicas(kId);
  for (int i : {0, 1}) {
    const DatanodeIndex bad = cluster_.registry.storage(replicas[i].storage).datanode;
    blocks().MarkCorrupt({kId, 1000 + kId, 1000}, bad, replicas[i].storage, "GENSTAMP_MISMATCH", cluster_.now);
  }
  Settle();
  EXPECT_EQ(blocks().CountReplicas(kId).corrupt, 2u);  // no more than wanted: they may be all that is left one day
  blocks().SetReplication(kId, 3, cluster_.now);
  Settle();
  EXPECT_EQ(blocks().Stats().corrupt, 0u);
  EXPECT_EQ(blocks().Stats().under_replicated, 0u);
  EXPECT_EQ(Copies(kId), 3u);
}

TEST_F(BlockManagerTest, LastReplicaIsServedEvenIfCorrupt) {
  Start(1);
  ASSERT_OK(cluster_.Write(kId, 1));
  blocks().MarkCorrupt({kId, 1000 + kId, 1000}, 0, kNoIndex, "CORRUPTION_REPORTED", cluster_.now);
  const auto locations = blocks().LocationsFor(kId, "", cluster_.now);
  ASSERT_EQ(locations.size(), 1u);
  EXPECT_TRUE(locations[0].corrupt);
  EXPECT_EQ(blocks().Stats().missing, 1u);
  Settle();
  EXPECT_EQ(Copies(kId), 1u);
}

TEST_F(BlockManagerTest, OutdatedReplicaOfAPipelineThatWentOnIsDeleted) {
  Start(4);
  std::vector<StorageIndex> three{cluster_.StorageOf(0), cluster_.StorageOf(1), cluster_.StorageOf(2)};
  blocks().AddUnderConstruction({kId, 1001, 0}, 16386, 2, three);
  cluster_.nodes[0].replicas[kId] = {{kId, 1001, 10}, ReplicaState::kFinalized};
  cluster_.Incremental(0, {kId, 1001, 10}, IncrementalKind::kReceived);
  ASSERT_OK(blocks().UpdatePipeline(kId, 1002, 10, std::vector{three[1], three[2]}));
  for (size_t n : {1u, 2u}) {
    cluster_.nodes[n].replicas[kId] = {{kId, 1002, 20}, ReplicaState::kFinalized};
    cluster_.Incremental(n, {kId, 1002, 20}, IncrementalKind::kReceived);
  }
  ASSERT_OK_AND_ASSIGN(bool complete, blocks().Commit({kId, 1002, 20}, cluster_.now));
  EXPECT_TRUE(complete);
  Settle();
  EXPECT_EQ(Copies(kId), 2u);
  EXPECT_FALSE(cluster_.nodes[0].replicas.contains(kId));
}

TEST_F(BlockManagerTest, UnknownBlockIsDeletedUnlessItsStampLiesInTheFuture) {
  Start(1);
  blocks().SetNextStamp(2000);
  cluster_.Incremental(0, {5, 1500, 1}, IncrementalKind::kReceived);
  cluster_.Incremental(0, {6, 2500, 1}, IncrementalKind::kReceived);
  const HeartbeatWork work = blocks().TakeWork(0, cluster_.now);
  ASSERT_EQ(work.invalidations.size(), 1u);
  EXPECT_EQ(work.invalidations[0].id, 5);
  EXPECT_EQ(blocks().Stats().in_future, 1u);
}

TEST_F(BlockManagerTest, FullReportRemovesWhatItDoesNotName) {
  Start(3);
  ASSERT_OK(cluster_.Write(kId, 3));
  cluster_.nodes[0].replicas.clear();
  cluster_.FullReport(0);
  EXPECT_EQ(blocks().CountReplicas(kId).live, 2u);
  Settle();
  EXPECT_EQ(Copies(kId), 3u);
}

TEST_F(BlockManagerTest, SlicesOfAReportAddUp) {
  Start(1);
  ASSERT_OK(cluster_.Write(kId, 1));
  ASSERT_OK(cluster_.Write(kId + 1, 1));
  const ReportedReplica first = cluster_.nodes[0].replicas[kId], second = cluster_.nodes[0].replicas[kId + 1];
  blocks().ProcessFullReport({cluster_.StorageOf(0), {&first, 1}, 9, true, false}, cluster_.now);
  blocks().ProcessFullReport({cluster_.StorageOf(0), {&second, 1}, 9, false, true}, cluster_.now);
  EXPECT_EQ(blocks().CountReplicas(kId).live, 1u);
  EXPECT_EQ(blocks().CountReplicas(kId + 1).live, 1u);
}

TEST_F(BlockManagerTest, RecoveryGoesToOneDatanodeAndToAnotherTheNextTime) {
  Start(3);
  std::vector<StorageIndex> two{cluster_.StorageOf(0), cluster_.StorageOf(1)};
  blocks().AddUnderConstruction({kId, 1001, 0}, 16386, 3, two);
  ASSERT_OK(blocks().StartRecovery(kId, 1002, -1, cluster_.now));
  auto taker = [&]() -> int {
    for (DatanodeIndex n = 0; n < 3; ++n) {
      const HeartbeatWork work = blocks().TakeWork(n, cluster_.now);
      if (!work.recoveries.empty()) {
        EXPECT_EQ(work.recoveries[0].replicas.size(), 2u);
        return static_cast<int>(n);
      }
    }
    return -1;
  };
  const int first = taker();
  EXPECT_GE(first, 0);
  ASSERT_OK(blocks().StartRecovery(kId, 1003, -1, cluster_.now));
  const int second = taker();
  EXPECT_GE(second, 0);
  EXPECT_NE(first, second);
  EXPECT_EQ(blocks().RecoveryStampOf(kId), 1003);
  blocks().CompleteRecovered({kId, 1003, 77}, two, cluster_.now);
  EXPECT_EQ(blocks().StateOf(kId), BlockState::kComplete);
  EXPECT_EQ(blocks().SpecOf(kId).length, 77);
  EXPECT_EQ(blocks().RecoveryStampOf(kId), 0);
}

TEST_F(BlockManagerTest, CopiesSpreadOverTwoRacks) {
  Start(6, {"/r1", "/r2"});
  for (int64_t i = 0; i < 50; ++i) {
    ASSERT_OK(cluster_.Write(kId + i, 3));
    std::set<std::string> racks;
    for (const auto& location : blocks().Replicas(kId + i)) {
      racks.insert(cluster_.registry.DatanodeOf(location.storage).identity.location);
    }
    EXPECT_EQ(racks.size(), 2u);
  }
}

TEST_F(BlockManagerTest, FirstCopyGoesToTheWritersNode) {
  Start(4);
  TargetRequest request{.path = "/a", .replication = 3, .block_size = 100, .writer = "10.0.0.3"};
  for (int i = 0; i < 20; ++i) {
    ASSERT_OK_AND_ASSIGN(auto targets, blocks().ChooseTargets(request, cluster_.now));
    EXPECT_EQ(targets[0], cluster_.StorageOf(2));
    request.avoid_local = true;
    ASSERT_OK_AND_ASSIGN(auto remote, blocks().ChooseTargets(request, cluster_.now));
    for (StorageIndex target : remote) EXPECT_NE(target, cluster_.StorageOf(2));
    request.avoid_local = false;
  }
}

TEST_F(BlockManagerTest, WritesThatNeverComeAreForgotten) {
  Start(1);
  for (int64_t i = 0; i < 8; ++i) {
    blocks().AddUnderConstruction({kId + i, 1001, 0}, 16386, 1, std::vector{cluster_.StorageOf(0)});
    blocks().Remove(kId + i);
  }
  EXPECT_EQ(cluster_.registry.datanode(0).scheduled_blocks, 8u);
  for (int i = 0; i < 5; ++i) {
    cluster_.Advance(301s);
    blocks().Tick(cluster_.now);
  }
  EXPECT_EQ(cluster_.registry.datanode(0).scheduled_blocks, 0u);
}

TEST_F(BlockManagerTest, DecommissionedNodeIsEmptiedFirst) {
  Start(4);
  for (int64_t i = 0; i < 10; ++i) ASSERT_OK(cluster_.Write(kId + i, 3));
  cluster_.registry.mutable_datanode(2).admin_state = AdminState::kDecommissionInProgress;
  blocks().AdminStateChanged(2, cluster_.now);
  EXPECT_GT(blocks().BlocksHeldBackBy(2), 0u);
  Settle(40);
  EXPECT_EQ(blocks().BlocksHeldBackBy(2), 0u);
}

TEST_F(BlockManagerTest, ADatanodeInMaintenanceMayGoDownWithoutCopies) {
  Start(4);
  for (int64_t i = 0; i < 10; ++i) ASSERT_OK(cluster_.Write(kId + i, 2));
  Datanode& node = cluster_.registry.mutable_datanode(2);
  node.admin_state = AdminState::kEnteringMaintenance;
  blocks().AdminStateChanged(2, cluster_.now);
  EXPECT_EQ(blocks().BlocksHeldBackBy(2), 0u);  // one replica elsewhere is enough
  EXPECT_EQ(blocks().Stats().under_replicated, 0u);
  node.admin_state = AdminState::kInMaintenance;
  node.alive = false;
  blocks().DatanodeDied(2, cluster_.now);
  EXPECT_EQ(blocks().Stats().under_replicated, 0u);
  // Its maintenance is over and it is still down: now its replicas are missed.
  node.admin_state = AdminState::kNormal;
  blocks().DatanodeDied(2, cluster_.now);
  EXPECT_GT(blocks().Stats().under_replicated, 0u);
}

TEST_F(BlockManagerTest, TheOnlyReplicaIsCopiedBeforeMaintenance) {
  Start(3);
  for (int64_t i = 0; i < 6; ++i) ASSERT_OK(cluster_.Write(kId + i, 1));
  cluster_.registry.mutable_datanode(0).admin_state = AdminState::kEnteringMaintenance;
  blocks().AdminStateChanged(0, cluster_.now);
  Settle(40);
  EXPECT_EQ(blocks().BlocksHeldBackBy(0), 0u);
}

TEST_F(BlockManagerTest, ADatanodeThatHasNotReportedIsNotEmptyYet) {
  Start(3);
  cluster_.Register(1);
  EXPECT_GT(blocks().BlocksHeldBackBy(1), 0u);
  cluster_.FullReport(1);
  EXPECT_EQ(blocks().BlocksHeldBackBy(1), 0u);
}

TEST_F(BlockManagerTest, AnOpenBlockDoesNotHoldADatanodeBackWhileOthersHaveIt) {
  Start(3);
  const std::vector targets{cluster_.StorageOf(0), cluster_.StorageOf(1)};
  blocks().AddUnderConstruction({kId, 1001, 0}, 16386, 2, targets);
  cluster_.registry.mutable_datanode(0).admin_state = AdminState::kDecommissionInProgress;
  EXPECT_EQ(blocks().BlocksHeldBackBy(0), 0u);
  cluster_.registry.mutable_datanode(1).alive = false;
  EXPECT_GT(blocks().BlocksHeldBackBy(0), 0u);
}

TEST_F(BlockManagerTest, ARecoveryIsNotOrderedAgainWhileItsPrimaryLives) {
  Start(2);
  blocks().AddUnderConstruction({kId, 1001, 0}, 16386, 2, std::vector{cluster_.StorageOf(0), cluster_.StorageOf(1)});
  EXPECT_FALSE(blocks().RecoveryUnderWay(kId, cluster_.now));
  ASSERT_OK(blocks().StartRecovery(kId, 1002, -1, cluster_.now));
  EXPECT_TRUE(blocks().RecoveryUnderWay(kId, cluster_.now + 89s));
  EXPECT_FALSE(blocks().RecoveryUnderWay(kId, cluster_.now + 90s));
  const DatanodeIndex primary = blocks().TakeWork(0, cluster_.now).recoveries.empty() ? 1 : 0;
  blocks().DatanodeDied(primary, cluster_.now);
  EXPECT_FALSE(blocks().RecoveryUnderWay(kId, cluster_.now));
}

TEST_F(BlockManagerTest, SampleIsOfOneDatanodesLargeBlocks) {
  Start(3);
  for (int64_t i = 0; i < 20; ++i) ASSERT_OK(cluster_.Write(kId + i, 1));
  size_t sum = 0;
  for (DatanodeIndex node = 0; node < 3; ++node) {
    BlockSampling wanted{node, 1 << 30, 0, 0};
    for (const BlockSpec& block : blocks().SampleBlocks(wanted)) {
      ++sum;
      EXPECT_EQ(cluster_.registry.storage(blocks().Replicas(block.id).at(0).storage).datanode, node);
    }
    wanted.block_bytes_min = int64_t{1} << 40;
    EXPECT_TRUE(blocks().SampleBlocks(wanted).empty());
    wanted = {node, 1, 0, 0};
    EXPECT_LE(blocks().SampleBlocks(wanted).size(), 1u);
  }
  EXPECT_EQ(sum, 20u);
}

TEST_F(BlockManagerTest, AReplicaMovedBetweenADatanodesStoragesIsStillOne) {
  Start(2);
  ASSERT_OK(cluster_.Write(kId, 1));
  const BlockSpec block{kId, 1000 + kId, 1000};
  const StorageIndex from = blocks().Replicas(kId).at(0).storage;
  const DatanodeIndex node = cluster_.registry.storage(from).datanode;
  const StorageIndex to = cluster_.registry.FindOrAddStorage(node, "DS-another", 3);
  for (bool deleted_first : {false, true}) {
    const StorageIndex old = blocks().Replicas(kId).at(0).storage, fresh = old == from ? to : from;
    if (deleted_first) blocks().ProcessIncremental(old, {block, IncrementalKind::kDeleted, ""}, cluster_.now);
    blocks().ProcessIncremental(fresh, {block, IncrementalKind::kReceived, ""}, cluster_.now);
    EXPECT_TRUE(blocks().TakeWork(node, cluster_.now).invalidations.empty());
    if (!deleted_first) blocks().ProcessIncremental(old, {block, IncrementalKind::kDeleted, ""}, cluster_.now);
    ASSERT_EQ(blocks().Replicas(kId).size(), 1u);
    EXPECT_EQ(blocks().Replicas(kId)[0].storage, fresh);
    EXPECT_EQ(cluster_.registry.storage(old).block_count, 0u);
  }
  Settle();
  EXPECT_EQ(Copies(kId), 1u);
  EXPECT_EQ(blocks().Stats().under_replicated, 0u);
}

TEST_F(BlockManagerTest, SafeModeHoldsWorkBackUntilReportsHaveCome) {
  for (int64_t i = 0; i < 10; ++i) blocks().Load({{kId + i, 1001, 10}, 16386, 1, BlockState::kComplete});
  blocks().SetNextStamp(1002);
  cluster_.AddNode();
  blocks().FinishLoad(cluster_.now);
  EXPECT_TRUE(blocks().safe_mode().on());
  cluster_.nodes[0].replicas[99] = {{99, 1001, 1}, ReplicaState::kFinalized};
  for (int64_t i = 0; i < 8; ++i) cluster_.nodes[0].replicas[kId + i] = {{kId + i, 1001, 10}, ReplicaState::kFinalized};
  cluster_.FullReport(0);
  blocks().Tick(cluster_.now);
  EXPECT_EQ(blocks().safe_mode().Tip(cluster_.now),
            "The reported blocks 8 needs additional 1 blocks to reach the threshold 0.9990 of total blocks 10.\n"
            "The minimum number of live datanodes is not required. Safe mode will be turned off automatically once the "
            "thresholds have been reached.");
  EXPECT_TRUE(blocks().TakeWork(0, cluster_.now).invalidations.empty());
  cluster_.Incremental(0, {kId + 8, 1001, 10}, IncrementalKind::kReceived);
  blocks().Tick(cluster_.now);
  EXPECT_TRUE(blocks().safe_mode().on());
  cluster_.Advance(31s);
  blocks().Tick(cluster_.now);
  EXPECT_FALSE(blocks().safe_mode().on());
  EXPECT_EQ(blocks().Stats().missing, 1u);
  EXPECT_EQ(blocks().TakeWork(0, cluster_.now).invalidations.size(), 1u);
}

}  // namespace
}  // namespace tusk::dfs
