// Records and keys: what goes in comes out, names sort as Hadoop sorts them, damage is refused.
#include "dfs/namenode/namespace/inode.h"

#include <algorithm>

#include "base/testing/matchers.h"
#include "dfs/namenode/namespace/edit.h"
#include "dfs/namenode/namespace/keys.h"
#include "dfs/namenode/namespace/path.h"

namespace tusk::dfs {
namespace {

Inode FullFile() {
  Inode file;
  file.id = 16390;
  file.parent = 16385;
  file.name = "part-0";
  file.type = InodeType::kFile;
  file.mode = 01644;
  file.storage_policy = 7;
  file.owner = "alice";
  file.group = "staff";
  file.mtime_ms = 1'700'000'000'123;
  file.atime_ms = -1;
  file.replication = 3;
  file.block_size = 128 << 20;
  file.blocks = {{1073741825, 1001, 128 << 20}, {1073741830, 1009, 77}};
  file.last_block_complete = false;
  file.under_construction = true;
  file.truncating = true;
  file.client_name = "DFSClient_1";
  file.client_machine = "127.0.0.1";
  file.acl = "acl";
  file.xattrs = "xattrs";
  return file;
}

TEST(InodeTest, RecordKeepsEveryField) {
  Inode file = FullFile();
  ASSERT_OK_AND_ASSIGN(Inode back, Inode::Decode(file.parent, file.name, file.Encode()));
  EXPECT_EQ(back.Encode(), file.Encode());
  EXPECT_EQ(back.id, file.id);
  EXPECT_EQ(back.blocks, file.blocks);
  EXPECT_EQ(back.client_name, "DFSClient_1");
  EXPECT_TRUE(back.truncating);
  EXPECT_EQ(back.atime_ms, -1);
  EXPECT_EQ(back.acl, "acl");
}

TEST(InodeTest, ADirectorysQuotasByStorageTypeAreKeptInANewerLevel) {
  Inode directory;
  directory.mode = 0755;
  std::string plain = directory.Encode();
  EXPECT_EQ(plain[0], 1);
  directory.type_quotas = {{2, 1000}, {1, 1LL << 50}};
  std::string record = directory.Encode();
  EXPECT_EQ(record[0], 2);
  ASSERT_OK_AND_ASSIGN(Inode back, Inode::Decode(1, "d", record));
  EXPECT_EQ(back.type_quotas, directory.type_quotas);
  for (size_t cut = 0; cut < record.size(); ++cut) {
    EXPECT_FALSE(Inode::Decode(1, "d", std::string_view(record).substr(0, cut)).ok()) << cut;
  }
}

TEST(InodeTest, EveryCutRecordAndANewerLevelAreRefused) {
  std::string record = FullFile().Encode();
  for (size_t cut = 0; cut < record.size(); ++cut) {
    EXPECT_FALSE(Inode::Decode(1, "x", std::string_view(record).substr(0, cut)).ok()) << cut;
  }
  EXPECT_FALSE(Inode::Decode(1, "x", record + "y").ok());
  record[0] = 3;
  EXPECT_STATUS(Code::kIncorrectVersion, Inode::Decode(1, "x", record));
}

TEST(KeysTest, ChildrenSortAsSignedBytesWithinTheirDirectory) {
  std::vector<std::string> names = {"é", "中", "", "A", "Z", "a", "a0", "aa", "b", "~"};
  std::vector<std::string> keys;
  for (const std::string& name : names) keys.push_back(ChildKey(16385, name));
  std::sort(keys.begin(), keys.end());
  std::vector<std::string> sorted;
  for (const std::string& key : keys) sorted.push_back(NameOfChildKey(key));
  // As Java compares: bytes from 0x80 on are negative. "中" is E4.., "é" is C3...
  EXPECT_EQ(sorted, (std::vector<std::string>{"", "é", "中", "A", "Z", "a", "a0", "aa", "b", "~"}));
  EXPECT_LT(keys.back(), EndOfChildren(16385));
  EXPECT_LT(EndOfChildren(16385), ChildKey(16386, "a"));
}

TEST(EditTest, RecordsFollowFromWhatChanged) {
  Counters counters;
  Edit edit(counters);
  auto file = std::make_shared<const Inode>(FullFile());
  Inode& changed = edit.Change(file);
  changed.blocks.pop_back();
  changed.name = "moved";
  changed.under_construction = false;
  EXPECT_EQ(&edit.Change(file), &changed);
  std::vector<std::string> deleted;
  std::vector<std::string> put;
  for (const RecordChange& change : edit.TakeChanges()) (change.value ? put : deleted).push_back(change.key);
  EXPECT_EQ(deleted, (std::vector<std::string>{ChildKey(16385, "part-0"), OpenFileKey(16390), BlockKey(1073741830)}));
  EXPECT_EQ(put, (std::vector<std::string>{NodeKey(16390), ChildKey(16385, "moved"), std::string(kCountersKey)}));
}

TEST(PathTest, SplitsAndRefusesAsHadoopDoes) {
  EXPECT_EQ(SplitPath("/a//b/").value(), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(SplitPath("/").value().empty());
  EXPECT_STATUS(Code::kAssertionFailed, SplitPath("a"));
  EXPECT_STATUS(Code::kAssertionFailed, SplitPath(""));
  for (const char* good : {"/", "/a", "/a/", "/a/.b", "/a/b..c"}) EXPECT_TRUE(IsCreatable(good)) << good;
  for (const char* bad : {"", "a", "/a//b", "//", "/a/./b", "/a/..", "/a:b"}) EXPECT_FALSE(IsCreatable(bad)) << bad;
}

}  // namespace
}  // namespace tusk::dfs
