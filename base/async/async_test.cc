// Goal: tasks, scopes and the ways to wait end as promised: in time, on cancel, in order.
#include <vector>

#include "base/async/blocking_pool.h"
#include "base/async/sync.h"
#include "base/async/task_scope.h"
#include "base/testing/matchers.h"
#include "base/testing/real_world.h"

namespace tusk {
namespace {

Task<int> Deep(int depth) {
  if (depth == 0) co_return 0;
  co_return 1 + co_await Deep(depth - 1);
}
Task<int> ManyInTurn(int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) sum += co_await Deep(1);
  co_return sum;
}

TEST(TaskTest, AMillionSynchronousAwaitsUseNoStack) {
  RealWorld world;
  EXPECT_EQ(world.Run(ManyInTurn(1'000'000)), 1'000'000);
}

Task<Status> SleepCancelled(RealWorld& world) {
  TaskScope scope(world.loop());
  Status seen;
  struct Sleeper {
    static Task<void> Go(EventLoop& loop, std::stop_token stop, Status& out) {
      out = co_await SleepFor(loop, 1h, stop);
    }
  };
  scope.Spawn(Sleeper::Go(world.loop(), scope.token(), seen));
  EXPECT_EQ(scope.running(), 1u);
  scope.Cancel();
  co_await scope.Join();
  co_return seen;
}

TEST(TaskScopeTest, CancelWakesASleeperAndJoinWaitsForIt) {
  RealWorld world;
  EXPECT_STATUS(Code::kCancelled, world.Run(SleepCancelled(world)));
}

Task<Status> WaitUntil(RealWorld& world, AsyncEvent& event) {
  co_return co_await event.Wait(world.loop().In(5ms));
}

TEST(AsyncEventTest, WaitEndsAtItsDeadlineAndAtOnceWhenSet) {
  RealWorld world;
  AsyncEvent event(world.loop());
  EXPECT_STATUS(Code::kTimedOut, world.Run(WaitUntil(world, event)));
  event.Set();
  EXPECT_OK(world.Run(WaitUntil(world, event)));
}

struct Producer {
  static Task<void> Go(AsyncQueue<int>& queue, int count) {
    for (int i = 0; i < count; ++i) {
      Status pushed = co_await queue.Push(i);
      TUSK_CHECK(pushed.ok());
    }
    queue.Close();
  }
};
Task<std::vector<int>> Drain(RealWorld& world) {
  AsyncQueue<int> queue(world.loop(), 2);
  TaskScope scope(world.loop());
  scope.Spawn(Producer::Go(queue, 10));
  EXPECT_EQ(queue.size(), 2u);  // bounded: the producer waits
  std::vector<int> seen;
  for (;;) {
    auto item = co_await queue.Pop();
    if (!item.ok()) break;
    seen.push_back(*item);
  }
  co_await scope.Join();
  co_return seen;
}

TEST(AsyncQueueTest, ItemsArriveInOrderThroughABoundedQueueAndCloseDrains) {
  RealWorld world;
  EXPECT_THAT(world.Run(Drain(world)), testing::ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
}

struct Critical {
  static Task<void> Go(EventLoop& loop, AsyncMutex& mutex, int& inside, int& most) {
    auto guard = co_await mutex.Lock();
    most = std::max(most, ++inside);
    co_await Yield(loop);
    --inside;
  }
};
Task<int> MostInside(RealWorld& world) {
  AsyncMutex mutex(world.loop());
  TaskScope scope(world.loop());
  int inside = 0;
  int most = 0;
  for (int i = 0; i < 8; ++i) scope.Spawn(Critical::Go(world.loop(), mutex, inside, most));
  co_await scope.Join();
  co_return most;
}

TEST(AsyncMutexTest, OneHolderAtATime) {
  RealWorld world;
  EXPECT_EQ(world.Run(MostInside(world)), 1);
}

Task<bool> RunsElsewhere(RealWorld& world) {
  EventLoop* home = EventLoop::Current();
  EventLoop* there = co_await world.env().disk_pool.Run([] { return EventLoop::Current(); });
  co_return there == nullptr && EventLoop::Current() == home;
}

TEST(BlockingPoolTest, WorkRunsOnAnotherThreadAndTheTaskComesHome) {
  RealWorld world;
  EXPECT_TRUE(world.Run(RunsElsewhere(world)));
}

}  // namespace
}  // namespace tusk
