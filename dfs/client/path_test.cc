// Paths as users write them, against what Hadoop's Path prints.
#include "dfs/client/path.h"

#include "base/testing/matchers.h"

namespace tusk::dfs {
namespace {

std::string Parsed(std::string_view text) {
  auto path = Path::Parse(text);
  return path.ok() ? path->ToString() : path.status().ToString();
}

TEST(PathTest, SplitsSchemeAuthorityAndPath) {
  ASSERT_OK_AND_ASSIGN(Path path, Path::Parse("hdfs://host:8020/a/b"));
  EXPECT_EQ(path.scheme(), "hdfs");
  EXPECT_EQ(path.authority(), "host:8020");
  EXPECT_EQ(path.path(), "/a/b");
  EXPECT_EQ(path.name(), "b");
  EXPECT_EQ(path.parent().ToString(), "hdfs://host:8020/a");
}

TEST(PathTest, DropsRepeatedAndTrailingSlashes) {
  EXPECT_EQ(Parsed("//a//b/"), "//a/b");
  EXPECT_EQ(Parsed("/a///b//"), "/a/b");
  EXPECT_EQ(Parsed("file:///tmp/x/"), "file:/tmp/x");
  EXPECT_EQ(Parsed("hdfs://h"), "hdfs://h/");
  EXPECT_EQ(Parsed("/"), "/");
}

TEST(PathTest, KeepsColonsBehindASlashInThePath) {
  ASSERT_OK_AND_ASSIGN(Path path, Path::Parse("/a:b"));
  EXPECT_EQ(path.scheme(), "");
  EXPECT_EQ(path.path(), "/a:b");
}

TEST(PathTest, RefusesTheEmptyPath) { EXPECT_STATUS(Code::kInvalidArgument, Path::Parse("")); }

TEST(PathTest, ResolvesRelativePathsAndDotsUnderAFolder) {
  Path home("hdfs", "h:1", "/user/me");
  EXPECT_EQ(Path::Parse("a/../b")->Under(home).ToString(), "hdfs://h:1/user/me/b");
  EXPECT_EQ(Path::Parse("..")->Under(home).ToString(), "hdfs://h:1/user");
  EXPECT_EQ(Path::Parse(".")->Under(home).ToString(), "hdfs://h:1/user/me");
  EXPECT_EQ(Path::Parse("/x")->Under(home).ToString(), "hdfs://h:1/x");
  EXPECT_EQ(Path::Parse("file:/x")->Under(home).ToString(), "file:/x");
}

TEST(PathTest, ParentOfTheRootIsTheRoot) {
  EXPECT_EQ(Path::Parse("/a")->parent().path(), "/");
  EXPECT_EQ(Path::Parse("/")->parent().path(), "/");
}

}  // namespace
}  // namespace tusk::dfs
