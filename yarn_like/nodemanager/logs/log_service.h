// LogService: what becomes of the logs of this node's applications: aggregated at their end, now and then while they run
// (yarn.nodemanager.log-aggregation.roll-monitoring-interval-seconds), or kept here for a while. Decides; LogAggregator
// writes.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/async/task_scope.h"
#include "yarn_like/nodemanager/applications.h"
#include "yarn_like/nodemanager/logs/log_aggregator.h"
#include "yarn_like/nodemanager/logs/log_report.h"
#include "yarn_like/nodemanager/logs/log_selection.h"

namespace tusk::yarn {

struct LogServiceOptions {
  bool aggregate = false;            // yarn.log-aggregation-enable
  Duration roll_interval{};          // 0: only at the end
  size_t remote_files_max = 30;      // yarn.nodemanager.log-aggregation.num-log-files-per-app
  std::string policy_class;          // where an application names none
  std::string policy_parameters;
  Duration retain{};                 // yarn.nodemanager.log.retain-seconds
};

class LogService {
 public:
  LogService(Env env, LogAggregator& aggregator, ContainerLogs logs, LogServiceOptions options)
      : env_(env), aggregator_(aggregator), logs_(std::move(logs)), options_(std::move(options)), scope_(env.loop) {}

  // With the node's name known. `applications` outlives the service.
  void Start(NodeId node, Applications& applications);
  Task<void> Shutdown();
  // Told once per container that ends: the policy decides whether its logs are wanted.
  void NoteDone(const Container& container);
  // The application's containers have ended.
  Task<void> FinishApplication(NodeApplication application);
  // Local logs beyond their time, of applications that are not here.
  Task<void> RemoveOld();
  // For the next heartbeat; each is told once.
  std::vector<LogReport> TakeReports() { return std::exchange(reports_, {}); }

 private:
  struct Seen {
    std::set<std::string> unwanted;  // containers
    std::set<std::string> ended;
    std::map<std::string, int64_t> uploaded;  // container/file -> its time of change
    bool rolled = false;
  };
  Task<void> Roll();
  Task<Status> UploadCycle(NodeApplication application, bool last);
  LogSelection SelectionOf(const NodeApplication& application) const;
  void Report(const ApplicationId& application, int status, const Status& outcome);

  Env env_;
  LogAggregator& aggregator_;
  ContainerLogs logs_;
  LogServiceOptions options_;
  NodeId node_;
  Applications* applications_ = nullptr;
  std::map<ApplicationId, Seen> seen_;
  std::vector<LogReport> reports_;
  TaskScope scope_;
};

}  // namespace tusk::yarn
