// Who may write, and until when.
#include "dfs/namenode/lease/lease_table.h"

#include <gtest/gtest.h>

namespace tusk::dfs {
namespace {

constexpr TimePoint At(Duration offset) { return TimePoint(1h) + offset; }

TEST(LeaseTableTest, SoftLimitPassesUnlessRenewed) {
  LeaseTable table({.soft = 60s, .hard = 1200s});
  table.Add("alice", 7, At(0s));
  EXPECT_FALSE(table.SoftExpired("alice", At(60s)));
  EXPECT_TRUE(table.SoftExpired("alice", At(61s)));
  table.Renew("alice", At(61s));
  EXPECT_FALSE(table.SoftExpired("alice", At(120s)));
  table.Renew("nobody", At(0s));  // silently nothing
  EXPECT_TRUE(table.SoftExpired("nobody", At(0s)));
}

TEST(LeaseTableTest, AFileHasOneHolder) {
  LeaseTable table({});
  table.Add("alice", 7, At(0s));
  table.Add("bob", 7, At(1s));
  EXPECT_FALSE(table.Holds("alice", 7));
  EXPECT_TRUE(table.Holds("bob", 7));
  EXPECT_EQ(table.HolderOf(7), "bob");
  EXPECT_EQ(table.FileCountOf("alice"), 0u);
  table.Remove(7);
  table.Remove(7);
  EXPECT_EQ(table.HolderOf(7), "");
  EXPECT_EQ(table.file_count(), 0u);
}

TEST(LeaseTableTest, ExpiredFilesAreGivenOnceAndAgainAfterAnotherHardLimit) {
  LeaseTable table({.soft = 60s, .hard = 1200s});
  table.Add("alice", 1, At(0s));
  table.Add("alice", 2, At(0s));
  table.Add("bob", 3, At(600s));
  EXPECT_TRUE(table.TakeExpired(At(1200s), 10).empty());
  EXPECT_EQ(table.TakeExpired(At(1201s), 10), (std::vector<int64_t>{1, 2}));
  EXPECT_TRUE(table.TakeExpired(At(1202s), 10).empty());
  EXPECT_EQ(table.TakeExpired(At(2500s), 10).size(), 3u);
}

TEST(LeaseTableTest, BoundedRoundLeavesTheRestForTheNext) {
  LeaseTable table({.soft = 60s, .hard = 1200s});
  for (int64_t file = 1; file <= 5; ++file) table.Add("alice", file, At(0s));
  EXPECT_EQ(table.TakeExpired(At(1201s), 3).size(), 3u);
  EXPECT_EQ(table.TakeExpired(At(1201s), 10).size(), 5u);  // the first three were not removed
}

TEST(LeaseTableTest, ListsOpenFilesInOrder) {
  LeaseTable table({});
  for (int64_t file : {9, 3, 5, 7}) table.Add("alice", file, At(0s));
  EXPECT_EQ(table.FilesAfter(3, 2), (std::vector<int64_t>{5, 7}));
  EXPECT_EQ(table.FilesAfter(9, 2), (std::vector<int64_t>{}));
}

}  // namespace
}  // namespace tusk::dfs
