// The text of fsck against what a real Hadoop 3.4.2 printed for the same files.
#include "dfs/namenode/web/fsck_report.h"

#include "base/testing/matchers.h"
#include "dfs/namenode/blocks/block_testing.h"

namespace tusk::dfs {
namespace {

constexpr int64_t kId = 1073741825;

TEST(FsckReportTest, PrintsFloatsAsJavaDoes) {
  EXPECT_EQ(JavaFloat(100.0f), "100.0");
  EXPECT_EQ(JavaFloat(100.0f / 3), "33.333332");
  EXPECT_EQ(JavaFloat(0), "0.0");
  EXPECT_EQ(JavaFloat(2.0f / 3), "0.6666667");
  EXPECT_EQ(JavaFloat(0.0011273397f), "0.0011273397");
  EXPECT_EQ(JavaFloat(1.5e-5f), "1.5E-5");
  EXPECT_EQ(JavaFloat(12345678.0f), "1.2345678E7");
}

class FsckReportFixture : public testing::Test {
 protected:
  FsckReportFixture() {
    cluster_.AddNode();
    cluster_.blocks.FinishLoad(cluster_.now);
    cluster_.FullReport(0);
    EXPECT_OK(cluster_.Write(kId, 1));
    EXPECT_OK(cluster_.Write(kId + 1, 1, 3000000));
    EXPECT_OK(cluster_.Write(kId + 2, 3));
  }
  void Walk(FsckReport& report) {
    report.Begin("root", "127.0.0.1", "DATE");
    report.AddDirectory("/");
    a_is_for_repair_ = report.AddFile({"/a", 1000, 1, false, 0, {cluster_.blocks.SpecOf(kId)}}, cluster_.now);
    report.AddFile({"/b", 3000000, 1, false, 0, {cluster_.blocks.SpecOf(kId + 1)}}, cluster_.now);
    report.AddFile({"/empty", 0, 1, false, 0, {}}, cluster_.now);
    report.AddFile({"/three", 1000, 3, false, 0, {cluster_.blocks.SpecOf(kId + 2)}}, cluster_.now);
    report.Finish("DATE", 12);
  }
  std::string Name(int i) {
    return "BP-1:blk_" + std::to_string(kId + i) + "_" + std::to_string(1000 + kId + i);
  }
  bool a_is_for_repair_ = false;
  FakeCluster cluster_{BlockLimits(), 3};
};

TEST_F(FsckReportFixture, ListsFilesBlocksAndLocations) {
  FsckOptions options;
  options.files = options.blocks = options.locations = true;
  FsckReport report(options, cluster_.blocks, "BP-1", 1);
  Walk(report);
  const std::string where = "[DatanodeInfoWithStorage[10.0.0.1:9866,DS-dn-0,DISK]]\n";
  EXPECT_EQ(report.TakeText(),
            "FSCK started by root (auth:SIMPLE) from /127.0.0.1 for path / at DATE\n\n"
            "/ <dir>\n"
            "/a 1000 bytes, replicated: replication=1, 1 block(s):  OK\n"
            "0. " + Name(0) + " len=1000 Live_repl=1  " + where + "\n"
            "/b 3000000 bytes, replicated: replication=1, 1 block(s):  OK\n"
            "0. " + Name(1) + " len=3000000 Live_repl=1  " + where + "\n"
            "/empty 0 bytes, replicated: replication=1, 0 block(s):  OK\n\n"
            "/three 1000 bytes, replicated: replication=3, 1 block(s):  Under replicated " + Name(2) +
            ". Target Replicas is 3 but found 1 live replica(s), 0 decommissioned replica(s), 0 decommissioning "
            "replica(s).\n"
            "0. " + Name(2) + " len=1000 Live_repl=1  " + where + "\n"
            "\nStatus: HEALTHY\n"
            " Number of data-nodes:\t1\n Number of racks:\t\t1\n Total dirs:\t\t\t1\n Total symlinks:\t\t0\n\n"
            "Replicated Blocks:\n Total size:\t3002000 B\n Total files:\t4\n"
            " Total blocks (validated):\t3 (avg. block size 1000666 B)\n"
            " Minimally replicated blocks:\t3 (100.0 %)\n Over-replicated blocks:\t0 (0.0 %)\n"
            " Under-replicated blocks:\t1 (33.333332 %)\n Mis-replicated blocks:\t\t0 (0.0 %)\n"
            " Default replication factor:\t1\n Average block replication:\t1.0\n Missing blocks:\t\t0\n"
            " Corrupt blocks:\t\t0\n Missing replicas:\t\t2 (40.0 %)\n Blocks queued for replication:\t0\n\n"
            "Erasure Coded Block Groups:\n Total size:\t0 B\n Total files:\t0\n"
            " Total block groups (validated):\t0\n Minimally erasure-coded block groups:\t0\n"
            " Over-erasure-coded block groups:\t0\n Under-erasure-coded block groups:\t0\n"
            " Unsatisfactory placement block groups:\t0\n Average block group size:\t0.0\n"
            " Missing block groups:\t\t0\n Corrupt block groups:\t\t0\n Missing internal blocks:\t0\n"
            " Blocks queued for replication:\t0\n"
            "FSCK ended at DATE in 12 milliseconds\n\n\nThe filesystem under path '/' is HEALTHY");
}

TEST_F(FsckReportFixture, SaysWhichFilesAreCorrupt) {
  cluster_.blocks.MarkCorrupt(cluster_.blocks.SpecOf(kId), 0, kNoIndex, "CORRUPTION_REPORTED", cluster_.now);
  FsckReport report({}, cluster_.blocks, "BP-1", 1);
  Walk(report);
  const std::string text = report.TakeText();
  EXPECT_TRUE(text.starts_with("FSCK started by root (auth:SIMPLE) from /127.0.0.1 for path / at DATE\n\n"
                               "\n/a: CORRUPT blockpool BP-1 block blk_1073741825\n"
                               "\n/a: CORRUPT 1 blocks of total size 1000 B."
                               "\n/three:  Under replicated "))
      << text;
  EXPECT_NE(text.find("  ********************************\n"
                      "  UNDER MIN REPL'D BLOCKS:\t1 (33.333332 %)\n"
                      "  MINIMAL BLOCK REPLICATION:\t1\n"
                      "  CORRUPT FILES:\t1\n"
                      "  CORRUPT BLOCKS: \t1\n"
                      "  CORRUPT SIZE:\t\t1000 B\n"
                      "  ********************************\n"
                      " Minimally replicated blocks:\t2 (66.666664 %)\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(" Average block replication:\t0.6666667\n"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("The filesystem under path '/' is CORRUPT"));
  EXPECT_TRUE(a_is_for_repair_);
}

TEST_F(FsckReportFixture, GivesOnlyClosedCorruptFilesForRepair) {
  FsckOptions options;
  options.open_for_write = true;
  FsckReport report(options, cluster_.blocks, "BP-1", 1);
  Walk(report);
  EXPECT_FALSE(a_is_for_repair_);
  cluster_.blocks.MarkCorrupt(cluster_.blocks.SpecOf(kId), 0, kNoIndex, "CORRUPTION_REPORTED", cluster_.now);
  EXPECT_FALSE(report.AddFile({"/open", 1000, 1, true, 0, {cluster_.blocks.SpecOf(kId)}}, cluster_.now));
  EXPECT_TRUE(report.AddFile({"/closed", 1000, 1, false, 0, {cluster_.blocks.SpecOf(kId)}}, cluster_.now));
}

TEST_F(FsckReportFixture, CountsFilesThatAreBeingWritten) {
  FsckReport report({}, cluster_.blocks, "BP-1", 1);
  report.AddFile({"/open", 105, 1, true, 0, {cluster_.blocks.SpecOf(kId), cluster_.blocks.SpecOf(kId + 1)}, 1}, cluster_.now);
  report.Finish("DATE", 12);
  const std::string text = report.TakeText();
  EXPECT_NE(text.find(" Total size:\t0 B (Total open files size: 105 B)\n"
                      " Total files:\t0 (Files currently being written: 1)\n"
                      " Total blocks (validated):\t0 (Total open file blocks (not validated): 2)\n"),
            std::string::npos)
      << text;
}

TEST_F(FsckReportFixture, EndsWithFailedAfterARepairThatFailed) {
  FsckReport report({}, cluster_.blocks, "BP-1", 1);
  report.NoteInternalError();
  Walk(report);
  EXPECT_TRUE(report.TakeText().ends_with("FSCK ended at DATE in 12 milliseconds\nFSCK ended at DATE in 12 milliseconds\n"
                                          "fsck encountered internal errors!\n\n\nFsck on path '/' FAILED"));
}

TEST_F(FsckReportFixture, ShowsUpgradeDomainsAndStoragePolicies) {
  FsckOptions options;
  options.files = options.blocks = options.upgrade_domains = options.replica_details = options.storage_policies = true;
  FsckReport report(options, cluster_.blocks, "BP-1", 1);
  Walk(report);
  const std::string text = report.TakeText();
  EXPECT_NE(text.find("0. " + Name(0) + " len=1000 Live_repl=1  "
                      "[DatanodeInfoWithStorage[10.0.0.1:9866,DS-dn-0,DISK](ud=undefined)(LIVE)]\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("DISK:1(HOT)                        3             100.0000%\n"
                      "\nAll blocks satisfy specified storage policy.\nFSCK ended at DATE"),
            std::string::npos)
      << text;
}

TEST_F(FsckReportFixture, SaysWhyAReplicaIsCorrupt) {
  cluster_.blocks.MarkCorrupt(cluster_.blocks.SpecOf(kId), 0, kNoIndex, "CORRUPTION_REPORTED", cluster_.now);
  FsckReport report({}, cluster_.blocks, "BP-1", 1);
  report.AddBlock(kId, "/a");
  EXPECT_TRUE(report.TakeText().ends_with(" is CORRUPT\t ReasonCode: CORRUPTION_REPORTED\n"));
  report.AddBlock(5, "");
  EXPECT_EQ(report.TakeText(), "\nBlock blk_5 does not exist\n");
}

}  // namespace
}  // namespace tusk::dfs
