// Ctrl-C of commands that wait for a job, or are one: the first one asks for a clean end, the second kills.
#pragma once

#include <atomic>

namespace tusk::mapreduce {

inline constexpr int kInterruptedExit = 130;  // 128 + SIGINT, as shells say it

// From now on SIGINT and SIGTERM set Interrupted().
void CatchInterrupts();
const std::atomic<bool>& Interrupted();

}  // namespace tusk::mapreduce
