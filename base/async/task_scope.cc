// The detached coroutine that carries a scope's task to its end.
#include "base/async/task_scope.h"

namespace tusk {

// Starts at once, destroys itself at its end.
struct TaskScope::Detached {
  struct promise_type {
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    [[noreturn]] void unhandled_exception() { std::terminate(); }
  };
};

TaskScope::~TaskScope() {
  TUSK_CHECK(running_ == 0) << "TaskScope destroyed while " << running_ << " tasks run; await Join first";
}

TaskScope::Detached TaskScope::RunDetached(TaskScope& scope, Task<void> task) {
  {
    Task<void> owned = std::move(task);  // its frame ends before the scope may
    co_await std::move(owned);
  }
  scope.TaskEnded();
}

void TaskScope::Spawn(Task<void> task) {
  ++running_;
  RunDetached(*this, std::move(task));
}

void TaskScope::TaskEnded() {
  --running_;
  if (running_ != 0 || !joiner_) return;
  auto joiner = std::exchange(joiner_, nullptr);
  loop_.Post([joiner] { joiner.resume(); });
}

Task<void> TaskScope::Join() {
  struct Awaiter {
    TaskScope& scope;
    bool await_ready() { return scope.running_ == 0; }
    void await_suspend(std::coroutine_handle<> awaiting) {
      TUSK_CHECK(!scope.joiner_) << "two waiters in TaskScope::Join";
      scope.joiner_ = awaiting;
    }
    void await_resume() {}
  };
  // A task may have been spawned between the last one's end and this resumption.
  while (running_ != 0) co_await Awaiter{*this};
}

}  // namespace tusk
