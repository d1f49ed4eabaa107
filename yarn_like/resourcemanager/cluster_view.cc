// Sums and sentences over the brain's records.
#include "yarn_like/resourcemanager/cluster_view.h"

#include <algorithm>

namespace tusk::yarn {
namespace {

std::string LowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

ContainerView ViewOf(const LiveContainer& live) {
  ContainerView view;
  view.id = live.grant.container;
  view.node = live.grant.node;
  view.node_http_address = live.node_http_address;
  view.resource = live.grant.resource;
  view.priority = live.grant.priority;
  view.state = live.state == LiveContainer::State::kRunning ? ContainerView::State::kRunning : ContainerView::State::kNew;
  view.exit_status = kExitInvalid;
  view.creation_wall_ms = live.creation_wall_ms;
  view.execution = live.grant.execution;
  return view;
}

ContainerView ViewOf(const PastContainer& past) {
  ContainerView view;
  view.id = past.container;
  view.node = past.node;
  view.node_http_address = past.node_http_address;
  view.resource = past.resource;
  view.priority = past.priority;
  view.state = ContainerView::State::kComplete;
  view.exit_status = past.exit_status;
  view.creation_wall_ms = past.creation_wall_ms;
  view.finish_wall_ms = past.finish_wall_ms;
  return view;
}

}  // namespace

UsedSeconds UsedSecondsOf(const Application& application, Now now) {
  int64_t memory = 0, cores = 0;
  for (const Attempt& attempt : application.attempts) {
    memory += attempt.memory_mb_ms;
    cores += attempt.vcore_ms;
    for (const auto& [id, live] : attempt.containers) {
      const int64_t lived_ms = std::max<int64_t>(0, now.wall_ms - live.creation_wall_ms);
      memory += live.grant.resource.memory_mb() * lived_ms;
      cores += live.grant.resource.vcores() * lived_ms;
    }
  }
  return {memory / 1000, cores / 1000};
}

LogAggregationState LogAggregationOf(const Cluster& cluster, const Application& application) {
  if (!cluster.config().log_aggregation) return LogAggregationState::kDisabled;
  size_t not_started = 0, over = 0;
  bool failed = false, timed_out = false, failing = false;
  for (const auto& [node, state] : application.log_aggregation) {
    not_started += state == LogAggregationState::kNotStarted;
    over += state == LogAggregationState::kSucceeded || state == LogAggregationState::kFailed ||
            state == LogAggregationState::kTimeOut;
    failed = failed || state == LogAggregationState::kFailed;
    timed_out = timed_out || state == LogAggregationState::kTimeOut;
    failing = failing || state == LogAggregationState::kRunningWithFailure;
  }
  const size_t all = application.log_aggregation.size();
  if (not_started == all) return LogAggregationState::kNotStarted;
  const bool ended = IsOver(application.state) || application.state == AppState::kFinishing;
  if (ended && over == all) {
    return failed      ? LogAggregationState::kFailed
           : timed_out ? LogAggregationState::kTimeOut
                       : LogAggregationState::kSucceeded;
  }
  return failing || failed ? LogAggregationState::kRunningWithFailure : LogAggregationState::kRunning;
}

ApplicationView ViewOf(const Cluster& cluster, const Application& application, Now now) {
  ApplicationView view;
  view.application = &application;
  const Attempt* attempt = view.attempt = application.current();
  view.live = attempt != nullptr && !IsOver(attempt->state);
  if (view.live) {
    view.usage = cluster.scheduler().UsageOf(attempt->id);
    const auto own = attempt->containers.find(attempt->am_container);
    if (own != attempt->containers.end()) view.am_used = own->second.grant.resource;
  }
  view.seconds = UsedSecondsOf(application, now);
  view.share_percent = 100 * DominantShare(view.usage.used, cluster.scheduler().total());
  view.progress_percent = attempt == nullptr ? 0 : static_cast<double>(attempt->progress) * 100;
  const int64_t end_ms = application.finish_wall_ms > 0 ? application.finish_wall_ms : now.wall_ms;
  view.elapsed_ms = std::max<int64_t>(0, end_ms - application.submission.submit_wall_ms);
  view.has_own_page = attempt != nullptr && attempt->original_tracking_url != "N/A";
  view.why_waiting = cluster.WhyWaiting(application, now);
  view.diagnostics = application.diagnostics;
  if (application.state == AppState::kAccepted && !view.why_waiting.empty()) {
    view.diagnostics = "Application is Activated. " + view.why_waiting;
  }
  view.log_aggregation = LogAggregationOf(cluster, application);
  return view;
}

std::vector<ContainerView> ContainersOf(const Attempt& attempt) {
  std::vector<ContainerView> views;
  views.reserve(attempt.past.size() + attempt.containers.size());
  for (const PastContainer& past : attempt.past) views.push_back(ViewOf(past));
  for (const auto& [id, live] : attempt.containers) views.push_back(ViewOf(live));
  return views;
}

std::optional<ContainerView> FindContainer(const Application& application, const ContainerId& id) {
  for (const Attempt& attempt : application.attempts) {
    if (const auto live = attempt.containers.find(id); live != attempt.containers.end()) return ViewOf(live->second);
    for (const PastContainer& past : attempt.past) {
      if (past.container == id) return ViewOf(past);
    }
  }
  return std::nullopt;
}

NodeView ViewOf(const Cluster& cluster, const NodeRecord& node) {
  NodeView view;
  view.node = &node;
  if (const SchedulerNode* scheduled = cluster.scheduler().FindNode(node.id); scheduled != nullptr) {
    view.used = scheduled->used;
    view.free = scheduled->free();
    view.containers = static_cast<int64_t>(scheduled->containers.size());
  }
  return view;
}

ClusterTotals TotalsOf(const Cluster& cluster) {
  const Scheduler& scheduler = cluster.scheduler();
  ClusterTotals totals;
  for (const auto& [id, application] : cluster.applications()) {
    ++totals.submitted;
    switch (application.state) {
      case AppState::kNew:
      case AppState::kSubmitted:
      case AppState::kAccepted: ++totals.pending; break;
      case AppState::kRunning: ++totals.running; break;
      case AppState::kFinishing:
      case AppState::kFinished: ++totals.completed; break;
      case AppState::kFailed: ++totals.failed; break;
      case AppState::kKilled: ++totals.killed; break;
    }
    if (const Attempt* attempt = application.current(); attempt != nullptr && !IsOver(attempt->state)) {
      const AttemptUsage usage = scheduler.UsageOf(attempt->id);
      totals.pending_resource += usage.pending;
      totals.pending_containers += usage.pending_containers;
    }
  }
  totals.total = scheduler.total();
  totals.used = scheduler.used();
  totals.free = scheduler.Headroom();
  totals.containers = static_cast<int64_t>(scheduler.container_count());
  totals.used_percent = 100 * DominantShare(totals.used, totals.total);
  return totals;
}

bool ApplicationFilter::Passes(const Application& application) const {
  const Submission& submission = application.submission;
  if (!types.empty() && !types.contains(LowerCase(submission.type))) return false;
  if (!states.empty() && !states.contains(PublicStateOf(application.state))) return false;
  if (final_status && application.final_status != *final_status) return false;
  if (!users.empty() && !users.contains(submission.user)) return false;
  if (!queues.empty() && !queues.contains(submission.queue) && !queues.contains("root." + submission.queue)) return false;
  if (!tags.empty() && std::none_of(submission.tags.begin(), submission.tags.end(),
                                    [this](const std::string& tag) { return tags.contains(LowerCase(tag)); })) {
    return false;
  }
  if (name && *name != submission.name) return false;
  if (submission.submit_wall_ms < started_begin || submission.submit_wall_ms > started_end) return false;
  return application.finish_wall_ms >= finished_begin && application.finish_wall_ms <= finished_end;
}

std::string_view NameOf(LogAggregationState state) {
  switch (state) {
    case LogAggregationState::kDisabled: return "DISABLED";
    case LogAggregationState::kNotStarted: return "NOT_START";
    case LogAggregationState::kRunning: return "RUNNING";
    case LogAggregationState::kSucceeded: return "SUCCEEDED";
    case LogAggregationState::kFailed: return "FAILED";
    case LogAggregationState::kTimeOut: return "TIME_OUT";
    case LogAggregationState::kRunningWithFailure: return "RUNNING_WITH_FAILURE";
  }
  return "DISABLED";
}

std::string_view NameOf(ContainerView::State state) {
  switch (state) {
    case ContainerView::State::kNew: return "NEW";
    case ContainerView::State::kRunning: return "RUNNING";
    case ContainerView::State::kComplete: return "COMPLETE";
  }
  return "NEW";
}

std::optional<AppState> AppStateOf(std::string_view name) {
  for (const AppState state : {AppState::kNew, AppState::kSubmitted, AppState::kAccepted, AppState::kRunning,
                               AppState::kFinished, AppState::kFailed, AppState::kKilled}) {
    if (NameOf(state) == name) return state;
  }
  return std::nullopt;
}

std::optional<NodeState> NodeStateOf(std::string_view name) {
  for (const NodeState state : {NodeState::kNew, NodeState::kRunning, NodeState::kUnhealthy, NodeState::kDecommissioned,
                                NodeState::kLost, NodeState::kRebooted, NodeState::kDecommissioning,
                                NodeState::kShutdown}) {
    if (NameOf(state) == name) return state;
  }
  return std::nullopt;
}

std::optional<FinalStatus> FinalStatusOf(std::string_view name) {
  for (const FinalStatus status : {FinalStatus::kUndefined, FinalStatus::kSucceeded, FinalStatus::kFailed,
                                   FinalStatus::kKilled, FinalStatus::kEnded}) {
    if (NameOf(status) == name) return status;
  }
  return std::nullopt;
}

std::string LogUrl(const std::string& node_http_address, const ContainerId& container, const std::string& user) {
  return "http://" + node_http_address + "/node/containerlogs/" + container.ToString() + "/" + user;
}

}  // namespace tusk::yarn
