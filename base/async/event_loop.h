// EventLoop: one thread that runs callbacks, timers and I/O completions in turn. Everything that a component's
// coroutines touch belongs to one loop; other threads reach it only through Post.
#pragma once

#include <coroutine>
#include <functional>
#include <memory>
#include <stop_token>

#include "base/async/task.h"
#include "base/core/result.h"
#include "base/core/time.h"
#include "base/env/clock.h"

namespace tusk {

// A timer that has been set; destroying or cancelling it before it fires means that it never fires.
class Timer {
 public:
  virtual ~Timer() = default;
};

class EventLoop {
 public:
  virtual ~EventLoop() = default;
  // Runs `callback` soon on the loop's thread. From any thread.
  virtual void Post(std::function<void()> callback) = 0;
  // Runs `callback` at `when` on the loop's thread, unless the Timer is destroyed first. From the loop's thread.
  [[nodiscard]] virtual std::unique_ptr<Timer> RunAt(TimePoint when, std::function<void()> callback) = 0;
  virtual const Clock& clock() const = 0;

  // The loop whose callback is running on this thread; null on any other thread.
  static EventLoop* Current();
  TimePoint Now() const { return clock().Now(); }
  TimePoint In(Duration delay) const { return clock().Now() + delay; }

 protected:
  static void SetCurrent(EventLoop* loop);
};

// Suspends until `when`. kCancelled as soon as `stop` is requested (on the loop's thread).
Task<Status> SleepUntil(EventLoop& loop, TimePoint when, std::stop_token stop = {});
Task<Status> SleepFor(EventLoop& loop, Duration delay, std::stop_token stop = {});
// Lets other callbacks of the loop run first.
Task<void> Yield(EventLoop& loop);

}  // namespace tusk
