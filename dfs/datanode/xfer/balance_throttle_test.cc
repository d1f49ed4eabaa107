// The balancer's share in virtual time: what all moves get together, a new rate for those that wait, the end of waiting.
#include "dfs/datanode/xfer/balance_throttle.h"

#include <gtest/gtest.h>

#include "base/async/task_scope.h"
#include "base/sim/sim_world.h"
#include "base/testing/matchers.h"

namespace tusk::dfs::datanode {
namespace {

using namespace std::chrono_literals;  // NOLINT
constexpr uint64_t kPiece = 64 << 10;

class BalanceThrottleTest : public testing::Test {
 protected:
  static Task<void> Move(BalanceThrottleTest& test, uint64_t bytes) {
    for (uint64_t sent = 0; sent < bytes; sent += kPiece) {
      if (!(co_await test.throttle_.Take(kPiece)).ok()) {
        ++test.cancelled_;
        co_return;
      }
      test.sent_ += kPiece;
    }
  }
  static Task<Duration> Together(BalanceThrottleTest& test, int moves, uint64_t bytes_each) {
    TimePoint begin = test.world_.loop().Now();
    TaskScope scope(test.world_.loop());
    for (int i = 0; i < moves; ++i) scope.Spawn(Move(test, bytes_each));
    co_await scope.Join();
    co_return test.world_.loop().Now() - begin;
  }

  sim::SimWorld world_{1};
  BalanceThrottle throttle_{world_.loop(), 1 << 20, 2};
  uint64_t sent_ = 0;
  int cancelled_ = 0;
};

TEST_F(BalanceThrottleTest, AllMovesTogetherKeepToTheRate) {
  Duration took = world_.Run(Together(*this, 4, 5 << 20));
  EXPECT_GE(took, 19s);
  EXPECT_LE(took, 21s);
  // An idle time saves up half a second, no more.
  world_.RunFor(1h);
  took = world_.Run(Together(*this, 1, 1 << 20));
  EXPECT_GE(took, 400ms);
  EXPECT_LE(took, 700ms);
}

TEST_F(BalanceThrottleTest, ANewRateCountsForThoseThatWait) {
  throttle_.set_bytes_per_second(1);
  throttle_.set_bytes_per_second(0);  // no rate
  EXPECT_EQ(throttle_.bytes_per_second(), 1u);
  TaskScope scope(world_.loop());
  scope.Spawn(Move(*this, 1 << 20));
  world_.RunFor(10min);
  EXPECT_LE(sent_, kPiece);
  throttle_.set_bytes_per_second(1 << 20);
  world_.RunFor(3s);
  EXPECT_EQ(sent_, uint64_t{1} << 20);
}

TEST_F(BalanceThrottleTest, StopEndsTheWaiting) {
  throttle_.set_bytes_per_second(1);
  TaskScope scope(world_.loop());
  scope.Spawn(Move(*this, 1 << 20));
  world_.RunFor(1s);
  throttle_.Stop();
  world_.RunFor(1s);
  EXPECT_EQ(cancelled_, 1);
}

TEST_F(BalanceThrottleTest, OnlySoManyMovesAtOnce) {
  BalanceThrottle::Move first(throttle_);
  {
    BalanceThrottle::Move second(throttle_), third(throttle_);
    EXPECT_TRUE(first.granted() && second.granted());
    EXPECT_FALSE(third.granted());
  }
  EXPECT_TRUE(BalanceThrottle::Move(throttle_).granted());
}

}  // namespace
}  // namespace tusk::dfs::datanode
