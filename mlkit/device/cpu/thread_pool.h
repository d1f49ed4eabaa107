// ThreadPool: runs numbered pieces of work on a fixed set of threads; idle threads steal. The order of execution is free, so
// pieces write to places of their own and the caller combines them in order of number.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace tusk::ml {

class ThreadPool {
 public:
  // `threads` includes the caller of ParallelFor; 1 means no further thread.
  explicit ThreadPool(size_t threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  size_t threads() const;
  // body(i) for all i < count, and returns when all are done. Nested calls run inline on the calling thread.
  void ParallelFor(size_t count, const std::function<void(size_t)>& body);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tusk::ml
