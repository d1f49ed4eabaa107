// Quotas refuse in Hadoop's words.
#include "dfs/namenode/namespace/quota_table.h"

#include "base/testing/matchers.h"

namespace tusk::dfs {
namespace {

Inode Directory(int64_t names, int64_t space) {
  Inode inode;
  inode.id = 20000;
  inode.namespace_quota = names;
  inode.space_quota = space;
  return inode;
}

TEST(QuotaTableTest, CountsALastBlockBeingWrittenAsAWholeOne) {
  Inode file;
  file.type = InodeType::kFile;
  file.replication = 3;
  file.block_size = 100;
  file.blocks = {{1, 1001, 100}, {2, 1002, 7}};
  EXPECT_EQ(UsageOf(file, 7), (Usage{1, 321, {0, 321}}));
  file.last_block_complete = false;
  EXPECT_EQ(UsageOf(file, 0), (Usage{1, 600, {}}));
}

TEST(QuotaTableTest, RefusesOnlyWhatGrowsBeyondTheQuota) {
  QuotaTable table;
  Inode directory = Directory(2, 400 << 20);
  table.Set(directory.id, {1, 0});
  EXPECT_OK(table.Check(directory, "/d", {1, 100}));
  table.Add(directory.id, {1, 384 << 20});
  Status names = table.Check(directory, "/d", {1, 0});
  EXPECT_STATUS(Code::kNSQuotaExceeded, names);
  EXPECT_EQ(names.message(), "The NameSpace quota (directories and files) of directory /d is exceeded: quota=2 file count=3");
  Status space = table.Check(directory, "/d", {0, 128 << 20});
  EXPECT_STATUS(Code::kDSQuotaExceeded, space);
  EXPECT_EQ(space.message(),
            "The DiskSpace quota of /d is exceeded: quota = 419430400 B = 400 MB but diskspace consumed = 536870912 B = 512 MB");
  EXPECT_OK(table.Check(directory, "/d", {0, 0}));
  EXPECT_OK(table.Check(directory, "/d", {-1, -5}));
}

TEST(QuotaTableTest, RootsOwnQuotaMeansNothing) {
  EXPECT_FALSE(HasQuota(Directory(kNamespaceQuotaMax, kQuotaNone)));
  EXPECT_TRUE(HasQuota(Directory(kQuotaNone, 0)));
}

}  // namespace
}  // namespace tusk::dfs
