// Exit statuses of containers as YARN's clients know them (org.apache.hadoop.yarn.api.records.ContainerExitStatus).
#pragma once

namespace tusk::yarn {

inline constexpr int kExitSuccess = 0;
inline constexpr int kExitInvalid = -1000;  // not ended yet, or never started
inline constexpr int kExitAborted = -100;
inline constexpr int kExitDisksFailed = -101;
inline constexpr int kExitPreempted = -102;
inline constexpr int kExitKilledExceededVmem = -103;
inline constexpr int kExitKilledExceededPmem = -104;
inline constexpr int kExitKilledByAppMaster = -105;
inline constexpr int kExitKilledByResourceManager = -106;
inline constexpr int kExitKilledAfterAppCompletion = -107;
inline constexpr int kExitKilledForExcessLogs = -109;
// Of the process.
inline constexpr int kExitForceKilled = 137;
inline constexpr int kExitTerminated = 143;
inline constexpr int kExitLost = 154;

}  // namespace tusk::yarn
