// Answers are kept for their time, and no more of them than allowed.
#include "dfs/namenode/retry/answer_cache.h"

#include <gtest/gtest.h>

namespace tusk::dfs {
namespace {

RetryKey Key(int32_t call) { return {"0123456789abcdef", call}; }

TEST(AnswerCacheTest, KeepsAnswersUntilTheyExpire) {
  AnswerCache cache(1000, 100);
  cache.Add(Key(1), {5, "five"}, 0);
  ASSERT_NE(cache.Find(Key(1)), nullptr);
  EXPECT_EQ(cache.Find(Key(1))->response, "five");
  EXPECT_EQ(cache.Find(Key(2)), nullptr);
  cache.Add(Key(2), {6, "six"}, 999);
  EXPECT_NE(cache.Find(Key(1)), nullptr);
  cache.Add(Key(3), {7, "seven"}, 1000);
  EXPECT_EQ(cache.Find(Key(1)), nullptr);
  EXPECT_NE(cache.Find(Key(2)), nullptr);
}

TEST(AnswerCacheTest, DropsTheOldestWhenFull) {
  AnswerCache cache(1'000'000, 3);
  for (int32_t call = 1; call <= 5; ++call) cache.Add(Key(call), {call, "x"}, call);
  EXPECT_EQ(cache.size(), 3u);
  EXPECT_EQ(cache.Find(Key(2)), nullptr);
  EXPECT_NE(cache.Find(Key(5)), nullptr);
}

TEST(AnswerCacheTest, CallsWithoutAClientIdAreNotRemembered) {
  AnswerCache cache;
  cache.Add({"", 1}, {5, "five"}, 0);
  EXPECT_EQ(cache.Find({"", 1}), nullptr);
  EXPECT_EQ(cache.size(), 0u);
}

}  // namespace
}  // namespace tusk::dfs
