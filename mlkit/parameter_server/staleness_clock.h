// StalenessClock: which workers may begin their next step. A worker's clock is the number of steps that it has completed. A step may
// begin while it is at most s ahead of the slowest worker that is left: so its weights hold every update of all steps more than s
// before it. s is 0 for BSP and without bound for ASP.
#pragma once

#include <cstdint>
#include <vector>

#include "base/core/result.h"
#include "mlkit/parameter_server/sync_mode.h"

namespace tusk::ml {

class StalenessClock {
 public:
  StalenessClock(SyncMode mode, int workers) : mode_(mode), clocks_(static_cast<size_t>(workers)), lost_(clocks_.size()) {}

  int workers() const { return static_cast<int>(clocks_.size()); }
  bool Known(int worker) const { return worker >= 0 && worker < workers() && !lost_[static_cast<size_t>(worker)]; }
  uint64_t clock(int worker) const { return clocks_[static_cast<size_t>(worker)]; }
  // Of the workers that are left; 0 without any.
  uint64_t slowest() const;
  bool MayBegin(int worker) const { return mode_.kind == Consistency::kAsp || clock(worker) - slowest() <= mode_.staleness; }

  // `worker` has completed step `step`, its next one.
  Status Tick(int worker, uint64_t step);
  // Nobody waits for it any more.
  void Lose(int worker) { lost_[static_cast<size_t>(worker)] = true; }
  // A replacement: it begins where the slowest one is.
  void Replace(int worker);

 private:
  SyncMode mode_;
  std::vector<uint64_t> clocks_;
  std::vector<bool> lost_;
};

}  // namespace tusk::ml
