// Goal: the page's alerts name what is wrong, worst first, and nothing where nothing is; trash paths lead back.
#include "dfs/namenode/console/overview.h"

#include "base/testing/matchers.h"
#include "dfs/namenode/console/file_views.h"
#include "dfs/namenode/console/trash_endpoints.h"

namespace tusk::dfs {
namespace {

DatanodeCounts Healthy() {
  DatanodeCounts nodes;
  nodes.live = 3;
  nodes.space.capacity = 1000;
  nodes.space.remaining = 800;
  return nodes;
}

TEST(OverviewTest, AHealthyFilesystemHasNoAlerts) { EXPECT_TRUE(AlertsOf(Healthy(), BlockStats{}, false, "", 0).empty()); }

TEST(OverviewTest, WhatIsWrongIsNamedWorstFirst) {
  DatanodeCounts nodes = Healthy();
  nodes.dead = 2;
  nodes.decommissioned = 1;  // one of the dead left on purpose
  nodes.space.remaining = 10;
  BlockStats blocks;
  blocks.missing = 1;
  blocks.under_replicated = 4;
  const std::vector<Alert> alerts = AlertsOf(nodes, blocks, true, "Use hdfs dfsadmin.", 0);
  ASSERT_EQ(alerts.size(), 5u);
  EXPECT_EQ(alerts[0].code, "missingBlocks");
  EXPECT_EQ(alerts[0].message, "1 block has no replica");
  EXPECT_EQ(alerts[1].code, "full");
  EXPECT_EQ(alerts[2].code, "safeMode");
  EXPECT_EQ(alerts[3].message, "1 datanode is dead");
  EXPECT_EQ(alerts[4].code, "underReplicated");
}

TEST(ConsolePathTest, PathsAreAbsoluteAndPlain) {
  EXPECT_EQ(CheckPath("/a/b/").value(), "/a/b");
  EXPECT_EQ(CheckPath("/").value(), "/");
  EXPECT_EQ(CheckPath("/<img onerror=x>").value(), "/<img onerror=x>");
  for (const char* path : {"", "a", "//", "/a//b", "/a/../b", "/.", "/a/.."}) {
    SCOPED_TRACE(path);
    EXPECT_STATUS(Code::kInvalidPath, CheckPath(path));
  }
}

TEST(ConsolePathTest, TrashPathsLeadBack) {
  EXPECT_EQ(TrashPathOf("ann", "/a/b"), "/user/ann/.Trash/Current/a/b");
  EXPECT_EQ(OriginalPathOf("ann", "/user/ann/.Trash/Current/a/b"), "/a/b");
  EXPECT_EQ(OriginalPathOf("ann", "/user/ann/.Trash/260101120000/a"), "/a");
  EXPECT_EQ(OriginalPathOf("ann", "/user/bob/.Trash/Current/a"), "");
  EXPECT_EQ(OriginalPathOf("ann", "/user/ann/.Trash/Current"), "");
  for (const char* path : {"/", "/user", "/user/ann", "/user/ann/.Trash", "/user/ann/.Trash/Current/x"}) EXPECT_EQ(TrashPathOf("ann", path), "") << path;
  EXPECT_EQ(CheckpointTime("260101120000"), 1767268800000);
  EXPECT_EQ(CheckpointTime("Current"), 0);
}

}  // namespace
}  // namespace tusk::dfs
