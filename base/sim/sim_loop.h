// SimLoop: an EventLoop whose time is virtual: it jumps to the next event instead of waiting. With SimClock, SimRandom
// and SimPool it makes a run that depends on nothing but its seed.
#pragma once

#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <vector>

#include "base/async/blocking_pool.h"
#include "base/async/event_loop.h"
#include "base/env/clock.h"
#include "base/env/random.h"

namespace tusk::sim {

class SimClock : public Clock {
 public:
  TimePoint Now() const override { return now_; }
  int64_t WallMillis() const override { return kWallStartMs + ToMillis(now_.time_since_epoch()) + wall_jump_ms_; }
  // Somebody sets the machine's clock.
  void JumpWall(int64_t milliseconds) { wall_jump_ms_ += milliseconds; }

 private:
  friend class SimLoop;
  static constexpr int64_t kWallStartMs = 1'700'000'000'000;
  TimePoint now_{std::chrono::seconds(1)};
  int64_t wall_jump_ms_ = 0;
};

// SplitMix64. FillSecure is as predictable as the rest.
class SimRandom : public Random {
 public:
  explicit SimRandom(uint64_t seed) : state_(seed) {}
  uint64_t Next64() override;
  void FillSecure(MutableByteView out) override;
  Duration Between(Duration low, Duration high);

 private:
  uint64_t state_;
};

class SimLoop : public EventLoop {
 public:
  explicit SimLoop(SimClock& clock) : clock_(clock) {}
  void Post(std::function<void()> callback) override { At(clock_.Now(), std::move(callback)); }
  [[nodiscard]] std::unique_ptr<Timer> RunAt(TimePoint when, std::function<void()> callback) override;
  const Clock& clock() const override { return clock_; }
  // RunAt without a handle to cancel by.
  void At(TimePoint when, std::function<void()> callback);

  // Runs the next event, moving the clock to it. False if there is none.
  bool RunOne();
  // Everything due in the next `span`; the clock ends at its end.
  void RunFor(Duration span);
  // Runs until `task` has ended. A task that nothing can wake any more, or that takes longer than `limit`, ends the
  // process.
  template <typename T>
  T RunUntilDone(Task<T> task, Duration limit = std::chrono::hours(24));
  uint64_t events_run() const { return events_run_; }

 private:
  struct Event {
    TimePoint when;
    uint64_t order;
    std::function<void()> callback;
    bool operator<(const Event& other) const {  // for a heap with the earliest on top
      return when != other.when ? when > other.when : order > other.order;
    }
  };
  SimClock& clock_;
  uint64_t next_order_ = 0;
  uint64_t events_run_ = 0;
  std::priority_queue<Event> events_;
};

// Runs work on the loop, after a while.
class SimPool : public BlockingPool {
 public:
  SimPool(SimLoop& loop, SimRandom& random) : loop_(loop), random_(random) {}
  void Execute(std::function<void()> work) override;
  bool has_threads() const override { return false; }
  // The machine's disk limps: everything takes `factor` times as long.
  void set_slowness(int factor) { slowness_ = factor; }

 private:
  SimLoop& loop_;
  SimRandom& random_;
  int slowness_ = 1;
};

// ---- implementation ----

template <typename T>
T SimLoop::RunUntilDone(Task<T> task, Duration limit) {
  struct Driver {
    struct promise_type {
      Driver get_return_object() { return {}; }
      std::suspend_never initial_suspend() noexcept { return {}; }
      std::suspend_never final_suspend() noexcept { return {}; }
      void return_void() {}
      [[noreturn]] void unhandled_exception() { std::terminate(); }
    };
    static Driver Start(Task<T> task, std::optional<T>& result) { result.emplace(co_await std::move(task)); }
  };
  std::optional<T> result;
  TimePoint end = clock_.Now() + limit;
  Post([&task, &result] { Driver::Start(std::move(task), result); });
  while (!result.has_value()) {
    bool ran = RunOne();
    TUSK_CHECK(ran) << "the task waits for something that will never happen";
    TUSK_CHECK(clock_.Now() < end) << "the task takes longer than its limit";
  }
  return std::move(*result);
}

}  // namespace tusk::sim
