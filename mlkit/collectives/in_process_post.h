// InProcessPost: the post of ranks that are threads of one process. A server is called by the thread that sends it a letter.
#pragma once

#include <memory>
#include <vector>

#include "mlkit/collectives/post.h"

namespace tusk::ml {

class InProcessPost {
 public:
  explicit InProcessPost(int ranks, Seconds seconds = nullptr, double deadline_seconds = 600);
  ~InProcessPost();

  Post& of(int rank) { return *posts_[static_cast<size_t>(rank)]; }
  // Every wait, also those to come, ends with kCancelled.
  void Cancel();

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
  std::vector<std::unique_ptr<Post>> posts_;
};

}  // namespace tusk::ml
