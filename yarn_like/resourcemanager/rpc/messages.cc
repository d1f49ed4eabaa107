// Field by field, after what a Hadoop 3.4.2 sends (shared facts yarn-wire §4).
#include "yarn_like/resourcemanager/rpc/messages.h"

#include <algorithm>

#include "yarn_like/common/conversions.h"
#include "yarn_like/common/iso_time.h"
#include "yarn_like/resourcemanager/cluster_view.h"

namespace tusk::yarn {
namespace {

namespace wire = hadoop::yarn;

// What Java writes where there is nothing to say about resources.
Resource NoResource() { return {-1, -1}; }

void FillUsage(const Cluster& cluster, const Application& application, Now now,
               wire::ApplicationResourceUsageReportProto* usage) {
  const ResourceTypes& types = cluster.config().types;
  const Attempt* attempt = application.current();
  const bool known = attempt != nullptr && !IsOver(attempt->state);
  const AttemptUsage used = known ? cluster.scheduler().UsageOf(attempt->id) : AttemptUsage{};
  usage->set_num_used_containers(known ? static_cast<int32_t>(used.containers) : -1);
  usage->set_num_reserved_containers(known ? 0 : -1);
  ToProto(known ? used.used : NoResource(), types, usage->mutable_used_resources());
  ToProto(known ? Resource() : NoResource(), types, usage->mutable_reserved_resources());
  ToProto(known ? used.used + used.pending : NoResource(), types, usage->mutable_needed_resources());
  const UsedSeconds seconds = UsedSecondsOf(application, now);
  usage->set_memory_seconds(seconds.memory_mb);
  usage->set_vcore_seconds(seconds.vcores);
  if (known) {
    const float share = static_cast<float>(100 * DominantShare(used.used, cluster.scheduler().total()));
    usage->set_queue_usage_percentage(share);
    usage->set_cluster_usage_percentage(share);
  }
  usage->set_preempted_memory_seconds(0);
  usage->set_preempted_vcore_seconds(0);
  const auto add = [](auto* entry, std::string_view key, int64_t value) {
    entry->set_key(std::string(key));
    entry->set_value(value);
  };
  add(usage->add_application_resource_usage_map(), kMemoryName, seconds.memory_mb);
  add(usage->add_application_resource_usage_map(), kVcoresName, seconds.vcores);
  add(usage->add_application_preempted_resource_usage_map(), kMemoryName, 0);
  add(usage->add_application_preempted_resource_usage_map(), kVcoresName, 0);
}

constexpr size_t kReasonsTold = 20;

void FillUtilization(const NodeUtilization& utilization, wire::ResourceUtilizationProto* proto) {
  proto->set_pmem(static_cast<int32_t>(utilization.physical_mb));
  proto->set_vmem(static_cast<int32_t>(utilization.virtual_mb));
  proto->set_cpu(utilization.cpu);
}

std::string DiagnosticsOf(const Cluster& cluster, const Application& application, Now now) {
  if (application.state != AppState::kAccepted) return application.diagnostics;
  const std::string why = cluster.WhyWaiting(application, now);
  return why.empty() ? application.diagnostics : "Application is Activated. " + why;
}

}  // namespace

wire::YarnApplicationStateProto StateProto(AppState state) {
  switch (state) {
    case AppState::kNew: return wire::NEW;
    case AppState::kSubmitted: return wire::SUBMITTED;
    case AppState::kAccepted: return wire::ACCEPTED;
    case AppState::kRunning: return wire::RUNNING;
    case AppState::kFinishing:
    case AppState::kFinished: return wire::FINISHED;
    case AppState::kFailed: return wire::FAILED;
    case AppState::kKilled: return wire::KILLED;
  }
  return wire::NEW;
}

wire::YarnApplicationAttemptStateProto StateProto(AttemptState state) {
  switch (state) {
    case AttemptState::kScheduled: return wire::APP_ATTEMPT_SCHEDULED;
    case AttemptState::kAllocated: return wire::APP_ATTEMPT_ALLOCATED;
    case AttemptState::kLaunched: return wire::APP_ATTEMPT_LAUNCHED;
    case AttemptState::kRunning: return wire::APP_ATTEMPT_RUNNING;
    case AttemptState::kFinishing: return wire::APP_ATTEMPT_FINISHING;
    case AttemptState::kFinished: return wire::APP_ATTEMPT_FINISHED;
    case AttemptState::kFailed: return wire::APP_ATTEMPT_FAILED;
    case AttemptState::kKilled: return wire::APP_ATTEMPT_KILLED;
  }
  return wire::APP_ATTEMPT_SCHEDULED;
}

wire::NodeStateProto StateProto(NodeState state) {
  return static_cast<wire::NodeStateProto>(static_cast<int>(state) + 1);  // the same order, from NS_NEW = 1
}

void FillToken(const Token& token, hadoop::common::TokenProto* proto) {
  proto->set_identifier(token.identifier);
  proto->set_password(token.password);
  proto->set_kind(token.kind);
  proto->set_service(token.service);
}

void FillApplicationReport(const Cluster& cluster, const Application& application, Now now,
                           wire::ApplicationReportProto* report) {
  const Submission& submission = application.submission;
  const Attempt* attempt = application.current();
  ToProto(submission.id, report->mutable_applicationid());
  report->set_user(submission.user);
  report->set_queue("root." + submission.queue);
  report->set_name(submission.name);
  report->set_host(attempt == nullptr ? "N/A" : attempt->host);
  report->set_rpc_port(attempt == nullptr ? -1 : attempt->rpc_port);
  report->set_yarn_application_state(StateProto(application.state));
  report->set_trackingurl(cluster.ProxyUrl(application));
  report->set_diagnostics(DiagnosticsOf(cluster, application, now));
  report->set_starttime(submission.submit_wall_ms);
  report->set_finishtime(application.finish_wall_ms);
  report->set_final_application_status(static_cast<wire::FinalApplicationStatusProto>(application.final_status));
  FillUsage(cluster, application, now, report->mutable_app_resource_usage());
  report->set_originaltrackingurl(attempt == nullptr ? "N/A" : attempt->original_tracking_url);
  ApplicationAttemptId none{submission.id, -1};
  ToProto(attempt == nullptr ? none : attempt->id, report->mutable_currentapplicationattemptid());
  report->set_progress(attempt == nullptr ? 0 : attempt->progress);
  report->set_applicationtype(submission.type);
  for (const std::string& tag : submission.tags) report->add_applicationtags(tag);
  report->set_log_aggregation_status(static_cast<wire::LogAggregationStatusProto>(LogAggregationOf(cluster, application)));
  report->set_unmanaged_application(submission.unmanaged);
  report->mutable_priority()->set_priority(submission.priority);
  report->set_appnodelabelexpression("<Not set>");
  report->set_amnodelabelexpression("<DEFAULT_PARTITION>");
  auto* lifetime = report->add_apptimeouts();
  lifetime->set_application_timeout_type(wire::APP_TIMEOUT_LIFETIME);
  lifetime->mutable_application_timeout()->set_application_timeout_type(wire::APP_TIMEOUT_LIFETIME);
  const int64_t expiry = application.ExpiryWallMs();
  const bool over = IsOver(application.state) || application.state == AppState::kFinishing;
  lifetime->mutable_application_timeout()->set_expire_time(expiry == 0 ? "UNLIMITED" : Iso8601Of(expiry));
  lifetime->mutable_application_timeout()->set_remaining_time(
      expiry == 0 ? -1 : over ? 0 : std::max<int64_t>(0, (expiry - now.wall_ms) / 1000));
  report->set_launchtime(application.launch_wall_ms);
  report->set_submittime(submission.submit_wall_ms);
}

void FillAttemptReport(const Cluster& cluster, const Application& application, const Attempt& attempt, Now now,
                       wire::ApplicationAttemptReportProto* report) {
  ToProto(attempt.id, report->mutable_application_attempt_id());
  report->set_host(attempt.host);
  report->set_rpc_port(attempt.rpc_port);
  report->set_tracking_url(cluster.ProxyUrl(application));
  // While asks are pending: a line for each of the first, why it waits (`tusk why`).
  std::string diagnostics = attempt.diagnostics;
  if (diagnostics.empty() && &attempt == application.current()) {
    for (const WaitReason& reason : cluster.WhyWaiting(application, now, kReasonsTold)) {
      diagnostics += (diagnostics.empty() ? "" : "\n") + reason.sentence;
    }
  }
  report->set_diagnostics(diagnostics);
  report->set_yarn_application_attempt_state(StateProto(attempt.state));
  if (attempt.am_container.id != 0) ToProto(attempt.am_container, report->mutable_am_container_id());
  report->set_original_tracking_url(attempt.original_tracking_url);
  report->set_starttime(attempt.start_wall_ms);
  report->set_finishtime(attempt.finish_wall_ms);
}

void FillContainerReport(const Cluster& cluster, const Application& application, const LiveContainer& container,
                         wire::ContainerReportProto* report) {
  const Grant& grant = container.grant;
  ToProto(grant.container, report->mutable_container_id());
  ToProto(grant.resource, cluster.config().types, report->mutable_resource());
  ToProto(grant.node, report->mutable_node_id());
  report->mutable_priority()->set_priority(grant.priority);
  report->set_creation_time(container.creation_wall_ms);
  report->set_finish_time(0);
  report->set_diagnostics_info("");
  report->set_log_url(LogUrl(container.node_http_address, grant.container, application.submission.user));
  report->set_container_exit_status(0);
  report->set_container_state(container.state == LiveContainer::State::kRunning ? wire::C_RUNNING : wire::C_NEW);
  report->set_node_http_address("http://" + container.node_http_address);
  report->set_executiontype(static_cast<wire::ExecutionTypeProto>(grant.execution));
}

void FillContainerReport(const Cluster& cluster, const Application& application, const PastContainer& container,
                         wire::ContainerReportProto* report) {
  ToProto(container.container, report->mutable_container_id());
  ToProto(container.resource, cluster.config().types, report->mutable_resource());
  ToProto(container.node, report->mutable_node_id());
  report->mutable_priority()->set_priority(container.priority);
  report->set_creation_time(container.creation_wall_ms);
  report->set_finish_time(container.finish_wall_ms);
  report->set_diagnostics_info("");
  report->set_log_url(LogUrl(container.node_http_address, container.container, application.submission.user));
  report->set_container_exit_status(container.exit_status);
  report->set_container_state(wire::C_COMPLETE);
  report->set_node_http_address("http://" + container.node_http_address);
}

void FillNodeReport(const Cluster& cluster, const NodeRecord& node, wire::NodeReportProto* report) {
  const ResourceTypes& types = cluster.config().types;
  const SchedulerNode* scheduled = cluster.scheduler().FindNode(node.id);
  ToProto(node.id, report->mutable_nodeid());
  report->set_httpaddress(node.http_address());
  report->set_rackname(node.rack);
  ToProto(scheduled == nullptr ? Resource() : scheduled->used, types, report->mutable_used());
  ToProto(node.total, types, report->mutable_capability());
  report->set_numcontainers(scheduled == nullptr ? 0 : static_cast<int32_t>(scheduled->containers.size()));
  report->set_node_state(StateProto(node.state));
  report->set_health_report(node.health_report);
  report->set_last_health_report_time(node.health_wall_ms);
  FillUtilization(node.containers_utilization, report->mutable_containers_utilization());
  FillUtilization(node.node_utilization, report->mutable_node_utilization());
  if (node.state == NodeState::kDecommissioning && node.leaves_in_s >= 0) report->set_decommissioning_timeout(node.leaves_in_s);
  report->set_node_update_type(node.state == NodeState::kDecommissioning ? wire::NODE_DECOMMISSIONING
                               : node.usable() ? wire::NODE_USABLE : wire::NODE_UNUSABLE);
}

void FillContainerStatus(const ContainerReport& ended, wire::ContainerStatusProto* status) {
  ToProto(ended.container, status->mutable_container_id());
  status->set_state(wire::C_COMPLETE);
  status->set_diagnostics(ended.diagnostics);
  status->set_exit_status(ended.exit_status);
}

void FillQueueInfo(const Cluster& cluster, bool with_applications, Now now, wire::QueueInfoProto* queue) {
  const Scheduler& scheduler = cluster.scheduler();
  const Resource total = scheduler.total(), used = scheduler.used();
  queue->set_queuename("default");
  queue->set_queuepath("root.default");
  queue->set_capacity(1);
  queue->set_maximumcapacity(1);
  queue->set_currentcapacity(static_cast<float>(DominantShare(used, total)));
  queue->set_state(wire::Q_RUNNING);
  queue->add_accessiblenodelabels("*");
  queue->set_defaultnodelabelexpression("<DEFAULT_PARTITION>");
  queue->set_preemptiondisabled(true);
  queue->set_intraqueuepreemptiondisabled(true);
  queue->set_weight(-1);
  queue->set_maxparallelapps(INT32_MAX);
  queue->set_schedulertype("CapacityScheduler");
  auto* statistics = queue->mutable_queuestatistics();
  int64_t running = 0, pending = 0, completed = 0, killed = 0, failed = 0, all = 0;
  for (const auto& [id, application] : cluster.applications()) {
    ++all;
    running += application.state == AppState::kRunning;
    pending += application.state == AppState::kAccepted;
    completed += application.state == AppState::kFinished;
    killed += application.state == AppState::kKilled;
    failed += application.state == AppState::kFailed;
    if (with_applications && !IsOver(application.state)) {
      FillApplicationReport(cluster, application, now, queue->add_applications());
    }
  }
  statistics->set_numappssubmitted(all);
  statistics->set_numappsrunning(running);
  statistics->set_numappspending(pending);
  statistics->set_numappscompleted(completed);
  statistics->set_numappskilled(killed);
  statistics->set_numappsfailed(failed);
  statistics->set_availablememorymb(scheduler.Headroom().memory_mb());
  statistics->set_allocatedmemorymb(used.memory_mb());
  statistics->set_availablevcores(scheduler.Headroom().vcores());
  statistics->set_allocatedvcores(used.vcores());
  statistics->set_allocatedcontainers(static_cast<int64_t>(scheduler.container_count()));
  statistics->set_pendingcontainers(scheduler.pending_container_count());
}

Ask FromProto(const wire::ResourceRequestProto& row, const ResourceTypes& types) {
  Ask ask;
  ask.priority = row.priority().priority();
  ask.place = row.resource_name();
  ask.capability = FromProto(row.capability(), types);
  ask.count = row.num_containers();
  ask.relax_locality = row.relax_locality();
  ask.node_label = row.node_label_expression();
  if (row.has_execution_type_request()) {
    ask.execution = static_cast<ExecutionType>(row.execution_type_request().execution_type());
  }
  ask.allocation_request_id = row.allocation_request_id();
  return ask;
}

ContainerReport FromProto(const wire::ContainerStatusProto& status) {
  ContainerReport report;
  report.container = FromProto(status.container_id());
  report.complete = status.state() == wire::C_COMPLETE;
  report.exit_status = status.exit_status();
  report.diagnostics = status.diagnostics();
  return report;
}

}  // namespace tusk::yarn
