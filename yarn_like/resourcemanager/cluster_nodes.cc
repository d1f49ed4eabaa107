// Cluster: node managers come, report containers, fall silent and come back.
#include <fmt/format.h>

#include <set>

#include "base/log/log.h"
#include "yarn_like/resourcemanager/cluster.h"

namespace tusk::yarn {
namespace {
constexpr std::string_view kLog = "resourcemanager";
const Resource kNodeMax = [] {
  Resource most;
  most.amounts.fill(int64_t{1} << 40);
  return most;
}();
constexpr std::string_view kLostText = "Container released on a *lost* node";
}  // namespace

// Granted on the node, but not known to it yet: a node manager that comes back with its applications will be asked to
// start them. One that comes back empty-handed has lost them, as in Hadoop.
void Cluster::AddAwaited(const NodeRegistration& registration, const NodeId& node, NodeAdded& added) const {
  std::set<ContainerId> reported;
  for (const ContainerReport& report : registration.containers) reported.insert(report.container);
  for (const auto& [id, application] : applications_) {
    const Attempt* attempt = application.current();
    if (attempt == nullptr || IsOver(attempt->state)) continue;
    for (const auto& [container, live] : attempt->containers) {
      const Grant& grant = live.grant;
      const bool awaited = grant.node == node && !grant.is_am && live.state != LiveContainer::State::kRunning;
      if (!awaited || reported.contains(container)) continue;
      added.running.push_back({container, grant.resource, grant.priority, grant.allocation_request_id, false, attempt->id});
    }
  }
}

Status Cluster::RegisterNode(NodeRegistration registration, Now now) {
  NodeRecord& offered = registration.node;
  if (!admission_.Allows(offered)) {
    return {Code::kYarn, fmt::format("Disallowed NodeManager from  {}, Sending SHUTDOWN signal to the NodeManager.",
                                     offered.id.host)};
  }
  const Resource& minimum = config_.scheduler.minimum;
  // Sums over all nodes must not overflow.
  if (offered.total.AnyNegative() || !offered.total.FitsIn(kNodeMax)) {
    return {Code::kInvalidArgument, fmt::format("NodeManager from  {} offers {}, which no machine has", offered.id.host,
                                                config_.types.Format(offered.total))};
  }
  if (offered.total.memory_mb() < minimum.memory_mb() || offered.total.vcores() < minimum.vcores()) {
    return {Code::kInvalidArgument,
            fmt::format("NodeManager from  {} doesn't satisfy minimum allocations, Sending SHUTDOWN signal to the "
                        "NodeManager. Node capabilities are {}; minimums are {}mb and {} vcores",
                        offered.id.host, config_.types.Format(offered.total), minimum.memory_mb(), minimum.vcores())};
  }
  offered.state = NodeState::kRunning;
  offered.last_contact = now.time;
  offered.health_wall_ms = now.wall_ms;
  offered.response_id = 0;
  NodeRecord& node = nodes_.Register(std::move(offered));
  LogInfo(kLog, "NodeManager from node {} (httpPort: {}) registered with capability: {}", node.id.ToString(),
          node.http_port, config_.types.Format(node.total));

  // Nothing is granted before the first heartbeat: until our answer has reached it the node manager lacks the keys that
  // a container's tokens are signed with, and would refuse the container.
  NodeAdded added{node.id, node.rack, node.total, {}, true};
  for (const ContainerReport& report : registration.containers) {
    const Attempt* owner = AdoptReported(node, report);
    if (owner == nullptr || report.complete) continue;
    const Grant& grant = owner->containers.at(report.container).grant;
    added.running.push_back({report.container, grant.resource, grant.priority, grant.allocation_request_id, grant.is_am,
                             owner->id});
  }
  if (!registration.applications.empty()) AddAwaited(registration, node.id, added);
  // The node manager is a new process: tokens for it are sent again.
  for (auto& [id, application] : applications_) {
    if (Attempt* attempt = application.current()) attempt->session.nodes_with_token.erase(node.id);
  }
  const NodeId id = node.id;
  Schedule(added, now);
  for (const ContainerReport& report : registration.containers) OnContainerReport(node, report, now);
  EndMastersThatAreGone(id, now);
  for (const ApplicationId& running : registration.applications) {
    const Application* application = Find(running);
    if (application == nullptr || IsOver(application->state)) node.applications_to_cleanup.insert(running);
    if (application != nullptr && !IsOver(application->state)) FindMutable(running)->current()->nodes.insert(id);
  }
  NoteLogAggregation(id, registration.log_aggregation);
  AnnounceNode(id);
  return Status::Ok();
}

HeartbeatOrder Cluster::Heartbeat(const NodeHeartbeat& heartbeat, Now now) {
  NodeRecord* node = nodes_.Find(heartbeat.node);
  if (node != nullptr && node->state == NodeState::kDecommissioned) return HeartbeatOrder::kShutdown;
  if (node == nullptr || (!node->usable() && node->state != NodeState::kUnhealthy)) return HeartbeatOrder::kResync;
  const HeartbeatOrder order = nodes_.Receive(*node, heartbeat.response_id, now.time);
  if (order != HeartbeatOrder::kNew) return order;
  const bool first = !node->heard;
  node->heard = true;
  node->health_report = heartbeat.health_report;
  node->health_wall_ms = heartbeat.health_wall_ms;
  node->containers_utilization = heartbeat.containers_utilization;
  node->node_utilization = heartbeat.node_utilization;
  if (node->usable() && !heartbeat.healthy) {
    node->state = NodeState::kUnhealthy;
    LogWarn(kLog, "node {} reported unhealthy: {}", node->id.ToString(), node->health_report);
    Schedule(NodeRemoved{node->id}, now);
    AnnounceNode(node->id);
  } else if (node->state == NodeState::kUnhealthy && heartbeat.healthy) {
    node->state = NodeState::kRunning;  // one that was to be decommissioned is gone already
    Schedule(NodeAdded{node->id, node->rack, node->total, {}}, now);
    AnnounceNode(node->id);
  } else if (first && node->state == NodeState::kRunning) {
    Schedule(NodeDrained{node->id, false}, now);
  }
  for (const ContainerReport& report : heartbeat.containers) OnContainerReport(*node, report, now);
  NoteLogAggregation(heartbeat.node, heartbeat.log_aggregation);
  return HeartbeatOrder::kNew;
}

void Cluster::UnregisterNode(const NodeId& id, Now now) {
  NodeRecord* node = nodes_.Find(id);
  // One that has left already stays what it is: a node manager that was decommissioned says goodbye, too.
  if (node == nullptr || (!node->usable() && node->state != NodeState::kUnhealthy)) return;
  LoseNode(*node, NodeState::kShutdown, now);
}

void Cluster::LoseNode(NodeRecord& node, NodeState state, Now now) {
  LogInfo(kLog, "node {} is now {}", node.id.ToString(), NameOf(state));
  const NodeId id = node.id;
  nodes_.Retire(node, state);
  Schedule(NodeRemoved{id}, now);
  AnnounceNode(id);
}

void Cluster::AnnounceNode(const NodeId& node) {
  for (auto& [id, application] : applications_) {
    Attempt* attempt = application.current();
    if (attempt != nullptr && attempt->state == AttemptState::kRunning) attempt->session.updated_nodes.insert(node);
  }
}

void Cluster::OnContainerReport(NodeRecord& node, const ContainerReport& report, Now now) {
  Application* application = FindMutable(report.container.attempt.application);
  Attempt* attempt = OwnerOf(report.container);
  if (attempt == nullptr) {
    // Released, killed, or of an application that is over or was never known here.
    (report.complete ? node.containers_to_remove : node.containers_to_cleanup).insert(report.container);
    if (application == nullptr || IsOver(application->state)) {
      node.applications_to_cleanup.insert(report.container.attempt.application);
    }
    return;
  }
  if (!report.complete) {
    attempt->containers[report.container].state = LiveContainer::State::kRunning;
    return;
  }
  const bool is_am = report.container == attempt->am_container;
  EndContainer(*application, *attempt, report, now);
  // A task's status stays with the node until its master has seen it.
  if (is_am || IsOver(attempt->state)) node.containers_to_remove.insert(report.container);
}

void Cluster::LoseContainers(const std::vector<ContainerId>& lost, Now now) {
  for (const ContainerId& container : lost) {
    Application* application = FindMutable(container.attempt.application);
    Attempt* attempt = OwnerOf(container);
    if (attempt == nullptr) continue;
    ContainerReport report;
    report.container = container;
    report.complete = true;
    report.exit_status = kExitAborted;
    report.diagnostics = kLostText;
    EndContainer(*application, *attempt, report, now);
  }
}

void Cluster::EndContainer(Application& application, Attempt& attempt, const ContainerReport& report, Now now) {
  const auto at = attempt.containers.find(report.container);
  if (at == attempt.containers.end()) return;
  const LiveContainer ended = at->second;
  attempt.containers.erase(at);
  Remember(attempt, ended, report.exit_status, now);
  std::erase(attempt.session.granted, report.container);
  if (report.container == attempt.am_container) {
    Schedule(ContainerEnded{report.container}, now);
    MasterExited(application, attempt, report, now);
    return;
  }
  attempt.session.completed.push_back({report, ended.grant.node});
  std::string& text = attempt.session.completed.back().report.diagnostics;
  text = BoundedDiagnostics(std::move(text));
  Schedule(ContainerEnded{report.container}, now);
}

void Cluster::Remember(Attempt& attempt, const LiveContainer& ended, int32_t exit_status, Now now) {
  const Grant& grant = ended.grant;
  const int64_t lived_ms = std::max<int64_t>(0, now.wall_ms - ended.creation_wall_ms);
  attempt.memory_mb_ms += grant.resource.memory_mb() * lived_ms;
  attempt.vcore_ms += grant.resource.vcores() * lived_ms;
  attempt.past.push_back({grant.container, grant.node, ended.node_http_address, grant.resource, grant.priority,
                          exit_status, ended.creation_wall_ms, now.wall_ms});
  if (attempt.past.size() > kPastContainersMax) attempt.past.pop_front();
}

void Cluster::Schedule(const SchedulerEvent& event, Now now) {
  const TimePoint began = stopwatch_ == nullptr ? TimePoint{} : stopwatch_->Now();
  const SchedulerOutcome outcome = scheduler_.Apply(event, now.time);
  if (stopwatch_ != nullptr) stats_.scheduling.Record(stopwatch_->Now() - began);
  stats_.granted += outcome.grants.size();
  for (const Grant& grant : outcome.grants) OnGrant(grant, now);
  LoseContainers(outcome.taken, now);
}

void Cluster::OnGrant(const Grant& grant, Now now) {
  Attempt* attempt = FindAttempt(grant.container.attempt);
  if (attempt == nullptr) return;
  const NodeRecord* node = nodes_.Find(grant.node);
  LiveContainer live;
  live.grant = grant;
  live.node_http_address = node == nullptr ? "" : node->http_address();
  live.creation_wall_ms = now.wall_ms;
  attempt->nodes.insert(grant.node);
  if (!grant.is_am) {
    attempt->session.granted.push_back(grant.container);
    attempt->containers[grant.container] = std::move(live);
    return;
  }
  live.state = LiveContainer::State::kAcquired;
  live.acquired = now.time;
  attempt->am_container = grant.container;
  attempt->am_node = grant.node;
  attempt->am_node_http_address = live.node_http_address;
  attempt->state = AttemptState::kAllocated;
  attempt->containers[grant.container] = std::move(live);
  NoteChanged(*Find(grant.container.attempt.application));
  effects_.LaunchMaster(attempt->id);
}

void Cluster::NoteLogAggregation(const NodeId& node, const std::vector<LogAggregationReport>& reports) {
  for (const LogAggregationReport& report : reports) {
    if (Application* application = FindMutable(report.application)) application->log_aggregation[node] = report.state;
  }
}

void Cluster::ExpireMasters(Now now) {
  std::vector<ApplicationAttemptId> silent;
  for (const auto& [id, application] : applications_) {
    const Attempt* attempt = application.current();
    if (attempt == nullptr || IsOver(attempt->state)) continue;
    const bool launched = attempt->state == AttemptState::kLaunched || attempt->state == AttemptState::kRunning ||
                          attempt->state == AttemptState::kFinishing;
    if (launched && now.time - attempt->last_contact >= config_.am_expiry) silent.push_back(attempt->id);
  }
  for (const ApplicationAttemptId& id : silent) {
    Application* application = FindMutable(id.application);
    Attempt* attempt = FindAttempt(id);
    if (attempt == nullptr || IsOver(attempt->state)) continue;
    if (attempt->state == AttemptState::kFinishing) {
      EndAttempt(*application, *attempt, AttemptState::kFinished, now);
      EndApplication(*application, AppState::kFinished, attempt->final_status, now);
    } else {
      FailAttempt(*application, *attempt, fmt::format("ApplicationMaster for attempt {} timed out", id.ToString()),
                  /*counts=*/true, now);
    }
  }
}

void Cluster::ExpireContainers(Now now) {
  std::vector<ContainerId> unused;
  for (const auto& [id, application] : applications_) {
    const Attempt* attempt = application.current();
    if (attempt == nullptr || IsOver(attempt->state)) continue;
    for (const auto& [container, live] : attempt->containers) {
      if (live.state == LiveContainer::State::kAcquired && now.time - live.acquired >= config_.container_expiry) {
        unused.push_back(container);
      }
    }
  }
  for (const ContainerId& id : unused) {
    Application* application = FindMutable(id.attempt.application);
    Attempt* attempt = OwnerOf(id);
    if (attempt == nullptr) continue;
    if (NodeRecord* node = nodes_.Find(attempt->containers[id].grant.node)) node->containers_to_cleanup.insert(id);
    ContainerReport report;
    report.container = id;
    report.complete = true;
    report.exit_status = kExitAborted;
    report.diagnostics = "Container expired since it was unused";
    EndContainer(*application, *attempt, report, now);
  }
}

void Cluster::ExpireApplications(Now now) {
  std::vector<ApplicationId> late;
  for (const auto& [id, application] : applications_) {
    const int64_t expiry = application.ExpiryWallMs();
    if (expiry > 0 && now.wall_ms >= expiry && !IsOver(application.state) &&
        application.state != AppState::kFinishing) {
      late.push_back(id);
    }
  }
  for (const ApplicationId& id : late) {
    const Result<bool> killed = Kill(
        id, fmt::format("Application killed due to exceeding its lifetime period {} seconds",
                        Find(id)->submission.lifetime_s), now);
    if (!killed.ok()) LogWarn(kLog, "{}: {}", id.ToString(), killed.status().ToString());
  }
}

void Cluster::Tick(Now now) {
  ExpireMasters(now);
  ExpireContainers(now);
  ExpireApplications(now);
  for (const NodeId& id : nodes_.Silent(now.time - config_.node_expiry)) {
    if (NodeRecord* node = nodes_.Find(id)) LoseNode(*node, NodeState::kLost, now);
  }
  FinishDecommissioning(now);
  if (scheduler_.next_deadline() <= now.time) Schedule(TimePassed{}, now);
}

}  // namespace tusk::yarn
