// Access control lists: masks, base entries, inheritance and who may do what; cases from Hadoop's documentation of them.
#include "dfs/namenode/permission/acl.h"

#include "base/testing/matchers.h"
#include "dfs/namenode/permission/permission.h"

namespace tusk::dfs {
namespace {

std::vector<AclEntry> Spec(std::string_view text) { return *ParseAclSpec(text, true); }
std::vector<AclEntry> Keys(std::string_view text) { return *ParseAclSpec(text, false); }

std::string Text(const std::vector<AclEntry>& entries) {
  std::string text;
  for (const AclEntry& entry : entries) text += (text.empty() ? "" : ",") + ToString(entry);
  return text;
}

Inode Directory(uint16_t mode) {
  Inode inode;
  inode.owner = "alice";
  inode.group = "staff";
  inode.mode = mode;
  return inode;
}

void Modify(Inode& inode, std::string_view spec) {
  auto merged = MergeAcl(WholeAcl(inode), Spec(spec));
  ASSERT_OK(merged);
  ASSERT_OK(StoreAcl(*merged, "/d", inode));
}

TEST(AclTest, NamedEntriesMakeAMaskOfTheGroupClass) {
  Inode inode = Directory(0640);
  Modify(inode, "user:bob:rwx");
  EXPECT_EQ(inode.mode, 0670);
  EXPECT_EQ(Text(DecodeAcl(inode.acl)), "user:bob:rwx,group::r--");
  EXPECT_EQ(Text(WholeAcl(inode)), "user::rw-,user:bob:rwx,group::r--,mask::rwx,other::---");
}

TEST(AclTest, AnInodeWithoutAclHasNoBytesForIt) {
  Inode inode = Directory(0750);
  Modify(inode, "user::rwx,group::r--,other::r--");
  EXPECT_EQ(inode.mode, 0744);
  EXPECT_TRUE(inode.acl.empty());
}

TEST(AclTest, RemovingTheAclGivesTheGroupItsOwnBitsBack) {
  Inode inode = Directory(01640);
  Modify(inode, "user:bob:rwx,default:user:bob:r--");
  DropAcl(inode);
  EXPECT_EQ(inode.mode, 01640);
  EXPECT_TRUE(inode.acl.empty());
}

TEST(AclTest, AMaskThatIsGivenStaysAndOneThatIsNeededCannotGo) {
  Inode inode = Directory(0750);
  Modify(inode, "user:bob:rwx,mask::r--");
  EXPECT_EQ(inode.mode, 0740);
  auto removed = WithoutAclEntries(WholeAcl(inode), Keys("mask::"));
  EXPECT_EQ(removed.status().message(), "Invalid ACL: mask is required and cannot be deleted.");
  ASSERT_OK_AND_ASSIGN(auto plain, WithoutAclEntries(WholeAcl(inode), Keys("user:bob,mask")));
  EXPECT_EQ(Text(plain), "user::rwx,group::r-x,other::---");
}

TEST(AclTest, DefaultEntriesThatAreMissingAreCopied) {
  Inode inode = Directory(0750);
  Modify(inode, "default:user:bob:rwx");
  EXPECT_EQ(Text(DecodeAcl(inode.acl)),
            "default:user::rwx,default:user:bob:rwx,default:group::r-x,default:mask::rwx,default:other::---");
  EXPECT_FALSE(HasAccessAcl(inode));
  EXPECT_EQ(inode.mode, 0750);
}

TEST(AclTest, ReplacingOneScopeKeepsTheOther) {
  Inode inode = Directory(0750);
  Modify(inode, "user:bob:rwx,default:user:bob:rwx");
  ASSERT_OK_AND_ASSIGN(auto replaced, ReplaceAcl(WholeAcl(inode), Spec("user::r--,group::r--,other::r--")));
  EXPECT_EQ(Text(replaced),
            "user::r--,group::r--,other::r--,default:user::rwx,default:user:bob:rwx,default:group::r-x,"
            "default:mask::rwx,default:other::---");
  EXPECT_EQ(ReplaceAcl(WholeAcl(inode), Spec("user:bob:r--")).status().message(),
            "Invalid ACL: the user, group and other entries are required.");
}

TEST(AclTest, MistakesAreNamedInHadoopsWords) {
  Inode inode = Directory(0750);
  auto whole = WholeAcl(inode);
  EXPECT_EQ(MergeAcl(whole, Spec("user:bob:rwx,user:bob:r--")).status().message(),
            "Invalid ACL: multiple entries with same scope, type and name.");
  EXPECT_EQ(MergeAcl(whole, Spec("other:bob:rwx")).status().message(),
            "Invalid ACL: this entry type must not have a name: other:bob:rwx.");
  std::vector<AclEntry> many;
  for (int i = 0; i < 33; ++i) many.push_back({AclScope::kAccess, AclType::kUser, "u" + std::to_string(i), 7});
  EXPECT_EQ(MergeAcl(whole, many).code(), Code::kAcl);
  Inode file = Directory(0640);
  file.type = InodeType::kFile;
  EXPECT_EQ(StoreAcl(*MergeAcl(WholeAcl(file), Spec("default:user:bob:r--")), "/f", file).message(),
            "Invalid ACL: only directories may have a default ACL. Path: /f");
}

TEST(AclTest, ChildrenTakeOverTheDefaultsWithinTheModeAskedFor) {
  Inode parent = Directory(0755);
  Modify(parent, "default:user:bob:rwx,default:other::rwx");
  Inode file = Directory(0644);
  file.type = InodeType::kFile;
  InheritAcl(parent, 0666, file);
  EXPECT_EQ(file.mode, 0666);  // the mask lets the group class have what was asked for
  EXPECT_EQ(Text(DecodeAcl(file.acl)), "user:bob:rwx,group::r-x");
  Inode masked = Directory(0640);
  masked.type = InodeType::kFile;
  InheritAcl(parent, std::nullopt, masked);
  EXPECT_EQ(masked.mode, 0640);
  Inode child = Directory(0755);
  InheritAcl(parent, std::nullopt, child);
  EXPECT_EQ(child.mode, 0755);
  EXPECT_EQ(Text(DecodeAcl(child.acl)).substr(0, 45), "user:bob:rwx,group::r-x,default:user::rwx,def");
}

TEST(AclTest, AMinimalDefaultAclGivesPlainBits) {
  Inode parent = Directory(0755);
  Modify(parent, "default:user::rwx,default:group::rwx,default:other::r-x");
  Inode file = Directory(0644);
  file.type = InodeType::kFile;
  InheritAcl(parent, 0664, file);
  EXPECT_EQ(file.mode, 0664);
  EXPECT_TRUE(file.acl.empty());
}

TEST(AclTest, NamedEntriesCountWithinTheMask) {
  Inode inode = Directory(0700);
  Modify(inode, "user:bob:rwx,group:dev:r-x,group:ops:-w-,mask::r-x");
  EXPECT_TRUE(MayAccess(Caller{"bob", {}, false, ""}, inode, kReadAccess));
  EXPECT_FALSE(MayAccess(Caller{"bob", {}, false, ""}, inode, kWriteAccess));
  EXPECT_TRUE(MayAccess(Caller{"carol", {"ops", "dev"}, false, ""}, inode, kReadAccess));
  EXPECT_FALSE(MayAccess(Caller{"carol", {"ops"}, false, ""}, inode, kReadAccess));
  EXPECT_FALSE(MayAccess(Caller{"dave", {}, false, ""}, inode, kReadAccess));
  EXPECT_TRUE(MayAccess(Caller{"alice", {}, false, ""}, inode, kAllAccess));
}

TEST(AclTest, DamagedBytesDoNotCrash) {
  Inode inode = Directory(0700);
  Modify(inode, "user:bob:rwx,default:group:dev:r-x");
  for (size_t length = 0; length < inode.acl.size(); ++length) {
    EXPECT_LE(DecodeAcl(std::string_view(inode.acl).substr(0, length)).size(), 8u);
  }
}

}  // namespace
}  // namespace tusk::dfs
