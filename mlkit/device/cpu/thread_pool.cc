// ThreadPool: every thread takes pieces from its own range of numbers and, when that is empty, half of somebody else's rest.
#include "mlkit/device/cpu/thread_pool.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace tusk::ml {
namespace {

thread_local bool inside_body = false;

// [begin, end) in one word, so that owner and thieves agree by compare-and-swap.
struct alignas(64) Range {
  std::atomic<uint64_t> word{0};
};
uint64_t Pack(uint64_t begin, uint64_t end) { return begin << 32 | end; }

}  // namespace

struct ThreadPool::Impl {
  explicit Impl(size_t count) : ranges(count) {
    for (size_t t = 1; t < count; ++t) threads.emplace_back([this, t] { Serve(t); });
  }
  ~Impl() {
    {
      std::lock_guard lock(mutex);
      stop = true;
    }
    wake.notify_all();
    for (std::thread& thread : threads) thread.join();
  }

  void Serve(size_t self) {
    uint64_t seen = 0;
    while (true) {
      {
        std::unique_lock lock(mutex);
        wake.wait(lock, [&] { return stop || generation != seen; });
        if (stop) return;
        seen = generation;
      }
      Work(self);
      std::lock_guard lock(mutex);
      if (--busy == 0) done.notify_one();
    }
  }

  bool TakeOwn(size_t self, size_t& number) {
    uint64_t word = ranges[self].word.load();
    while (true) {
      const uint64_t begin = word >> 32, end = word & UINT32_MAX;
      if (begin >= end) return false;
      if (ranges[self].word.compare_exchange_weak(word, Pack(begin + 1, end))) {
        number = begin;
        return true;
      }
    }
  }

  bool Steal(size_t self) {
    for (size_t step = 1; step < ranges.size(); ++step) {
      Range& victim = ranges[(self + step) % ranges.size()];
      uint64_t word = victim.word.load();
      while (true) {
        const uint64_t begin = word >> 32, end = word & UINT32_MAX;
        if (begin >= end) break;
        const uint64_t middle = begin + (end - begin) / 2;
        if (victim.word.compare_exchange_weak(word, Pack(begin, middle))) {
          ranges[self].word.store(Pack(middle, end));
          return true;
        }
      }
    }
    return false;
  }

  void Work(size_t self) {
    inside_body = true;
    size_t number = 0;
    do {
      while (TakeOwn(self, number)) (*body)(number);
    } while (Steal(self));
    inside_body = false;
  }

  void Run(size_t count, const std::function<void(size_t)>& function) {
    std::lock_guard one_at_a_time(callers);
    body = &function;
    for (size_t t = 0; t < ranges.size(); ++t) {
      ranges[t].word.store(Pack(count * t / ranges.size(), count * (t + 1) / ranges.size()));
    }
    {
      std::lock_guard lock(mutex);
      ++generation;
      busy = threads.size();
    }
    wake.notify_all();
    Work(0);
    std::unique_lock lock(mutex);
    done.wait(lock, [&] { return busy == 0; });
  }

  std::vector<Range> ranges;
  const std::function<void(size_t)>* body = nullptr;
  std::mutex callers, mutex;
  std::condition_variable wake, done;
  uint64_t generation = 0;
  size_t busy = 0;
  bool stop = false;
  std::vector<std::thread> threads;  // last: they use the rest
};

ThreadPool::ThreadPool(size_t threads) : impl_(std::make_unique<Impl>(threads == 0 ? 1 : threads)) {}
ThreadPool::~ThreadPool() = default;

size_t ThreadPool::threads() const { return impl_->ranges.size(); }

void ThreadPool::ParallelFor(size_t count, const std::function<void(size_t)>& body) {
  if (count <= 1 || inside_body || impl_->threads.empty()) {
    for (size_t i = 0; i < count; ++i) body(i);
    return;
  }
  constexpr size_t kMost = UINT32_MAX;
  for (size_t begin = 0; begin < count; begin += kMost) {
    const size_t part = count - begin < kMost ? count - begin : kMost;
    if (begin == 0) {
      impl_->Run(part, body);
    } else {
      impl_->Run(part, [&](size_t i) { body(begin + i); });
    }
  }
}

}  // namespace tusk::ml
