// Supervisor: keeps the daemons of one cluster folder running: starts them in order, restarts those that die with a
// back-off that doubles, stops them in reverse order, and says what it knows in DIR/run/status.json.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/async/sync.h"
#include "base/async/task_scope.h"
#include "base/env/env.h"
#include "base/env/process.h"
#include "tools/tusk/cluster/cluster_layout.h"

namespace tusk::tools {

// When to start a daemon again. Pure.
class RestartBackoff {
 public:
  // Delay before the next start of a daemon that ran for `ran`; 1 s, doubling to 30 s, fresh after a minute of life.
  Duration AfterExit(Duration ran);

 private:
  Duration next_ = std::chrono::seconds(1);
};

struct DaemonSpec {
  std::string name;               // "datanode0": also its log's name
  std::vector<std::string> argv;  // after the binary: verb and settings
  std::string after;              // starts once that daemon is ready; "" for at once
};
std::vector<DaemonSpec> DaemonsOf(const ClusterLayout& layout);

struct DaemonStatus {
  std::string name;
  std::string state;  // "waiting", "starting", "running", "restarting", "stopped"
  int64_t pid = 0;
  int restarts = 0;
  int last_exit = 0;          // of the last life that ended by itself
  int64_t since_wall_ms = 0;  // of the state
};
struct ClusterStatus {
  int64_t supervisor_pid = 0;
  bool ready = false;       // every daemon has been ready once
  std::string failure;      // why the start was given up
  std::vector<DaemonStatus> daemons;
};
// The last status that a supervisor wrote.
Result<ClusterStatus> ReadClusterStatus(Disk& disk, const std::string& folder);

class Supervisor {
 public:
  Supervisor(Env env, ProcessLauncher& launcher, ClusterLayout layout, std::string binary,
             std::vector<std::string> environment);
  ~Supervisor();
  // Until `stop` is set, or until a daemon fails before it was ever ready (the error says which, and its last words).
  // Every daemon has ended when it returns.
  Task<Status> Run(AsyncEvent& stop);

 private:
  struct Child;
  Task<void> Keep(Child& child);
  Task<bool> Live(Child& child);  // one life; false when the supervisor stops
  Task<void> WatchReady(Child& child, std::stop_token ended);
  Task<void> StopAll();
  void SetState(Child& child, std::string state);
  void GiveUp(const Child& child, const std::string& why);
  void WriteStatus();
  std::string LogOf(const Child& child) const { return layout_.logs_folder() + "/" + child_name(child) + ".log"; }
  static const std::string& child_name(const Child& child);
  std::string LastWords(const Child& child);

  Env env_;
  ProcessLauncher& launcher_;
  ClusterLayout layout_;
  std::string binary_;
  std::vector<std::string> environment_;
  TaskScope scope_;
  AsyncEvent finished_;
  Status failure_;
  bool all_ready_ = false;
  std::vector<std::unique_ptr<Child>> children_;
};

}  // namespace tusk::tools
