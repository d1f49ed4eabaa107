// Child processes, as everything but base/env sees them. A child starts with exactly the environment, folder and
// output files that the request names; it inherits no descriptor. Everything runs on one loop's thread.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/async/task.h"
#include "base/core/result.h"
#include "base/core/time.h"

namespace tusk {

struct SpawnRequest {
  std::vector<std::string> argv;         // argv[0] is the program's absolute path; no search, no shell
  std::vector<std::string> environment;  // "NAME=value"
  std::string directory;                 // absolute; empty: the parent's
  std::string stdout_path;               // appended to, created if absent; empty: /dev/null
  std::string stderr_path;
  bool new_session = true;               // setsid: the child leads a session and a process group of its own
  // cgroup.procs files that the child enters before it runs the program. A failure fails the spawn.
  std::vector<std::string> cgroup_procs;
};

// A running or ended child. Destroying it neither kills nor forgets the child: it is reaped all the same.
class Process {
 public:
  virtual ~Process() = default;
  virtual int64_t pid() const = 0;
  // The exit code, or 128 + signal as shells say it. kTimedOut, kCancelled as other waits. Any number of waiters.
  virtual Task<Result<int>> Wait(TimePoint deadline, std::stop_token stop) = 0;
  virtual bool running() const = 0;
  // To the child, or (with new_session) to its process group, also after the leader has ended. OK if nothing is left.
  virtual Status Signal(int number) = 0;
  virtual Status SignalGroup(int number) = 0;
};

class ProcessLauncher {
 public:
  virtual ~ProcessLauncher() = default;
  // Returns after the program has been executed, or with the reason why not.
  virtual Result<std::unique_ptr<Process>> Spawn(const SpawnRequest& request) = 0;
  // A process that is not our child, to signal it and to see its end; its exit code cannot be learnt (-1). kFileNotFound
  // where there is none. The caller makes sure that the id still means the same process, after this returns.
  virtual Result<std::unique_ptr<Process>> Attach(int64_t pid);
};

}  // namespace tusk
