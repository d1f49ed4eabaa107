// ContainerProcess: the processes of one container. A small shell of ours, the keeper, starts the container's own shell
// in a session of its own, waits for it and writes its exit code to a file: so a container outlives the node manager,
// and the next one finds out how it ended. The keeper stays outside the container's session and control groups.
//
//   node manager -> keeper (sh) -> leader (setsid bash launch_container.sh, in the control groups) -> ...
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/env/env.h"
#include "base/env/process.h"

namespace tusk::yarn {

// Where a container's launch leaves what must be found again.
struct ProcessFiles {
  std::string name;       // container_..: only for people who look at processes
  std::string script;     // launch_container.sh
  std::string work_dir;
  std::string pid_file;   // the leader's line of /proc/<pid>/stat when it began
  std::string exit_file;  // the exit code
};
ProcessFiles ProcessFilesOf(const std::string& name, const std::string& private_dir, const std::string& work_dir);

class ContainerProcess {
 public:
  // Returns once the leader runs.
  static Task<Result<std::unique_ptr<ContainerProcess>>> Launch(Env env, ProcessLauncher* launcher, ProcessFiles files,
                                                                std::vector<std::string> cgroup_procs);
  // A container of an earlier node manager. It may have ended: Wait tells. kFileNotFound where it never began.
  static Task<Result<std::unique_ptr<ContainerProcess>>> Recover(Env env, ProcessLauncher* launcher, ProcessFiles files);

  int64_t pid() const { return leader_; }
  bool running() const { return process_ && process_->running(); }
  // The exit code, 128 + signal; kExitLost where nobody noted it.
  Task<Result<int>> Wait(TimePoint deadline, std::stop_token stop);
  // To the session; OK if nothing is left.
  Status SignalGroup(int number);
  Status Signal(int number);  // to the leader

 private:
  ContainerProcess(Env env, ProcessFiles files) : env_(env), files_(std::move(files)) {}
  Task<Result<int>> ReadExitCode();
  Status ReadPidFile();
  bool LeaderLives();
  void AttachTo(ProcessLauncher& launcher);

  Env env_;
  ProcessFiles files_;
  int64_t leader_ = 0;
  uint64_t leader_start_ = 0;
  int64_t keeper_ = 0;
  bool child_ = false;                 // the keeper is this process's own child: its exit code is the container's
  std::unique_ptr<Process> process_;   // the keeper, or the leader where the keeper is gone; null where both are
};

}  // namespace tusk::yarn
