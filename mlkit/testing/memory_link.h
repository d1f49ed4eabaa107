// MemoryMesh: links between threads of one process, with the checks that real transports make.
#pragma once

#include <memory>
#include <vector>

#include "mlkit/collectives/link.h"

namespace tusk::ml {

class MemoryMesh {
 public:
  explicit MemoryMesh(int ranks);
  ~MemoryMesh();
  Link& link(int rank);
  void Cancel();

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
  std::vector<std::unique_ptr<Link>> links_;
};

}  // namespace tusk::ml
