// InterruptGuard: while one lives, Ctrl-C (and SIGTERM) is noted instead of ending the process at once, so that a copy
// can take its half-written file away. A second one ends the process as usual.
#pragma once

namespace tusk::dfs {

constexpr int kInterruptedExitCode = 130;

class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  static bool interrupted();
};

}  // namespace tusk::dfs
