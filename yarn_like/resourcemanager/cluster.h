// Cluster: the resource manager's brain. Applications, attempts, nodes and the scheduler as one synchronous state
// machine: RPC handlers, the launcher and a timer call it on one thread with the time, it changes state and asks for
// effects. No I/O, no tokens, no protobuf.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "base/env/clock.h"
#include "base/metrics/metrics.h"
#include "yarn_like/resourcemanager/apps/application.h"
#include "yarn_like/resourcemanager/nodes/node_table.h"
#include "yarn_like/resourcemanager/scheduler/scheduler.h"

namespace tusk::yarn {

struct Now {
  TimePoint time{};
  int64_t wall_ms = 0;
};

struct ClusterConfig {
  SchedulerConfig scheduler;
  ResourceTypes types;
  int64_t start_wall_ms = 0;  // also the timestamp of application ids and the identifier in container tokens
  int32_t am_max_attempts = 2;
  Duration am_expiry = std::chrono::seconds(900);
  Duration node_expiry = std::chrono::seconds(600);
  Duration container_expiry = std::chrono::seconds(600);
  size_t completed_applications_max = 1000;
  int32_t priority_max = 0;  // of applications; higher ones are lowered to it
  // After a restart that found running applications: how long nodes may say what they run before anything is granted.
  Duration recovery_wait = std::chrono::seconds(10);
  size_t gone_nodes_max = 1000;  // nodes that are lost, shut down or decommissioned and still listed
  bool log_aggregation = false;
  size_t applications_max = 10'000;
  std::string web_address = "localhost:8088";  // for tracking URLs
};

// What the brain wants done outside. Called inside its methods: record it and return.
class ClusterEffects {
 public:
  virtual ~ClusterEffects() = default;
  // Start the attempt's container; answer with MasterLaunched or MasterLaunchFailed.
  virtual void LaunchMaster(const ApplicationAttemptId& attempt) = 0;
  // Stop the attempt's container, best effort (the node's next heartbeat also says so).
  virtual void StopMaster(const ApplicationAttemptId& attempt, const ContainerId& container, const NodeId& node) = 0;
};

// What the brain wants kept across a restart (state/state_store.h). Called inside its methods.
class ApplicationJournal {
 public:
  virtual ~ApplicationJournal() = default;
  virtual void Submitted(const Application& application) = 0;
  virtual void Changed(const Application& application) = 0;
  virtual void Forgotten(const ApplicationId& application) = 0;
};

struct LogAggregationReport {
  ApplicationId application;
  LogAggregationState state = LogAggregationState::kNotStarted;
};

struct NodeRegistration {
  NodeRecord node;
  std::vector<ContainerReport> containers;
  std::vector<ApplicationId> applications;
  std::vector<LogAggregationReport> log_aggregation;
};

struct NodeHeartbeat {
  NodeId node;
  int32_t response_id = 0;
  std::vector<ContainerReport> containers;
  bool healthy = true;
  std::string health_report;
  int64_t health_wall_ms = 0;
  NodeUtilization containers_utilization;
  NodeUtilization node_utilization;
  std::vector<LogAggregationReport> log_aggregation;
};

struct AllocateCall {
  int32_t response_id = 0;
  float progress = 0;
  std::vector<Ask> asks;
  std::vector<ContainerId> releases;
  std::vector<std::string> blacklist_additions;
  std::vector<std::string> blacklist_removals;
  std::vector<ContainerUpdate> updates;
  std::string tracking_url;  // empty: as before
};

// Since the start; for metrics.
struct ClusterStats {
  uint64_t granted = 0;         // containers, masters' too
  LatencyHistogram scheduling;  // one event through the scheduler
};

struct UpdateError {
  std::string reason;
  ContainerUpdate update;
  int32_t current_version = 0;
};

struct AllocateResult {
  bool duplicate = false;  // answer with the session's last_reply
  int32_t response_id = 0;
  std::vector<LiveContainer> granted;
  std::vector<NodeId> token_nodes;  // for which the master has no token yet
  std::vector<ContainerReport> completed;
  std::vector<NodeId> updated_nodes;
  std::vector<LiveContainer> inherited;  // of earlier attempts, found again since the last call
  std::vector<std::pair<ContainerUpdate, LiveContainer>> updated;
  std::vector<UpdateError> update_errors;
  Resource headroom;
};

class Cluster {
 public:
  Cluster(ClusterConfig config, ClusterEffects& effects, ApplicationJournal* journal = nullptr);

  // What a journal has kept, before anything else is called. Masters that ran are waited for, and so are the nodes that
  // run their containers.
  void Recover(std::vector<Application> applications, Now now);

  // Node managers. A registration that is refused says why (the node then shuts down).
  Status RegisterNode(NodeRegistration registration, Now now);
  HeartbeatOrder Heartbeat(const NodeHeartbeat& heartbeat, Now now);
  void UnregisterNode(const NodeId& node, Now now);

  // Application masters. Errors are those that Hadoop's clients know.
  Result<const Attempt*> RegisterMaster(const ApplicationAttemptId& id, std::string host, int32_t rpc_port,
                                        std::string tracking_url, Now now);
  Result<AllocateResult> Allocate(const ApplicationAttemptId& id, AllocateCall call, Now now);
  Result<bool> FinishMaster(const ApplicationAttemptId& id, FinalStatus status, std::string diagnostics,
                            std::string tracking_url, Now now);

  // Administrators. Nodes that are not allowed any more leave: at once, or when what runs on them has ended (graceful),
  // `timeout` later at the latest.
  void SetAdmission(NodeAdmission admission, bool graceful, Duration timeout, Now now);
  Status ResizeNode(const NodeId& id, const Resource& total, Now now);
  // NM tokens are signed with another key now: masters get new ones with what they are granted next.
  void NmKeyChanged();
  // Of memory, for application masters together.
  void SetMasterShare(double share, Now now);
  void SetPriorityMax(int32_t priority) { config_.priority_max = priority; }

  // Clients.
  ApplicationId NewApplicationId();
  Status Submit(Submission submission, Now now);
  // True when it is over.
  Result<bool> Kill(const ApplicationId& id, const std::string& diagnostics, Now now);
  // Ends the attempt as failed, which counts; the application tries again if it may.
  Status FailAttemptByUser(const ApplicationAttemptId& id, Now now);
  // The priority that it has then: at most the cluster's largest.
  Result<int32_t> SetPriority(const ApplicationId& id, int32_t priority, Now now);
  // Ends the application at this time; kYarn where it is over or the time is past.
  Status SetExpiry(const ApplicationId& id, int64_t expiry_wall_ms, Now now);
  // Passed to the container's node with its next heartbeat.
  Status SignalContainer(const ContainerId& id, int32_t command);

  // The launcher.
  void MasterLaunched(const ApplicationAttemptId& id, Now now);
  void MasterLaunchFailed(const ApplicationAttemptId& id, const std::string& reason, Now now);

  // Expiries and scheduling delays; to be called at next_deadline() and now and then.
  void Tick(Now now);
  TimePoint next_deadline() const { return scheduler_.next_deadline(); }

  const Application* Find(const ApplicationId& id) const;
  Attempt* FindAttempt(const ApplicationAttemptId& id);
  const Attempt* FindAttempt(const ApplicationAttemptId& id) const;
  const std::map<ApplicationId, Application>& applications() const { return applications_; }
  NodeTable& nodes() { return nodes_; }
  const NodeTable& nodes() const { return nodes_; }
  const Scheduler& scheduler() const { return scheduler_; }
  const ClusterConfig& config() const { return config_; }
  const ClusterStats& stats() const { return stats_; }
  // Times the scheduler by it; only for stats().
  void set_stopwatch(const Clock* clock) { stopwatch_ = clock; }
  // Why an application that is not over does not get on: one reason for each pending ask, most urgent first, `asks_max` of
  // them. May be empty.
  std::vector<WaitReason> WhyWaiting(const Application& application, Now now, size_t asks_max) const;
  // The first one's sentence; may be empty.
  std::string WhyWaiting(const Application& application, Now now) const;
  // http://web/cluster/app/ID
  std::string PageUrl(const Application& application) const;
  // http://web/proxy/ID/: redirects to the master's own page, or to PageUrl.
  std::string ProxyUrl(const Application& application) const;

 private:
  Application* FindMutable(const ApplicationId& id);
  // The attempt on whose books a container is: its own, or with keep_containers a later one. Null where it is not live.
  Attempt* OwnerOf(const ContainerId& container);
  const Attempt* OwnerOf(const ContainerId& container) const { return const_cast<Cluster*>(this)->OwnerOf(container); }
  void RecoverAttempt(Application& application, Now now);
  // A container that a registering node reports and that a restart made this manager forget is put on its attempt's
  // books. Its owner; null where it has none.
  Attempt* AdoptReported(const NodeRecord& node, const ContainerReport& report);
  void AddAwaited(const NodeRegistration& registration, const NodeId& node, NodeAdded& added) const;
  // Masters that were started before a restart and that their node does not report.
  void EndMastersThatAreGone(const NodeId& node, Now now);
  void NoteLogAggregation(const NodeId& node, const std::vector<LogAggregationReport>& reports);
  void Schedule(const SchedulerEvent& event, Now now);
  void OnGrant(const Grant& grant, Now now);
  void OnContainerReport(NodeRecord& node, const ContainerReport& report, Now now);
  // Takes the container off its attempt's books and tells the master (or ends the attempt).
  void EndContainer(Application& application, Attempt& attempt, const ContainerReport& report, Now now);
  static void Remember(Attempt& attempt, const LiveContainer& ended, int32_t exit_status, Now now);
  void LoseNode(NodeRecord& node, NodeState state, Now now);
  void LoseContainers(const std::vector<ContainerId>& lost, Now now);
  void AnnounceNode(const NodeId& node);

  void StartAttempt(Application& application, Now now);
  void MasterExited(Application& application, Attempt& attempt, const ContainerReport& report, Now now);
  void FailAttempt(Application& application, Attempt& attempt, std::string diagnostics, bool counts, Now now);
  // With a successor its tasks' containers live on.
  void EndAttempt(Application& application, Attempt& attempt, AttemptState state, Now now, Attempt* successor = nullptr);
  void CleanUpAfter(Attempt& attempt, Attempt* successor, Now now);
  void EndApplication(Application& application, AppState state, FinalStatus status, Now now);
  std::string MasterExitText(const Application& application, const Attempt& attempt,
                             const ContainerReport& report) const;
  void ForgetOldApplications();
  void NoteChanged(const Application& application) const {
    if (journal_ != nullptr) journal_->Changed(application);
  }

  std::string UnusableNodes() const;

  // Container updates (cluster_masters.cc).
  std::string Refusal(const Attempt& attempt, const LiveContainer& live, ContainerUpdate* update) const;
  void TakeUpdates(Attempt& attempt, const std::vector<ContainerUpdate>& updates, AllocateResult* result);
  void ApplyUpdates(Attempt& attempt, AllocateResult* result, Now now);
  // Expiries (cluster_nodes.cc).
  void ExpireMasters(Now now);
  void ExpireContainers(Now now);
  void ExpireApplications(Now now);
  void FinishDecommissioning(Now now);

  ClusterConfig config_;
  ClusterEffects& effects_;
  ApplicationJournal* journal_;
  Scheduler scheduler_;
  NodeTable nodes_;
  NodeAdmission admission_;
  std::map<ApplicationId, Application> applications_;
  std::vector<ApplicationId> completed_;  // oldest first
  int32_t last_application_ = 0;
  ClusterStats stats_;
  const Clock* stopwatch_ = nullptr;
};

}  // namespace tusk::yarn
