// Goal: an at-most-once call runs once while its answer is kept, and again when it failed or the answer is old.
#include "base/rpc/retry_cache.h"

#include "base/async/task_scope.h"
#include "base/rpc/retry_gate.h"
#include "base/rpc/testing/echo.pb.h"
#include "base/testing/matchers.h"
#include "base/testing/real_world.h"

namespace tusk::rpc {
namespace {

using Found = RetryCache::Found;

TimePoint At(Duration since_start) { return TimePoint(since_start); }
CallKey KeyOf(char client, int32_t call) { return {std::string(16, client), call}; }

TEST(RetryCacheTest, ARepetitionGetsTheFirstAnswerUntilItExpires) {
  RetryCache cache({.expiry = 600s});
  EXPECT_EQ(cache.Begin(KeyOf('a', 1), At(0s)).found, Found::kNew);
  EXPECT_EQ(cache.Begin(KeyOf('a', 1), At(1s)).found, Found::kRunning);
  cache.Finish(KeyOf('a', 1), "answer", At(2s));
  EXPECT_EQ(cache.Begin(KeyOf('a', 1), At(601s)).payload, "answer");
  EXPECT_EQ(cache.Begin(KeyOf('a', 2), At(601s)).found, Found::kNew);
  EXPECT_EQ(cache.Begin(KeyOf('b', 1), At(601s)).found, Found::kNew);
  EXPECT_EQ(cache.Begin(KeyOf('a', 1), At(602s)).found, Found::kNew);
}

TEST(RetryCacheTest, AFailureIsNotKept) {
  RetryCache cache;
  EXPECT_EQ(cache.Begin(KeyOf('a', 1), At(0s)).found, Found::kNew);
  cache.Abandon(KeyOf('a', 1));
  EXPECT_EQ(cache.Begin(KeyOf('a', 1), At(0s)).found, Found::kNew);
}

TEST(RetryCacheTest, AnswersFromTheLogCountAndMaySeedTwice) {
  RetryCache cache({.expiry = 10s});
  cache.Seed(KeyOf('a', 1), "old", At(0s));
  cache.Seed(KeyOf('a', 1), "new", At(5s));
  EXPECT_EQ(cache.Begin(KeyOf('a', 1), At(12s)).payload, "new");
  EXPECT_EQ(cache.Begin(KeyOf('a', 1), At(15s)).found, Found::kNew);
}

TEST(RetryCacheTest, TheOldestAnswersGoWhenThereAreTooMany) {
  RetryCache cache({.entries_max = 10});
  for (int i = 0; i < 100; ++i) cache.Seed(KeyOf('a', i), "x", At(0s));
  EXPECT_EQ(cache.size(), 10u);
  EXPECT_EQ(cache.Begin(KeyOf('a', 99), At(0s)).found, Found::kDone);
  EXPECT_EQ(cache.Begin(KeyOf('a', 0), At(0s)).found, Found::kNew);
}

TEST(RetryCacheTest, OddClientIdsAreRefusedAsHadoopDoes) {
  EXPECT_FALSE(RetryCache::Covers({"", 1}).value());
  auto odd = RetryCache::Covers({"12345", 1});
  EXPECT_STATUS(Code::kInvalidArgument, odd);
  EXPECT_EQ(odd.status().message(), "Invalid clientId - length is 5 expected length 16");
}

struct Body {
  static Task<Result<testing::EchoResponse>> Work(EventLoop& loop, int& runs) {
    ++runs;
    CO_RETURN_IF_ERROR(co_await SleepFor(loop, 5ms));
    testing::EchoResponse response;
    response.set_text("run " + std::to_string(runs));
    co_return response;
  }
  static Task<void> One(EventLoop& loop, RetryGate& gate, CallContext& call, int& runs, std::vector<std::string>& seen) {
    auto response = co_await gate.Once<testing::EchoResponse>(call, Work(loop, runs));
    seen.push_back(response.ok() ? response->text() : response.status().ToString());
  }
  static Task<Status> Twice(EventLoop& loop, int& runs, std::vector<std::string>& seen) {
    RetryCache cache;
    RetryGate gate(loop, cache);
    TaskScope scope(loop);
    CallContext call;
    call.key = KeyOf('a', 1);
    scope.Spawn(One(loop, gate, call, runs, seen));
    scope.Spawn(One(loop, gate, call, runs, seen));
    co_await scope.Join();
    co_await One(loop, gate, call, runs, seen);
    co_return Status::Ok();
  }
};

TEST(RetryGateTest, CopiesThatRunTogetherOrLaterShareOneRun) {
  RealWorld world;
  int runs = 0;
  std::vector<std::string> seen;
  ASSERT_OK(world.Run(Body::Twice(world.loop(), runs, seen)));
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(seen, (std::vector<std::string>{"run 1", "run 1", "run 1"}));
}

}  // namespace
}  // namespace tusk::rpc
