// Ways for coroutines of one loop to wait for each other. Nothing here is thread-safe: all callers are on the loop's
// thread. Waiters resume through the loop (never inside the call that woke them), so the waker's state is settled.
#pragma once

#include <coroutine>
#include <deque>
#include <optional>
#include <utility>

#include "base/async/event_loop.h"
#include "base/async/task.h"
#include "base/core/result.h"

namespace tusk {

// A latch that opens once (or again after Reset). Any number of waiters.
class AsyncEvent {
 public:
  explicit AsyncEvent(EventLoop& loop) : loop_(loop) {}
  AsyncEvent(const AsyncEvent&) = delete;
  ~AsyncEvent() { TUSK_CHECK(waiters_.empty()) << "AsyncEvent destroyed under a waiter"; }

  void Set();
  void Reset() { set_ = false; }
  bool is_set() const { return set_; }
  // Until set; kTimedOut at the deadline, kCancelled on stop.
  Task<Status> Wait(TimePoint deadline = kNever, std::stop_token stop = {});

 private:
  friend struct EventAwaiter;
  struct Waiter {
    std::coroutine_handle<> handle;
    Status outcome;
    bool done = false;
  };
  void Finish(Waiter& waiter, Status outcome);

  EventLoop& loop_;
  bool set_ = false;
  std::deque<Waiter*> waiters_;
};

// A value that arrives once.
template <typename T>
class AsyncValue {
 public:
  explicit AsyncValue(EventLoop& loop) : event_(loop) {}
  void Set(T value) {
    if (event_.is_set()) return;
    value_.emplace(std::move(value));
    event_.Set();
  }
  bool is_set() const { return event_.is_set(); }
  // Once; moves the value out.
  Task<Result<T>> Take(TimePoint deadline = kNever, std::stop_token stop = {}) {
    Status waited = co_await event_.Wait(deadline, std::move(stop));
    if (!waited.ok()) co_return waited;
    co_return std::move(*value_);
  }

 private:
  AsyncEvent event_;
  std::optional<T> value_;
};

// Mutual exclusion in order of arrival.
class AsyncMutex {
 public:
  explicit AsyncMutex(EventLoop& loop) : loop_(loop) {}
  AsyncMutex(const AsyncMutex&) = delete;
  class [[nodiscard]] Guard {
   public:
    explicit Guard(AsyncMutex* mutex) : mutex_(mutex) {}
    Guard(Guard&& other) noexcept : mutex_(std::exchange(other.mutex_, nullptr)) {}
    Guard& operator=(Guard&&) = delete;
    ~Guard() {
      if (mutex_ != nullptr) mutex_->Unlock();
    }

   private:
    AsyncMutex* mutex_;
  };
  Task<Guard> Lock();

 private:
  friend struct MutexAwaiter;
  void Unlock();
  EventLoop& loop_;
  bool locked_ = false;
  std::deque<std::coroutine_handle<>> waiters_;
};

// A bounded first-in first-out queue. Push waits while it is full, Pop while it is empty; after Close, Push is
// refused with kCancelled and Pop drains what is left, then gives kCancelled.
template <typename T>
class AsyncQueue {
 public:
  AsyncQueue(EventLoop& loop, size_t items_max) : items_max_(items_max), changed_(loop) {}
  Task<Status> Push(T item) {
    while (items_.size() >= items_max_ && !closed_) {
      changed_.Reset();
      CO_RETURN_IF_ERROR(co_await changed_.Wait());
    }
    if (closed_) co_return Status(Code::kCancelled, "queue closed");
    items_.push_back(std::move(item));
    changed_.Set();
    co_return Status::Ok();
  }
  // False when full or closed.
  bool TryPush(T item) {
    if (closed_ || items_.size() >= items_max_) return false;
    items_.push_back(std::move(item));
    changed_.Set();
    return true;
  }
  Task<Result<T>> Pop(TimePoint deadline = kNever) {
    while (items_.empty()) {
      if (closed_) co_return Status(Code::kCancelled, "queue closed");
      changed_.Reset();
      CO_RETURN_IF_ERROR(co_await changed_.Wait(deadline));
    }
    T item = std::move(items_.front());
    items_.pop_front();
    changed_.Set();
    co_return item;
  }
  void Close() {
    closed_ = true;
    changed_.Set();
  }
  size_t size() const { return items_.size(); }
  bool closed() const { return closed_; }

 private:
  size_t items_max_;
  bool closed_ = false;
  std::deque<T> items_;
  AsyncEvent changed_;
};

}  // namespace tusk
