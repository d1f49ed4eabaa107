// AsioLoop, its timers, and the thread pool.
#include "base/async/asio_loop.h"

#include <pthread.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "base/async/asio_impl_internal.h"

namespace tusk {
namespace {

namespace asio = boost::asio;

class AsioTimer : public Timer {
 public:
  // The handler outlives a cancelled timer, so what it looks at is shared.
  AsioTimer(asio::io_context& io, Duration delay, std::function<void()> callback)
      : timer_(io, delay), callback_(std::make_shared<std::function<void()>>(std::move(callback))) {
    timer_.async_wait([weak = std::weak_ptr(callback_)](const boost::system::error_code& error) {
      if (error) return;
      if (auto armed = weak.lock()) {
        auto run = std::move(*armed);
        run();
      }
    });
  }

 private:
  asio::steady_timer timer_;
  std::shared_ptr<std::function<void()>> callback_;
};

class ThreadPool : public BlockingPool {
 public:
  ThreadPool(std::string name, int threads) {
    for (int i = 0; i < threads; ++i) {
      threads_.emplace_back([this, name] {
        pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
        Work();
      });
    }
  }
  ~ThreadPool() override {
    {
      std::lock_guard lock(mutex_);
      closing_ = true;
    }
    ready_.notify_all();
    for (auto& thread : threads_) thread.join();
  }
  void Execute(std::function<void()> work) override {
    {
      std::lock_guard lock(mutex_);
      queue_.push_back(std::move(work));
    }
    ready_.notify_one();
  }

 private:
  void Work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      ready_.wait(lock, [this] { return closing_ || !queue_.empty(); });
      if (queue_.empty()) return;
      auto work = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      work();
      work = nullptr;
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> queue_;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

class AsioSignalWatch : public SignalWatch {
 public:
  AsioSignalWatch(asio::io_context& io, std::function<void(int)> on_signal)
      : signals_(io, SIGINT, SIGTERM, SIGHUP), on_signal_(std::make_shared<std::function<void(int)>>(std::move(on_signal))) {
    Wait();
  }

 private:
  void Wait() {
    signals_.async_wait([this, weak = std::weak_ptr(on_signal_)](const boost::system::error_code& error, int number) {
      auto alive = weak.lock();
      if (error || !alive) return;
      (*alive)(number);
      if (alive.use_count() > 1) Wait();  // not destroyed by the callback
    });
  }
  asio::signal_set signals_;
  std::shared_ptr<std::function<void(int)>> on_signal_;
};

}  // namespace

AsioLoop::AsioLoop(const Clock& clock) : clock_(clock), impl_(std::make_unique<Impl>()) {}
AsioLoop::~AsioLoop() = default;

void AsioLoop::Post(std::function<void()> callback) { asio::post(impl_->io, std::move(callback)); }

std::unique_ptr<Timer> AsioLoop::RunAt(TimePoint when, std::function<void()> callback) {
  Duration delay = when == kNever ? std::chrono::hours(24 * 365 * 10) : when - clock_.Now();
  return std::make_unique<AsioTimer>(impl_->io, std::max(delay, Duration(0)), std::move(callback));
}

void AsioLoop::Run() {
  SetCurrent(this);
  impl_->io.restart();
  auto guard = asio::make_work_guard(impl_->io);
  impl_->io.run();
  SetCurrent(nullptr);
}

void AsioLoop::Stop() { impl_->io.stop(); }

std::unique_ptr<BlockingPool> MakeThreadPool(std::string name, int threads) {
  TUSK_CHECK(threads >= 1);
  return std::make_unique<ThreadPool>(std::move(name), threads);
}

std::unique_ptr<SignalWatch> WatchTerminationSignals(AsioLoop& loop, std::function<void(int)> on_signal) {
  return std::make_unique<AsioSignalWatch>(loop.impl().io, std::move(on_signal));
}

}  // namespace tusk
