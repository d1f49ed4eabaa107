// Sleeping and yielding, over any EventLoop.
#include "base/async/event_loop.h"

#include <optional>

namespace tusk {
namespace {

thread_local EventLoop* current_loop = nullptr;

// Waits for a timer or a stop request, whichever comes first; resumes through the loop exactly once.
struct SleepAwaiter {
  EventLoop& loop;
  TimePoint when;
  std::stop_token stop;
  Status outcome;
  bool done = false;
  std::unique_ptr<Timer> timer;
  std::coroutine_handle<> waiter;
  struct OnStop {
    SleepAwaiter* self;
    void operator()() const { self->Finish(Status(Code::kCancelled, "sleep cancelled")); }
  };
  std::optional<std::stop_callback<OnStop>> on_stop;

  bool await_ready() {
    if (!stop.stop_requested()) return false;
    outcome = Status(Code::kCancelled, "sleep cancelled");
    return true;
  }
  void await_suspend(std::coroutine_handle<> awaiting) {
    waiter = awaiting;
    timer = loop.RunAt(when, [this] { Finish(Status::Ok()); });
    on_stop.emplace(stop, OnStop{this});
  }
  Status await_resume() { return std::move(outcome); }

  void Finish(Status how) {
    if (done) return;
    done = true;
    outcome = std::move(how);
    loop.Post([this] {
      on_stop.reset();
      timer.reset();
      waiter.resume();
    });
  }
};

struct YieldAwaiter {
  EventLoop& loop;
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> awaiting) {
    loop.Post([awaiting] { awaiting.resume(); });
  }
  void await_resume() {}
};

}  // namespace

EventLoop* EventLoop::Current() { return current_loop; }
void EventLoop::SetCurrent(EventLoop* loop) { current_loop = loop; }

Task<Status> SleepUntil(EventLoop& loop, TimePoint when, std::stop_token stop) {
  SleepAwaiter awaiter{.loop = loop, .when = when, .stop = std::move(stop), .outcome = {},
                       .timer = nullptr, .waiter = nullptr, .on_stop = std::nullopt};
  co_return co_await awaiter;
}

Task<Status> SleepFor(EventLoop& loop, Duration delay, std::stop_token stop) {
  return SleepUntil(loop, loop.In(delay), std::move(stop));
}

Task<void> Yield(EventLoop& loop) { co_await YieldAwaiter{loop}; }

}  // namespace tusk
