// Clocks of workers.
#include "mlkit/parameter_server/staleness_clock.h"

#include <algorithm>
#include <string>

namespace tusk::ml {

uint64_t StalenessClock::slowest() const {
  uint64_t least = UINT64_MAX;
  for (size_t worker = 0; worker < clocks_.size(); ++worker) {
    if (!lost_[worker]) least = std::min(least, clocks_[worker]);
  }
  return least == UINT64_MAX ? 0 : least;
}

Status StalenessClock::Tick(int worker, uint64_t step) {
  if (!Known(worker)) return Status(Code::kCancelled, "worker " + std::to_string(worker) + " is not of this membership");
  uint64_t& clock = clocks_[static_cast<size_t>(worker)];
  if (step != clock) {
    return Status(Code::kInternal, "worker " + std::to_string(worker) + " ends step " + std::to_string(step) + " after " + std::to_string(clock));
  }
  if (!MayBegin(worker)) {
    return Status(Code::kInternal, "worker " + std::to_string(worker) + " ends step " + std::to_string(step) + ", which might not begin yet");
  }
  ++clock;
  return Status::Ok();
}

void StalenessClock::Replace(int worker) {
  const uint64_t least = slowest();
  lost_[static_cast<size_t>(worker)] = false;
  clocks_[static_cast<size_t>(worker)] = least;
}

}  // namespace tusk::ml
