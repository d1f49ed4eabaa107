// Goal: who may join, who leaves and who is in maintenance is what the files say, and the console's edits change one
// datanode and nobody else.
#include "dfs/namenode/datanodes/host_lists.h"

#include "base/testing/matchers.h"

namespace tusk::dfs {
namespace {

DatanodeIdentity Node(const std::string& ip, const std::string& host, uint16_t port = 9866) {
  DatanodeIdentity identity;
  identity.ip = ip;
  identity.host = host;
  identity.xfer_port = port;
  return identity;
}

const DatanodeIdentity kA = Node("10.0.0.1", "a");
const DatanodeIdentity kA2 = Node("10.0.0.1", "a", 9867);
const DatanodeIdentity kB = Node("10.0.0.2", "b");

TEST(HostListsTest, ACombinedFileSaysWhoLeavesAndUntilWhen) {
  ASSERT_OK_AND_ASSIGN(HostLists lists, HostLists::ParseCombined(R"([
      {"hostName":"a","port":9866,"adminState":"DECOMMISSIONED"},
      {"hostName":"10.0.0.2","adminState":"IN_MAINTENANCE","maintenanceExpireTimeInMS":77}])"));
  EXPECT_TRUE(lists.Excluded(kA));
  EXPECT_FALSE(lists.Excluded(kA2));
  EXPECT_TRUE(lists.Included(kA2));  // nobody is listed as NORMAL: everyone may join
  EXPECT_EQ(lists.MaintenanceUntil(kB), 77);
  EXPECT_EQ(lists.MaintenanceUntil(kA), std::nullopt);
}

TEST(HostListsTest, NormalEntriesKeepOthersOut) {
  ASSERT_OK_AND_ASSIGN(HostLists lists, HostLists::ParseCombined(R"([{"hostName":"a"},{"hostName":"c","adminState":"DECOMMISSIONED"}])"));
  EXPECT_TRUE(lists.Included(kA));
  EXPECT_FALSE(lists.Included(kB));
  EXPECT_TRUE(lists.Included(Node("10.0.0.3", "c")));
}

TEST(HostListsTest, WhatIsNoHostsFileIsRefused) {
  for (const char* text : {"{}", "[1]", "[{}]", "[{\"hostName\":1}]", "[{\"hostName\":\"a\",\"port\":\"x\"}]", "["}) {
    SCOPED_TRACE(text);
    EXPECT_STATUS(Code::kInvalidArgument, HostLists::ParseCombined(text));
  }
  EXPECT_OK(HostLists::ParseCombined("\n").status());
}

TEST(HostListsTest, TheExcludeFileIsEditedForOneDatanode) {
  const std::string text = "# ours\na\nb:9866\n";
  const std::string without = EditExcludeFile(text, kA, false, {kA2, kB});
  HostLists lists = HostLists::Parse("", without);
  EXPECT_FALSE(lists.Excluded(kA));
  EXPECT_TRUE(lists.Excluded(kA2));
  EXPECT_TRUE(lists.Excluded(kB));
  EXPECT_TRUE(without.starts_with("# ours\n"));
  const std::string again = EditExcludeFile(without, kA, true, {kA2, kB});
  EXPECT_TRUE(HostLists::Parse("", again).Excluded(kA));
  EXPECT_EQ(EditExcludeFile(again, kA, true, {}), again);
}

TEST(HostListsTest, TheCombinedFileIsEditedForOneDatanode) {
  ASSERT_OK_AND_ASSIGN(std::string text, EditCombinedFile("", kA, AdminState::kInMaintenance, 99));
  ASSERT_OK_AND_ASSIGN(HostLists lists, HostLists::ParseCombined(text));
  EXPECT_EQ(lists.MaintenanceUntil(kA), 99);
  EXPECT_EQ(lists.MaintenanceUntil(kA2), std::nullopt);
  ASSERT_OK_AND_ASSIGN(text, EditCombinedFile(text, kA, AdminState::kDecommissioned, 0));
  ASSERT_OK_AND_ASSIGN(lists, HostLists::ParseCombined(text));
  EXPECT_TRUE(lists.Excluded(kA));
  EXPECT_EQ(lists.MaintenanceUntil(kA), std::nullopt);
  ASSERT_OK_AND_ASSIGN(text, EditCombinedFile(text, kA, AdminState::kNormal, 0));
  EXPECT_EQ(text, "[]\n");  // a NORMAL entry alone would shut all others out
}

}  // namespace
}  // namespace tusk::dfs
