// TaskScope: owns the tasks that an object has started beside its caller. Whoever owns the scope cancels it and
// awaits Join before destroying what the tasks use.
#pragma once

#include <coroutine>
#include <memory>
#include <stop_token>

#include "base/async/event_loop.h"
#include "base/async/task.h"

namespace tusk {

class TaskScope {
 public:
  explicit TaskScope(EventLoop& loop) : loop_(loop) {}
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;
  ~TaskScope();  // every task must have ended

  // Starts `task` now, on the caller's thread (the loop's). After Cancel it still runs, and sees the stop token set.
  void Spawn(Task<void> task);
  // Asks the tasks to end: token() is what they watch. Idempotent.
  void Cancel() { stop_.request_stop(); }
  bool cancelled() const { return stop_.stop_requested(); }
  std::stop_token token() const { return stop_.get_token(); }
  size_t running() const { return running_; }
  // Waits until no task runs. One waiter at a time.
  Task<void> Join();

 private:
  struct Detached;
  static Detached RunDetached(TaskScope& scope, Task<void> task);
  void TaskEnded();

  EventLoop& loop_;
  std::stop_source stop_;
  size_t running_ = 0;
  std::coroutine_handle<> joiner_;
};

}  // namespace tusk
