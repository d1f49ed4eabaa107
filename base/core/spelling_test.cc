// Distances of names.
#include "base/core/spelling.h"

#include <gtest/gtest.h>

namespace tusk {
namespace {

TEST(SpellingTest, CountsLettersInsertedRemovedAndReplaced) {
  EXPECT_EQ(EditDistance("", ""), 0U);
  EXPECT_EQ(EditDistance("", "abc"), 3U);
  EXPECT_EQ(EditDistance("abc", ""), 3U);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3U);
  EXPECT_EQ(EditDistance("learning_rate", "leraning_rate"), 2U);
}

TEST(SpellingTest, CaseIsNoDifference) { EXPECT_EQ(EditDistance("dfs.nameNode", "DFS.namenode"), 0U); }

}  // namespace
}  // namespace tusk
