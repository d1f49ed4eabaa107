// InProcessGroup: N communicators in one process, one thread each. Ranks that do not make the same calls with the same sizes
// get an error instead of waiting for ever. A rank can be lost at a chosen call, before anybody has the result or when
// some ranks already have it.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "mlkit/collectives/communicator.h"

namespace tusk::ml {

// Rank `rank` is lost at the group's collective number `call` (from 0). If `after`, ranks below it get that call's result
// and the others do not, as happens when a connection breaks while a result spreads.
struct PlannedLoss {
  int rank = 0;
  uint64_t call = 0;
  bool after = false;
};

class InProcessGroup {
 public:
  explicit InProcessGroup(int ranks, std::optional<PlannedLoss> loss = std::nullopt);
  ~InProcessGroup();

  Communicator& comm(int rank);
  // All calls, also those that wait now, fail with kCancelled.
  void Cancel();
  bool loss_happened() const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
  std::vector<std::unique_ptr<Communicator>> comms_;
};

}  // namespace tusk::ml
