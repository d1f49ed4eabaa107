// What users see when machines leave on purpose, racks go dark, all power is lost, or there are too many replicas.
// Names: docs/faults.md.
#include <algorithm>
#include <set>

#include "dfs/simulation/fault_testing.h"

namespace tusk::dfs::simulation {
namespace {

// "/rackA" for the first, "/rackB" for the others.
constexpr size_t kFirstRack = 3;

class RackTest : public FaultTest {
 protected:
  void OpenRacks() {
    SimClusterOptions options;
    options.datanodes = 6;
    options.settings = {{"net.topology.node.switch.mapping.impl", "org.apache.hadoop.net.TableMapping"},
                        {"net.topology.table.file.name", "/topology"}};
    cluster_ = std::make_unique<SimCluster>(1, std::move(options));
    std::string table;
    for (size_t i = 0; i < 6; ++i) table += world().fabric().AddressOf(Name(i)) + (i < kFirstRack ? " /rackA\n" : " /rackB\n");
    ASSERT_OK(cluster_->namenode_machine().disk().WriteFileAtomic("/topology", AsBytes(table)));
    ASSERT_OK(cluster_->Start());
    Wait(20);
  }
};

TEST_F(FaultTest, F19_AllPowerLostRightAfterClose) {
  Open(5, {{"dfs.datanode.synconclose", "true"}});
  const std::string bytes = Pattern(150'000);
  ASSERT_OK(Put("/f", bytes));
  cluster_->CrashNamenode(sim::CrashMode::kDropUnsynced);
  for (size_t i = 0; i < 5; ++i) cluster_->CrashDatanode(i, sim::CrashMode::kDropUnsynced);
  ASSERT_OK(world().Run(cluster_->StartNamenode()));
  for (size_t i = 0; i < 5; ++i) ASSERT_OK(world().Run(cluster_->StartDatanode(i)));
  EXPECT_TRUE(Eventually([&] { return Whole(); }));
  ExpectContent("/f", bytes);
}

// dfs.datanode.synconclose is off by default, as Hadoop's: what survives is what hsync has reached, which is the block
// being written. (With synconclose those before it, too.)
TEST_F(FaultTest, F19_AllPowerLostAfterHsyncOfAnOpenFile) {
  Open(5);
  const std::string bytes = Pattern(60'000);
  OpenWith("/f", bytes);
  cluster_->CrashClient(0);
  cluster_->CrashNamenode(sim::CrashMode::kDropUnsynced);
  for (size_t i = 0; i < 5; ++i) cluster_->CrashDatanode(i, sim::CrashMode::kDropUnsynced);
  ASSERT_OK(world().Run(cluster_->StartNamenode()));
  for (size_t i = 0; i < 5; ++i) ASSERT_OK(world().Run(cluster_->StartDatanode(i)));
  Wait(30);
  ASSERT_OK(RecoverLease("/f", 1));
  ExpectContent("/f", bytes);
}

TEST_F(FaultTest, F24_ADatanodeLeavesWithOpenBlocksAndNothingIsLost) {
  Open(5);
  const std::string bytes = Pattern(80'000);
  ASSERT_OK(Put("/closed", bytes));
  OutputStream& stream = OpenWith("/open", bytes.substr(0, 10'000));
  const size_t leaving = HoldersOf("/open").at(0);
  ASSERT_OK(world().Run(cluster_->SetDuty(leaving, AdminState::kDecommissioned)));
  ASSERT_TRUE(Eventually([&] { return cluster_->DutyOf(leaving) == AdminState::kDecommissioned; }, 600));
  cluster_->CrashDatanode(leaving, sim::CrashMode::kKeepAll);
  ExpectContent("/closed", bytes);
  ExpectContent("/open", bytes.substr(0, 10'000));
  ASSERT_OK(world().Run(stream.Write(AsBytes(bytes).subspan(10'000))));
  ASSERT_OK(world().Run(stream.Close()));
  ExpectContent("/open", bytes);
  EXPECT_TRUE(Eventually([&] { return Whole(); }, 200));
}

TEST_F(FaultTest, F24_ADatanodeWithTheOnlyReplicaStaysUntilItIsCopied) {
  Open(4);
  CreateOptions single;
  single.replication = 1;
  const std::string bytes = Pattern(40'000);
  auto stream = world().Run(fs().Create("/single", single));
  ASSERT_OK(stream);
  ASSERT_OK(world().Run((*stream)->Write(AsBytes(bytes))));
  ASSERT_OK(world().Run((*stream)->Close()));
  const size_t holder = HoldersOf("/single").at(0);
  for (size_t i = 0; i < 4; ++i) {
    if (i != holder) world().fabric().Cut(Name(holder), Name(i));  // it cannot be copied
  }
  ASSERT_OK(world().Run(cluster_->SetDuty(holder, AdminState::kDecommissioned)));
  Wait(120);
  EXPECT_EQ(cluster_->DutyOf(holder), AdminState::kDecommissionInProgress);
  world().fabric().HealAll();
  ASSERT_TRUE(Eventually([&] { return cluster_->DutyOf(holder) == AdminState::kDecommissioned; }, 600));
  cluster_->CrashDatanode(holder, sim::CrashMode::kKeepAll);
  Wait(5);
  ExpectContent("/single", bytes);
}

TEST_F(FaultTest, F24_MaintenanceKeepsAReplicaElsewhereAndCopiesNoMore) {
  Open(5);
  const std::string bytes = Pattern(40'000);
  ASSERT_OK(Put("/f", bytes));
  ASSERT_TRUE(Eventually([&] { return Whole(); }));
  const size_t resting = HoldersOf("/f").at(0);
  ASSERT_OK(world().Run(cluster_->SetDuty(resting, AdminState::kInMaintenance)));
  ASSERT_TRUE(Eventually([&] { return cluster_->DutyOf(resting) == AdminState::kInMaintenance; }, 300));
  cluster_->CrashDatanode(resting, sim::CrashMode::kKeepAll);
  Wait(200);
  ExpectContent("/f", bytes);
  size_t replicas = 0;
  for (size_t i = 0; i < 5; ++i) replicas += FinalizedReplicas(cluster_->datanode_machine(i).disk()).size();
  EXPECT_EQ(replicas, 3u) << "nothing is copied for one in maintenance";
  ASSERT_OK(world().Run(cluster_->StartDatanode(resting)));
  ASSERT_OK(world().Run(cluster_->SetDuty(resting, AdminState::kNormal)));
  EXPECT_TRUE(Eventually([&] { return Whole() && HoldersOf("/f").size() == 3; }));
}

TEST_F(RackTest, F25_ALostRackTakesNoFileWithIt) {
  OpenRacks();
  const std::string bytes = Pattern(100'000);
  for (int i = 0; i < 6; ++i) ASSERT_OK(Put("/f" + std::to_string(i), bytes));
  ASSERT_TRUE(Eventually([&] { return Whole(); }));
  for (int i = 0; i < 6; ++i) {
    std::set<bool> racks;
    for (const size_t holder : HoldersOf("/f" + std::to_string(i))) racks.insert(holder < kFirstRack);
    EXPECT_EQ(racks.size(), 2u) << "both racks have it";
  }
  for (size_t i = 0; i < kFirstRack; ++i) cluster_->CrashDatanode(i, sim::CrashMode::kKeepAll);
  for (int i = 0; i < 6; ++i) ExpectContent("/f" + std::to_string(i), bytes);
  Wait(120);
  for (size_t i = 0; i < kFirstRack; ++i) ASSERT_OK(world().Run(cluster_->StartDatanode(i)));
  EXPECT_TRUE(Eventually([&] { return Whole(); }, 300));
}

TEST_F(FaultTest, F26_AfterARestartAllDatanodesReportAndSafeModeEnds) {
  Open(12);
  for (int i = 0; i < 10; ++i) ASSERT_OK(Put("/f" + std::to_string(i), Pattern(70'000)));
  ASSERT_OK(RestartNamenode());
  EXPECT_TRUE(cluster_->namenode()->blocks().safe_mode().on());
  EXPECT_TRUE(Eventually([&] { return !cluster_->namenode()->blocks().safe_mode().on(); }, 60));
  EXPECT_TRUE(Eventually([&] { return Whole(); }, 60)) << "all of them are heard, six at a time";
  for (int i = 0; i < 10; ++i) ExpectContent("/f" + std::to_string(i), Pattern(70'000));
}

// One of four replicas is rotten, and nobody knows; then two are enough.
TEST_F(FaultTest, F28_SurplusIsDeletedButNeverTheLastGoodReplica) {
  Open(5);
  const std::string bytes = Pattern(40'000);
  ASSERT_OK(Put("/f", bytes));
  EXPECT_OK(world().Run(fs().SetReplication("/f", 4)));
  ASSERT_TRUE(Eventually([&] { return Whole() && HoldersOf("/f").size() == 4; }, 200));
  sim::SimDisk& disk = cluster_->datanode_machine(HoldersOf("/f").at(0)).disk();
  ASSERT_TRUE(disk.Rot(FinalizedReplicas(disk).begin()->second, 20'000, 1));
  EXPECT_OK(world().Run(fs().SetReplication("/f", 2)));
  ASSERT_TRUE(Eventually([&] { return Whole() && HoldersOf("/f").size() == 2; }, 200));
  for (int i = 0; i < 9; ++i) ExpectContent("/f", bytes, static_cast<size_t>(i % 3));
  EXPECT_TRUE(Eventually([&] { return Whole() && HoldersOf("/f").size() == 2; }, 200));
}

}  // namespace
}  // namespace tusk::dfs::simulation
