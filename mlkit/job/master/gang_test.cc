// Gangs: all or nothing, and two that want the same room.
#include "mlkit/job/master/gang.h"

#include <gtest/gtest.h>

namespace tusk::ml {
namespace {

TimePoint At(Duration since_start) { return TimePoint() + 1000s + since_start; }

TEST(GangTest, NothingIsStartedBeforeAllAreThere) {
  Gang gang({.size = 3}, At(0s));
  EXPECT_EQ(gang.wanted(At(0s)), 3);
  gang.Granted("a", At(0s));
  gang.Granted("b", At(1s));
  EXPECT_EQ(gang.wanted(At(1s)), 1);
  EXPECT_TRUE(gang.TakeWhole().empty());
  gang.Lost("a");
  gang.Granted("c", At(2s));
  EXPECT_TRUE(gang.TakeWhole().empty());
  gang.Granted("d", At(3s));
  EXPECT_EQ(gang.TakeWhole(), (std::vector<std::string>{"b", "c", "d"}));
  EXPECT_TRUE(gang.done());
  EXPECT_EQ(gang.wanted(At(3s)), 0);
  EXPECT_TRUE(gang.TakeBack(At(1000s)).empty());
}

TEST(GangTest, APartThatDoesNotGrowIsGivenBackAndAskedForAgainLater) {
  Gang gang({.size = 3, .hold = 10s, .pause = 1s}, At(0s));
  gang.Granted("a", At(0s));
  gang.Granted("b", At(9s));
  EXPECT_TRUE(gang.TakeBack(At(18s)).empty());
  EXPECT_EQ(gang.TakeBack(At(25s)), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(gang.most_held(), 2);
  EXPECT_EQ(gang.wanted(At(25s)), 0);
  EXPECT_GE(gang.last_pause(), 1s);
  EXPECT_LT(gang.last_pause(), 1501ms);
  EXPECT_EQ(gang.wanted(At(27s)), 3);
  gang.Granted("c", At(27s));
  EXPECT_EQ(gang.TakeBack(At(50s)).size(), 1u);
  EXPECT_GE(gang.last_pause(), 2s);
}

// A scheduler with room for `room` containers that grants one a second to each gang in turn, and both always hold some.
TEST(GangTest, TwoThatHoldWhatTheOtherLacksBothGetTheirs) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    std::vector<Gang> gangs;
    for (uint64_t g = 0; g < 2; ++g) gangs.emplace_back(GangLimits{.size = 3, .seed = seed * 2 + g}, At(0s));
    int free = 4, names = 0, finished = 0;
    int held[2] = {0, 0};
    Duration ends[2] = {Duration(-1), Duration(-1)};
    for (auto now = 0s; now < 300s && finished < 2; now += 1s) {
      for (size_t g = 0; g < 2; ++g) {
        Gang& gang = gangs[g];
        if (ends[g] >= Duration(0)) {   // it runs for ten seconds
          if (now == ends[g] + 10s) free += held[g], ++finished;
          continue;
        }
        const int back = static_cast<int>(gang.TakeBack(At(now)).size());
        free += back;
        held[g] -= back;
        if (free > 0 && gang.wanted(At(now)) > 0) {
          --free, ++held[g];
          gang.Granted(std::to_string(names++), At(now));
        }
        if (!gang.TakeWhole().empty()) ends[g] = now;
      }
    }
    EXPECT_EQ(finished, 2) << "seed " << seed;
  }
}

}  // namespace
}  // namespace tusk::ml
