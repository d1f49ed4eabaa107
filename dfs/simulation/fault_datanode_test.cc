// What users see when datanodes die, hang, are cut off or lose their disks. Names: docs/faults.md.
#include <algorithm>
#include <cerrno>

#include "dfs/simulation/fault_testing.h"

namespace tusk::dfs::simulation {
namespace {

TEST_F(FaultTest, F11_AKilledDatanodeInAPipelineCostsNoFlushedByte) {
  Open(5);
  const std::string bytes = Pattern(90'000);
  OutputStream& stream = OpenWith("/f", bytes.substr(0, 30'000));
  cluster_->CrashDatanode(HoldersOf("/f").at(1), sim::CrashMode::kKeepAll);
  ASSERT_OK(world().Run(stream.Write(AsBytes(bytes).subspan(30'000, 20'000))));
  ASSERT_OK(world().Run(stream.Hflush()));
  ExpectContent("/f", bytes.substr(0, 50'000));  // of a file that is open still
  cluster_->CrashDatanode(HoldersOf("/f").at(0), sim::CrashMode::kKeepAll);
  ASSERT_OK(world().Run(stream.Write(AsBytes(bytes).subspan(50'000))));
  ASSERT_OK(world().Run(stream.Close()));
  ExpectContent("/f", bytes);
  EXPECT_TRUE(Eventually([&] { return Whole(); }));
}

TEST_F(FaultTest, F11_EveryDatanodeOfAPipelineKilledKeepsWhatWasFlushed) {
  Open(3);
  const std::string bytes = Pattern(30'000);
  OutputStream& stream = OpenWith("/f", bytes);
  for (size_t i = 0; i < 3; ++i) cluster_->CrashDatanode(i, sim::CrashMode::kKeepAll);
  EXPECT_FALSE(world().Run(stream.Write(AsBytes(bytes))).ok() && world().Run(stream.Close()).ok());
  for (size_t i = 0; i < 3; ++i) ASSERT_OK(world().Run(cluster_->StartDatanode(i)));
  Wait(10);
  ASSERT_OK(RecoverLease("/f", 1));
  std::string found;
  ASSERT_OK(world().Run(ReadWholeFile(fs(1), "/f", &found)));
  EXPECT_GE(found.size(), bytes.size());
  EXPECT_EQ(found.substr(0, bytes.size()), bytes);
}

// Of a replica that was found after a crash nobody knows how much it has lost: other replicas answer, and where there
// is none the reader is told so, instead of the end of the file coming too soon.
TEST_F(FaultTest, F11_AReaderOfAnOpenFileIsNotDeceivedByAReplicaThatLostItsTail) {
  Open(3, {{"dfs.client.block.write.replace-datanode-on-failure.enable", "false"}});
  const std::string bytes = Pattern(30'000);
  OutputStream& stream = OpenWith("/f", bytes.substr(0, 20'000));
  ASSERT_OK(world().Run(stream.Write(AsBytes(bytes).subspan(20'000))));
  ASSERT_OK(world().Run(stream.Hflush()));
  const std::vector<size_t> holders = HoldersOf("/f");
  ASSERT_EQ(holders.size(), 3u);
  cluster_->CrashClient(0);
  for (const size_t i : {holders[0], holders[1]}) {
    cluster_->CrashDatanode(i, sim::CrashMode::kDropUnsynced);
    ASSERT_OK(world().Run(cluster_->StartDatanode(i)));
  }
  Wait(5);
  ExpectContent("/f", bytes);
  cluster_->CrashDatanode(holders[2], sim::CrashMode::kKeepAll);
  Wait(1);
  std::string found;
  const Status status = world().Run(ReadWholeFile(fs(1), "/f", &found));
  EXPECT_EQ(status.code(), Code::kIOError) << status.ToString();
  EXPECT_NE(status.ToString().find("Cannot obtain block length"), std::string::npos) << status.ToString();
  ASSERT_OK(world().Run(cluster_->StartDatanode(holders[2])));
  Wait(5);
  ASSERT_OK(RecoverLease("/f", 1));
  ExpectContent("/f", bytes);
}

TEST_F(FaultTest, F12_ADatanodeCutOffFromTheClientOnlyIsLeftOut) {
  Open(5);
  const std::string bytes = Pattern(50'000);
  OutputStream& stream = OpenWith("/f", bytes.substr(0, 10'000));
  world().fabric().Cut("client0", Name(HoldersOf("/f").at(0)));
  const double began = Now();
  ASSERT_OK(world().Run(stream.Write(AsBytes(bytes).subspan(10'000))));
  ASSERT_OK(world().Run(stream.Close()));
  EXPECT_LT(Now() - began, 30);  // a time limit of 10 s here, a minute by default
  ExpectContent("/f", bytes, 0);
  ExpectContent("/f", bytes, 1);
}

TEST_F(FaultTest, F12_ADatanodeCutOffFromTheNamenodeOnlyServesAndIsReplaced) {
  Open(5);
  const std::string bytes = Pattern(50'000);
  OutputStream& stream = OpenWith("/f", bytes.substr(0, 10'000));
  const size_t lost = HoldersOf("/f").at(0);
  world().fabric().Cut("namenode", Name(lost));
  ASSERT_OK(world().Run(stream.Write(AsBytes(bytes).subspan(10'000))));
  ASSERT_OK(world().Run(stream.Close()));
  ExpectContent("/f", bytes);
  EXPECT_TRUE(Eventually([&] {  // dead for the namenode: copied
    const std::vector<size_t> holders = HoldersOf("/f");
    return holders.size() == 3 && std::find(holders.begin(), holders.end(), lost) == holders.end();
  }, 200));
  world().fabric().HealAll();
  EXPECT_TRUE(Eventually([&] { return Whole() && HoldersOf("/f").size() == 3; }));
  ExpectContent("/f", bytes);
}

TEST_F(FaultTest, F13_OneWayCutsOfAnyPairLoseNothing) {
  Open(5);
  const std::vector<std::string> machines{"client0", "namenode", Name(0), Name(1)};
  int file = 0;
  for (const std::string& from : machines) {
    for (const std::string& to : machines) {
      if (from == to) continue;
      const std::string path = "/f" + std::to_string(file++), bytes = Pattern(40'000, static_cast<uint32_t>(file));
      OutputStream& stream = OpenWith(path, bytes.substr(0, 10'000));
      world().fabric().CutOneWay(from, to);
      const bool calls = from != Name(0) && from != Name(1) && to != Name(0) && to != Name(1);  // which end after 20 s here
      Later(calls ? 15 : 45, [this, from, to] { world().fabric().Heal(from, to); });
      const Status written = world().Run(stream.Write(AsBytes(bytes).subspan(10'000)));
      const Status closed = written.ok() ? world().Run(stream.Close()) : written;
      SCOPED_TRACE(from + " to " + to);
      EXPECT_OK(closed);
      Wait(50);
      ExpectContent(path, bytes);
    }
  }
  EXPECT_TRUE(Eventually([&] { return Whole(); }, 300));
}

TEST_F(FaultTest, F14_ALimpingDatanodeDelaysAWriteAndIsNotLostTo) {
  Open(5);
  const std::string bytes = Pattern(150'000);
  cluster_->datanode_machine(0).pool().set_slowness(2000);
  world().fabric().SetSlowness(Name(1), 300);
  for (int i = 0; i < 5; ++i) ASSERT_OK(Put("/f" + std::to_string(i), bytes));
  for (int i = 0; i < 5; ++i) ExpectContent("/f" + std::to_string(i), bytes);
  EXPECT_TRUE(Eventually([&] { return Whole(); }));
}

TEST_F(FaultTest, F15_AFailedDiskOfSeveralIsDroppedAndAFreshOneTakenIn) {
  Open(4, {{"dfs.datanode.data.dir", "/data0,/data1"}});
  std::vector<std::string> contents;
  for (uint32_t i = 0; i < 6; ++i) {
    contents.push_back(Pattern(100'000, i));
    ASSERT_OK(Put("/f" + std::to_string(i), contents.back()));
  }
  const auto fails = [](const std::string& path) { return path.starts_with("/data1"); };
  sim::SimDisk& disk = cluster_->datanode_machine(0).disk();
  disk.set_fault([fails](const sim::DiskEvent& event) { return fails(event.path) ? Status::FromErrno(EIO, "write", event.path) : Status::Ok(); });
  disk.set_read_fault([fails](const std::string& path) { return fails(path) ? Status::FromErrno(EIO, "read", path) : Status::Ok(); });
  for (uint32_t i = 6; i < 12; ++i) {
    contents.push_back(Pattern(100'000, i));
    ASSERT_OK(Put("/f" + std::to_string(i), contents.back()));
  }
  for (uint32_t i = 0; i < 12; ++i) ExpectContent("/f" + std::to_string(i), contents[i]);
  EXPECT_TRUE(Eventually([&] { return Whole(); }, 300));
  ASSERT_NE(cluster_->datanode(0), nullptr) << "one disk of two stops no datanode";
  EXPECT_TRUE(cluster_->TakeDeaths().empty());
  cluster_->CrashDatanode(0, sim::CrashMode::kKeepAll);
  ASSERT_OK(cluster_->datanode_machine(0).disk().RemoveTree("/data1"));  // the fresh disk is empty
  ASSERT_OK(world().Run(cluster_->StartDatanode(0)));
  EXPECT_TRUE(Eventually([&] { return Whole(); }, 300));
  for (uint32_t i = 0; i < 12; ++i) ExpectContent("/f" + std::to_string(i), contents[i]);
}

TEST_F(FaultTest, F16_ADiskThatFillsUpInTheMiddleOfABlockCostsNoByte) {
  Open(5);
  const std::string bytes = Pattern(60'000);
  OutputStream& stream = OpenWith("/f", bytes.substr(0, 20'000));
  sim::SimDisk& disk = cluster_->datanode_machine(HoldersOf("/f").at(1)).disk();
  disk.set_fault([](const sim::DiskEvent& event) {
    return event.op == sim::DiskOp::kWrite ? Status::FromErrno(ENOSPC, "write", event.path) : Status::Ok();
  });
  ASSERT_OK(world().Run(stream.Write(AsBytes(bytes).subspan(20'000))));
  ASSERT_OK(world().Run(stream.Close()));
  ExpectContent("/f", bytes);
  disk.set_fault(nullptr);
  EXPECT_TRUE(Eventually([&] { return Whole(); }, 200));
}

TEST_F(FaultTest, F17_ARottenReplicaIsFoundByItsReaderAndReplacedByAGoodOne) {
  Open(5);
  const std::string bytes = Pattern(60'000);
  ASSERT_OK(Put("/f", bytes));
  ASSERT_TRUE(Eventually([&] { return Whole(); }));
  const std::vector<size_t> holders = HoldersOf("/f");  // in another order when asked again
  for (const size_t holder : holders) {
    if (holder == holders.back()) break;  // one stays good
    const std::map<std::string, std::string> replicas = FinalizedReplicas(cluster_->datanode_machine(holder).disk());
    ASSERT_EQ(replicas.size(), 1u);
    ASSERT_TRUE(cluster_->datanode_machine(holder).disk().Rot(replicas.begin()->second, 31'000, 3));
  }
  for (int i = 0; i < 12; ++i) ExpectContent("/f", bytes, static_cast<size_t>(i % 3));
  EXPECT_TRUE(Eventually([&] { return Whole() && HoldersOf("/f").size() == 3; }, 300));
  ExpectContent("/f", bytes);
}

TEST_F(FaultTest, F27_ADatanodeThatComesBackLateBringsNothingOldBack) {
  Open(4);
  ASSERT_OK(Put("/gone", Pattern(50'000)));
  ASSERT_OK(Put("/changed", Pattern(50'000)));
  ASSERT_TRUE(Eventually([&] { return Whole(); }));
  const size_t stale = HoldersOf("/changed").at(0);
  cluster_->CrashDatanode(stale, sim::CrashMode::kKeepAll);
  Wait(2);
  EXPECT_OK(world().Run(fs().Delete("/gone", false)));
  auto stream = world().Run(fs().Append("/changed"));
  ASSERT_OK(stream);
  ASSERT_OK(world().Run((*stream)->Write(AsBytes(Pattern(5'000, 9)))));
  ASSERT_OK(world().Run((*stream)->Close()));
  Wait(1800);  // dead long since
  ASSERT_OK(world().Run(cluster_->StartDatanode(stale)));
  EXPECT_TRUE(Eventually([&] { return Whole(); }));
  EXPECT_EQ(world().Run(fs(1).GetFileStatus("/gone")).code(), Code::kFileNotFound);
  for (size_t client = 0; client < 3; ++client) ExpectContent("/changed", Pattern(50'000) + Pattern(5'000, 9), client);
  size_t replicas = 0;
  EXPECT_TRUE(Eventually([&] {
    replicas = 0;
    for (size_t i = 0; i < 4; ++i) replicas += FinalizedReplicas(cluster_->datanode_machine(i).disk()).size();
    return replicas == 3;
  })) << replicas << " replicas";
}

}  // namespace
}  // namespace tusk::dfs::simulation
