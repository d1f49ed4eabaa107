// CopyThreads: copies files of one command side by side (-t), with a bounded queue (-q).
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tusk::dfs {

class CopyThreads {
 public:
  CopyThreads(size_t threads, size_t queue_max);
  ~CopyThreads() { Finish(); }
  CopyThreads(const CopyThreads&) = delete;
  // Waits while the queue is full.
  void Submit(std::function<void()> copy);
  // Waits until all are done; none may be submitted after.
  void Finish();

 private:
  void Work();
  const size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  bool finishing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tusk::dfs
