// Hadoop's file patterns.
#include "dfs/client/glob.h"

#include "base/testing/matchers.h"

namespace tusk::dfs {
namespace {

bool Match(std::string_view pattern, std::string_view name) {
  auto compiled = GlobPattern::Compile(pattern);
  EXPECT_TRUE(compiled.ok()) << compiled.status().ToString();
  return compiled.ok() && compiled->Matches(name);
}

TEST(GlobTest, StarAndQuestionMark) {
  EXPECT_TRUE(Match("*", "abc"));
  EXPECT_TRUE(Match("a*c*", "abcd"));
  EXPECT_FALSE(Match("a*d?", "abcd"));
  EXPECT_TRUE(Match("a?c", "abc"));
  EXPECT_TRUE(Match("a?c", "a\xC3\xA9""c"));
  EXPECT_FALSE(Match("?", ""));
  EXPECT_TRUE(Match("*.txt", "a.txt"));
  EXPECT_FALSE(Match("*.txt", "atxt"));
}

TEST(GlobTest, SetsRangesAndNegation) {
  EXPECT_TRUE(Match("[a-c]x", "bx"));
  EXPECT_FALSE(Match("[^a-c]x", "bx"));
  EXPECT_TRUE(Match("[!a-c]x", "dx"));
  EXPECT_TRUE(Match("[\\]]", "]"));
}

TEST(GlobTest, GroupsMayNest) {
  EXPECT_TRUE(Match("a.{jp,tx}t", "a.txt"));
  EXPECT_TRUE(Match("{ab{c,cd},x}", "abcd"));
  EXPECT_FALSE(Match("{ab,cd}", "abcd"));
}

TEST(GlobTest, BackslashTakesTheNextCharacterAsItIs) {
  EXPECT_TRUE(Match("a\\*b", "a*b"));
  EXPECT_FALSE(Match("a\\*b", "axb"));
  EXPECT_FALSE(GlobPattern::Compile("a\\*b")->has_wildcard());
  EXPECT_EQ(Unescape("a\\*b"), "a*b");
}

TEST(GlobTest, UnclosedSetsAndGroupsAreRefused) {
  EXPECT_STATUS(Code::kIOError, GlobPattern::Compile("a[b"));
  EXPECT_STATUS(Code::kIOError, GlobPattern::Compile("a{b"));
}

TEST(GlobTest, GroupsAroundASlashAreExpandedFirst) {
  ASSERT_OK_AND_ASSIGN(auto expanded, ExpandSlashGroups("/{a/b,c}/{d,e}"));
  EXPECT_EQ(expanded, (std::vector<std::string>{"/a/b/{d,e}", "/c/{d,e}"}));
}

}  // namespace
}  // namespace tusk::dfs
