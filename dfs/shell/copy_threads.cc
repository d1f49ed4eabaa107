// The queue and its threads.
#include "dfs/shell/copy_threads.h"

#include <algorithm>

namespace tusk::dfs {

CopyThreads::CopyThreads(size_t threads, size_t queue_max) : queue_max_(std::max<size_t>(queue_max, 1)) {
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

void CopyThreads::Submit(std::function<void()> copy) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return queue_.size() < queue_max_; });
  queue_.push_back(std::move(copy));
  changed_.notify_all();
}

void CopyThreads::Finish() {
  {
    std::lock_guard lock(mutex_);
    finishing_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void CopyThreads::Work() {
  for (;;) {
    std::function<void()> copy;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !queue_.empty() || finishing_; });
      if (queue_.empty()) return;
      copy = std::move(queue_.front());
      queue_.pop_front();
      changed_.notify_all();
    }
    copy();
  }
}

}  // namespace tusk::dfs
