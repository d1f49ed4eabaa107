// LoopThread: an AsioLoop with its network and a small blocking pool, running on a thread of its own; for programs
// whose main threads are ordinary ones (command line tools, MapReduce tasks). Only `main`s, tests and blocking
// facades name it.
#pragma once

#include <memory>
#include <optional>
#include <semaphore>
#include <string>
#include <thread>

#include "base/async/asio_loop.h"
#include "base/env/env.h"

namespace tusk {

class LoopThread {
 public:
  LoopThread(Clock& clock, Random& random, Disk& disk, const std::string& name, int pool_threads = 2);
  ~LoopThread();  // the tasks that were run must have ended
  LoopThread(const LoopThread&) = delete;
  Env env();
  EventLoop& loop() { return *loop_; }

  // Starts `task` on the loop; `done` is called there with its result.
  template <typename T, typename Done>
  void Start(Task<T> task, Done done);
  // Runs `task` on the loop and waits for it. Never from the loop's own thread.
  template <typename T>
  T Run(Task<T> task);

 private:
  struct Detached {
    struct promise_type {
      Detached get_return_object() { return {}; }
      std::suspend_never initial_suspend() noexcept { return {}; }
      std::suspend_never final_suspend() noexcept { return {}; }
      void return_void() {}
      [[noreturn]] void unhandled_exception() { std::terminate(); }
    };
  };
  template <typename T, typename Done>
  static Detached Drive(Task<T> task, Done done) {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(task);
      done();
    } else {
      T result = co_await std::move(task);
      done(std::move(result));
    }
  }

  Clock& clock_;
  Random& random_;
  Disk& disk_;
  std::unique_ptr<AsioLoop> loop_;
  std::unique_ptr<BlockingPool> pool_;
  std::unique_ptr<Network> network_;
  std::thread thread_;
};

// ---- implementation ----

template <typename T, typename Done>
void LoopThread::Start(Task<T> task, Done done) {
  // std::function copies, so the task and the callback are shared.
  auto pair = std::make_shared<std::pair<Task<T>, Done>>(std::move(task), std::move(done));
  loop_->Post([pair] { Drive(std::move(pair->first), std::move(pair->second)); });
}

template <typename T>
T LoopThread::Run(Task<T> task) {
  std::binary_semaphore finished(0);
  if constexpr (std::is_void_v<T>) {
    Start(std::move(task), [&finished] { finished.release(); });
    finished.acquire();
  } else {
    std::optional<T> result;
    Start(std::move(task), [&finished, &result](T value) {
      result.emplace(std::move(value));
      finished.release();
    });
    finished.acquire();
    return std::move(*result);
  }
}

}  // namespace tusk
