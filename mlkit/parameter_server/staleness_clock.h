// StalenessClock: which workers may begin their next step. A worker's clock is the number of steps that it has completed. A step may
// begin while it is at most s ahead of the slowest worker: so its weights hold every update of all steps more than s
// before it. s is 0 for BSP and without bound for ASP. A slow worker may take some steps as one: the last of them has to be within the
// bound when it begins.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/core/result.h"
#include "mlkit/parameter_server/sync_mode.h"

namespace tusk::ml {

class StalenessClock {
 public:
  StalenessClock(SyncMode mode, int workers) : mode_(mode), clocks_(static_cast<size_t>(workers)) {}

  int workers() const { return static_cast<int>(clocks_.size()); }
  uint64_t clock(int worker) const { return clocks_[static_cast<size_t>(worker)]; }
  uint64_t slowest() const { return *std::min_element(clocks_.begin(), clocks_.end()); }
  bool MayBegin(int worker, uint64_t steps = 1) const {
    return mode_.kind == Consistency::kAsp || clock(worker) + steps - 1 - slowest() <= mode_.staleness;
  }

  // `worker` has completed step `step`, its next one, and with it `steps` in all.
  Status Tick(int worker, uint64_t step, uint64_t steps = 1);

 private:
  SyncMode mode_;
  std::vector<uint64_t> clocks_;
};

}  // namespace tusk::ml
