// Owner, group and other; texts as Hadoop's.
#include "dfs/namenode/permission/permission.h"

#include "base/testing/matchers.h"

namespace tusk::dfs {
namespace {

Inode MakeDirectory(uint16_t mode) {
  Inode inode;
  inode.mode = mode;
  inode.owner = "root";
  inode.group = "staff";
  return inode;
}

TEST(PermissionTest, FirstMatchingClassDecides) {
  Caller owner{"root", {}, false, ""};
  Caller member{"bob", {"staff"}, false, ""};
  Caller other{"eve", {"users"}, false, ""};
  Inode directory = MakeDirectory(0047);  // the owner has less than others
  EXPECT_FALSE(MayAccess(owner, directory, kReadAccess));
  EXPECT_TRUE(MayAccess(member, directory, kReadAccess));
  EXPECT_FALSE(MayAccess(member, directory, kWriteAccess));
  EXPECT_TRUE(MayAccess(other, directory, kAllAccess));
}

TEST(PermissionTest, SaysWhatIsMissing) {
  Caller bob{"bob", {}, false, ""};
  Status denied = CheckAccess(bob, MakeDirectory(0755), "/user", kWriteAccess);
  EXPECT_STATUS(Code::kAccessControl, denied);
  EXPECT_EQ(denied.message(), "Permission denied: user=bob, access=WRITE, inode=\"/user\":root:staff:drwxr-xr-x");
  EXPECT_EQ(SymbolicMode(01777), "rwxrwxrwt");
  EXPECT_EQ(SymbolicMode(01640), "rw-r----T");
}

TEST(PermissionTest, StickyDirectoryLetsOnlyOwnersRemove) {
  Caller bob{"bob", {}, false, ""};
  Inode sticky = MakeDirectory(01777);
  Inode mine = MakeDirectory(0755);
  mine.owner = "bob";
  EXPECT_OK(CheckSticky(bob, sticky, "/tmp", mine, "/tmp/x"));
  EXPECT_STATUS(Code::kAccessControl, CheckSticky(bob, sticky, "/tmp", MakeDirectory(0755), "/tmp/y"));
  EXPECT_OK(CheckSticky(bob, MakeDirectory(0777), "/tmp", MakeDirectory(0755), "/tmp/y"));
}

}  // namespace
}  // namespace tusk::dfs
