// AsyncEvent and AsyncMutex.
#include "base/async/sync.h"

#include <algorithm>
#include <memory>
#include <stop_token>

namespace tusk {

struct EventAwaiter {
  AsyncEvent& event;
  TimePoint deadline;
  std::stop_token stop;
  AsyncEvent::Waiter waiter{};
  std::unique_ptr<Timer> timer;
  struct OnStop {
    EventAwaiter* self;
    void operator()() const { self->GiveUp(Code::kCancelled, "wait cancelled"); }
  };
  std::optional<std::stop_callback<OnStop>> on_stop;

  bool await_ready() {
    if (event.set_) return true;
    if (stop.stop_requested()) {
      waiter.outcome = Status(Code::kCancelled, "wait cancelled");
      return true;
    }
    return false;
  }
  void await_suspend(std::coroutine_handle<> awaiting) {
    waiter.handle = awaiting;
    event.waiters_.push_back(&waiter);
    if (deadline != kNever) {
      timer = event.loop_.RunAt(deadline, [this] { GiveUp(Code::kTimedOut, "wait timed out"); });
    }
    if (stop.stop_possible()) on_stop.emplace(stop, OnStop{this});
  }
  Status await_resume() {
    on_stop.reset();
    timer.reset();
    return std::move(waiter.outcome);
  }
  void GiveUp(Code code, const char* why) {
    if (waiter.done) return;
    std::erase(event.waiters_, &waiter);
    event.Finish(waiter, Status(code, why));
  }
};

void AsyncEvent::Finish(Waiter& waiter, Status outcome) {
  waiter.done = true;
  waiter.outcome = std::move(outcome);
  loop_.Post([handle = waiter.handle] { handle.resume(); });
}

void AsyncEvent::Set() {
  set_ = true;
  while (!waiters_.empty()) {
    Waiter* waiter = waiters_.front();
    waiters_.pop_front();
    Finish(*waiter, Status::Ok());
  }
}

Task<Status> AsyncEvent::Wait(TimePoint deadline, std::stop_token stop) {
  EventAwaiter awaiter{.event = *this, .deadline = deadline, .stop = std::move(stop),
                       .timer = nullptr, .on_stop = std::nullopt};
  co_return co_await awaiter;
}

struct MutexAwaiter {
  AsyncMutex& mutex;
  bool await_ready() {
    if (mutex.locked_) return false;
    mutex.locked_ = true;
    return true;
  }
  void await_suspend(std::coroutine_handle<> awaiting) { mutex.waiters_.push_back(awaiting); }
  void await_resume() {}
};

Task<AsyncMutex::Guard> AsyncMutex::Lock() {
  co_await MutexAwaiter{*this};
  co_return Guard(this);
}

void AsyncMutex::Unlock() {
  if (waiters_.empty()) {
    locked_ = false;
    return;
  }
  auto next = waiters_.front();
  waiters_.pop_front();
  loop_.Post([next] { next.resume(); });  // stays locked: ownership passes on
}

}  // namespace tusk
