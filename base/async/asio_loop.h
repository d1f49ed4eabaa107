// The real EventLoop, Network and BlockingPool, over Boost.Asio. Only `main`s and tests name these types.
#pragma once

#include <memory>
#include <string>

#include "base/async/blocking_pool.h"
#include "base/async/event_loop.h"
#include "base/env/clock.h"
#include "base/env/network.h"
#include "base/env/process.h"

namespace tusk {

class AsioLoop : public EventLoop {
 public:
  explicit AsioLoop(const Clock& clock);
  ~AsioLoop() override;
  void Post(std::function<void()> callback) override;
  std::unique_ptr<Timer> RunAt(TimePoint when, std::function<void()> callback) override;
  const Clock& clock() const override { return clock_; }

  // Runs callbacks on this thread until Stop, also while there is nothing to do.
  void Run();
  // From any thread or a signal-safe context's successor; Run returns after the callback in progress.
  void Stop();
  // Runs `task` to its end on this thread (which must not be running the loop).
  template <typename T>
  T RunUntilDone(Task<T> task);

  struct Impl;  // the io_context
  Impl& impl() { return *impl_; }

 private:
  const Clock& clock_;
  std::unique_ptr<Impl> impl_;
};

// Sockets whose operations run on `loop`.
std::unique_ptr<Network> MakeAsioNetwork(AsioLoop& loop, BlockingPool& resolver_pool);

// Children of this process; their ends arrive on `loop`.
std::unique_ptr<ProcessLauncher> MakeProcessLauncher(AsioLoop& loop);

// `threads` >= 1 threads, joined by the destructor after the work that was queued. The queue is not bounded: callers
// are coroutines that each wait for their own work.
std::unique_ptr<BlockingPool> MakeThreadPool(std::string name, int threads);

// Calls `on_signal(number)` on the loop's thread for each of SIGINT, SIGTERM (and SIGHUP) from now on.
class SignalWatch {
 public:
  virtual ~SignalWatch() = default;
};
std::unique_ptr<SignalWatch> WatchTerminationSignals(AsioLoop& loop, std::function<void(int)> on_signal);

// ---- implementation ----

template <typename T>
T AsioLoop::RunUntilDone(Task<T> task) {
  struct Driver {
    struct promise_type {
      Driver get_return_object() { return {}; }
      std::suspend_never initial_suspend() noexcept { return {}; }
      std::suspend_never final_suspend() noexcept { return {}; }
      void return_void() {}
      [[noreturn]] void unhandled_exception() { std::terminate(); }
    };
    static Driver Start(AsioLoop& loop, Task<T> task, std::optional<T>& result) {
      result.emplace(co_await std::move(task));
      loop.Stop();
    }
  };
  std::optional<T> result;
  Post([this, &task, &result] { Driver::Start(*this, std::move(task), result); });
  Run();
  TUSK_CHECK(result.has_value()) << "the loop was stopped under RunUntilDone";
  return std::move(*result);
}

}  // namespace tusk
