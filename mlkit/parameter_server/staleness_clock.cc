// Clocks of workers.
#include "mlkit/parameter_server/staleness_clock.h"

#include <string>

namespace tusk::ml {

Status StalenessClock::Tick(int worker, uint64_t step, uint64_t steps) {
  uint64_t& clock = clocks_[static_cast<size_t>(worker)];
  if (step != clock) {
    return Status(Code::kInternal, "worker " + std::to_string(worker) + " ends step " + std::to_string(step) + " after " + std::to_string(clock));
  }
  if (steps == 0 || !MayBegin(worker, steps)) {
    return Status(Code::kInternal, "worker " + std::to_string(worker) + " ends step " + std::to_string(step) + ", which might not begin yet");
  }
  clock += steps;
  return Status::Ok();
}

}  // namespace tusk::ml
