// BlockingPool: threads for calls that block (disk, resolver, compression). A coroutine awaits Run and resumes on its
// own loop.
#pragma once

#include <coroutine>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/async/event_loop.h"
#include "base/async/task.h"

namespace tusk {

class BlockingPool {
 public:
  virtual ~BlockingPool() = default;
  // Runs `work` on some thread of the pool; from any thread. In the simulation: on the loop, at a time it chooses.
  virtual void Execute(std::function<void()> work) = 0;
  // False in the simulation, where nothing may run beside the loop: who uses a library with threads of its own waits
  // for them.
  virtual bool has_threads() const { return true; }

  // co_await pool.Run([&] { return file->Sync(); }). The callable runs once, on a pool thread; the awaiting coroutine
  // resumes on the loop that it came from. What it captures by reference lives in the suspended frame.
  template <typename Work>
  auto Run(Work work) {
    using R = std::invoke_result_t<Work&>;
    struct Awaiter {
      BlockingPool& pool;
      Work work;
      std::optional<R> result;
      bool await_ready() { return false; }
      void await_suspend(std::coroutine_handle<> awaiting) {
        EventLoop* home = EventLoop::Current();
        TUSK_CHECK(home != nullptr) << "BlockingPool::Run outside a loop";
        pool.Execute([this, home, awaiting] {
          result.emplace(work());
          home->Post([awaiting] { awaiting.resume(); });
        });
      }
      R await_resume() { return std::move(*result); }
    };
    return Awaiter{*this, std::move(work), std::nullopt};
  }
};

}  // namespace tusk
