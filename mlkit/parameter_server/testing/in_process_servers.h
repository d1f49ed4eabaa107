// InProcessServers: parameter servers as threads of this process, and the post to reach them.
#pragma once

#include <memory>
#include <vector>

#include "mlkit/parameter_server/parameter_server.h"
#include "mlkit/parameter_server/post.h"

namespace tusk::ml {

class InProcessServers {
 public:
  explicit InProcessServers(const ServerSettings& settings);
  ~InProcessServers();

  Post& post(int worker);
  // As if its connection had ended.
  void LoseWorker(int worker);
  // Every wait ends with kCancelled.
  void Cancel();

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace tusk::ml
