// One function per object, over nlohmann's ordered JSON.
#include "yarn_like/resourcemanager/web/rest_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "yarn_like/resourcemanager/cluster_view.h"

namespace tusk::yarn {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kVersion = "3.4.2";

std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json ResourceOf(const Resource& resource, const ResourceTypes& types) {
  Json list = Json::array();
  for (size_t i = 0; i < types.size(); ++i) {
    list.push_back({{"attributes", Json::object()},
                    {"maximumAllocation", INT64_MAX},
                    {"minimumAllocation", 0},
                    {"name", types.name(i)},
                    {"resourceType", "COUNTABLE"},
                    {"units", std::string(types.unit(i))},
                    {"value", resource.amounts[i]}});
  }
  return {{"memory", resource.memory_mb()},
          {"vCores", resource.vcores()},
          {"resourceInformations", {{"resourceInformation", std::move(list)}}}};
}

Json UsageByPartition(const Cluster& cluster, const AttemptUsage& usage, const Resource& am_used) {
  const ResourceTypes& types = cluster.config().types;
  return {{"resourceUsagesByPartition",
           Json::array({{{"partitionName", ""},
                         {"used", ResourceOf(usage.used, types)},
                         {"reserved", ResourceOf(Resource(), types)},
                         {"pending", ResourceOf(usage.pending, types)},
                         {"amUsed", ResourceOf(am_used, types)},
                         {"amLimit", ResourceOf(Resource(), types)},
                         {"userAmLimit", ResourceOf(Resource(), types)}}})}};
}

Json ApplicationOf(const Cluster& cluster, const Application& application, Now now) {
  const Submission& submission = application.submission;
  const Attempt* attempt = application.current();
  const bool live = attempt != nullptr && !IsOver(attempt->state);
  const AttemptUsage usage = live ? cluster.scheduler().UsageOf(attempt->id) : AttemptUsage{};
  const UsedSeconds seconds = UsedSecondsOf(application, now);
  const double share = 100 * DominantShare(usage.used, cluster.scheduler().total());
  const bool own_page = attempt != nullptr && attempt->original_tracking_url != "N/A";
  const std::string why = cluster.WhyWaiting(application, now);
  std::string tags;
  for (const std::string& tag : submission.tags) tags += (tags.empty() ? "" : ",") + tag;
  Json json = {{"id", submission.id.ToString()},
               {"user", submission.user},
               {"name", submission.name},
               {"queue", "root." + submission.queue},
               {"state", std::string(NameOf(application.state))},
               {"finalStatus", std::string(NameOf(application.final_status))},
               {"progress", attempt == nullptr ? 0.0 : static_cast<double>(attempt->progress) * 100},
               {"trackingUI", IsOver(application.state) ? "History" : own_page ? "ApplicationMaster" : "UNASSIGNED"}};
  if (own_page || IsOver(application.state)) json["trackingUrl"] = cluster.ProxyUrl(application);
  json["diagnostics"] = application.state == AppState::kAccepted ? why : application.diagnostics;
  json["clusterId"] = submission.id.cluster_timestamp;
  json["applicationType"] = submission.type;
  json["applicationTags"] = tags;
  json["priority"] = submission.priority;
  json["startedTime"] = submission.submit_wall_ms;
  json["launchTime"] = application.launch_wall_ms;
  json["finishedTime"] = application.finish_wall_ms;
  json["elapsedTime"] =
      (application.finish_wall_ms > 0 ? application.finish_wall_ms : now.wall_ms) - submission.submit_wall_ms;
  if (attempt != nullptr && attempt->am_container.id != 0) {
    json["amContainerLogs"] = LogUrl(attempt->am_node_http_address, attempt->am_container, submission.user);
    json["amHostHttpAddress"] = attempt->am_node_http_address;
    if (attempt->rpc_port >= 0) json["amRPCAddress"] = fmt::format("{}:{}", attempt->host, attempt->rpc_port);
    json["masterNodeId"] = attempt->am_node.ToString();
  }
  json["allocatedMB"] = live ? usage.used.memory_mb() : -1;
  json["allocatedVCores"] = live ? usage.used.vcores() : -1;
  json["reservedMB"] = live ? 0 : -1;
  json["reservedVCores"] = live ? 0 : -1;
  json["runningContainers"] = live ? usage.containers : -1;
  json["pendingContainers"] = usage.pending_containers;
  json["memorySeconds"] = seconds.memory_mb;
  json["vcoreSeconds"] = seconds.vcores;
  json["queueUsagePercentage"] = share;
  json["clusterUsagePercentage"] = share;
  json["preemptedResourceMB"] = 0;
  json["preemptedResourceVCores"] = 0;
  json["numNonAMContainerPreempted"] = 0;
  json["numAMContainerPreempted"] = 0;
  json["preemptedMemorySeconds"] = 0;
  json["preemptedVcoreSeconds"] = 0;
  json["logAggregationStatus"] = "DISABLED";
  json["unmanagedApplication"] = submission.unmanaged;
  json["amNodeLabelExpression"] = "";
  if (live) {
    const auto own = attempt->containers.find(attempt->am_container);
    json["resourceInfo"] = UsageByPartition(
        cluster, usage, own == attempt->containers.end() ? Resource() : own->second.grant.resource);
    if (!why.empty()) json["waitingFor"] = why;  // tusk's own: a current sentence for whatever waits
  }
  json["timeouts"] = {{"timeout", Json::array({{{"type", "LIFETIME"},
                                                {"expiryTime", "UNLIMITED"},
                                                {"remainingTimeInSeconds", -1}}})}};
  return json;
}

Json NodeOf(const Cluster& cluster, const NodeRecord& node) {
  const ResourceTypes& types = cluster.config().types;
  const SchedulerNode* scheduled = cluster.scheduler().FindNode(node.id);
  const Resource used = scheduled == nullptr ? Resource() : scheduled->used;
  const Resource free = scheduled == nullptr ? Resource() : scheduled->free();
  const NodeUtilization &own = node.node_utilization, &inside = node.containers_utilization;
  Json json = {{"rack", node.rack},
               {"state", std::string(NameOf(node.state))},
               {"id", node.id.ToString()},
               {"nodeHostName", node.id.host},
               {"nodeHTTPAddress", node.http_address()},
               {"lastHealthUpdate", node.health_wall_ms},
               {"version", node.version},
               {"healthReport", node.health_report},
               {"numContainers", scheduled == nullptr ? 0 : scheduled->containers.size()},
               {"usedMemoryMB", used.memory_mb()},
               {"availMemoryMB", free.memory_mb()},
               {"usedVirtualCores", used.vcores()},
               {"availableVirtualCores", free.vcores()},
               {"memUtilization", 0.0},
               {"cpuUtilization", 0.0},
               {"numRunningOpportContainers", 0},
               {"usedMemoryOpportGB", 0},
               {"usedVirtualCoresOpport", 0},
               {"numQueuedContainers", 0},
               {"allocationTags", Json::object()}};
  json["resourceUtilization"] = {{"nodePhysicalMemoryMB", own.physical_mb},
                                 {"nodeVirtualMemoryMB", own.virtual_mb},
                                 {"nodeCPUUsage", own.cpu},
                                 {"aggregatedContainersPhysicalMemoryMB", inside.physical_mb},
                                 {"aggregatedContainersVirtualMemoryMB", inside.virtual_mb},
                                 {"containersCPUUsage", inside.cpu}};
  json["usedResource"] = ResourceOf(used, types);
  json["availableResource"] = ResourceOf(free, types);
  json["nodeAttributesInfo"] = Json::object();
  json["totalResource"] = ResourceOf(node.total, types);
  return json;
}

}  // namespace

std::string ClusterInfoJson(const Cluster& cluster) {
  const std::string build(kVersion);
  return Dump({{"clusterInfo",
                {{"id", cluster.config().start_wall_ms},
                 {"startedOn", cluster.config().start_wall_ms},
                 {"state", "STARTED"},
                 {"haState", "ACTIVE"},
                 {"rmStateStoreName", "org.apache.hadoop.yarn.server.resourcemanager.recovery.NullRMStateStore"},
                 {"resourceManagerVersion", build},
                 {"resourceManagerBuildVersion", build + " tusk"},
                 {"resourceManagerVersionBuiltOn", ""},
                 {"hadoopVersion", build},
                 {"hadoopBuildVersion", build + " tusk"},
                 {"hadoopVersionBuiltOn", ""},
                 {"haZooKeeperConnectionState",
                  "Could not find leader elector. Verify both HA and automatic failover are enabled."}}}});
}

std::string ClusterMetricsJson(const Cluster& cluster) {
  const Scheduler& scheduler = cluster.scheduler();
  const ResourceTypes& types = cluster.config().types;
  const NodeTable& nodes = cluster.nodes();
  int64_t by_state[8] = {};
  AttemptUsage sum;
  for (const auto& [id, application] : cluster.applications()) {
    ++by_state[static_cast<size_t>(application.state)];
    if (const Attempt* attempt = application.current(); attempt != nullptr && !IsOver(attempt->state)) {
      const AttemptUsage usage = scheduler.UsageOf(attempt->id);
      sum.pending += usage.pending;
      sum.pending_containers += usage.pending_containers;
    }
  }
  const auto apps = [&](AppState state) { return by_state[static_cast<size_t>(state)]; };
  const Resource used = scheduler.used(), total = scheduler.total(), free = scheduler.Headroom();
  Json json = {{"appsSubmitted", cluster.applications().size()},
               {"appsCompleted", apps(AppState::kFinished) + apps(AppState::kFinishing)},
               {"appsPending", apps(AppState::kAccepted) + apps(AppState::kSubmitted)},
               {"appsRunning", apps(AppState::kRunning)},
               {"appsFailed", apps(AppState::kFailed)},
               {"appsKilled", apps(AppState::kKilled)},
               {"reservedMB", 0},
               {"availableMB", free.memory_mb()},
               {"allocatedMB", used.memory_mb()},
               {"pendingMB", sum.pending.memory_mb()},
               {"reservedVirtualCores", 0},
               {"availableVirtualCores", free.vcores()},
               {"allocatedVirtualCores", used.vcores()},
               {"pendingVirtualCores", sum.pending.vcores()},
               {"containersAllocated", scheduler.container_count()},
               {"containersReserved", 0},
               {"containersPending", sum.pending_containers},
               {"totalMB", total.memory_mb()},
               {"totalVirtualCores", total.vcores()},
               {"rmSchedulerBusyPercent", 0},
               {"totalNodes", nodes.all().size()},
               {"lostNodes", nodes.Count(NodeState::kLost)},
               {"unhealthyNodes", nodes.Count(NodeState::kUnhealthy)},
               {"decommissioningNodes", nodes.Count(NodeState::kDecommissioning)},
               {"decommissionedNodes", nodes.Count(NodeState::kDecommissioned)},
               {"rebootedNodes", nodes.Count(NodeState::kRebooted)},
               {"activeNodes", nodes.Count(NodeState::kRunning)},
               {"shutdownNodes", nodes.Count(NodeState::kShutdown)},
               {"containerAssignedPerSecond", 0}};
  json["totalUsedResourcesAcrossPartition"] = ResourceOf(used, types);
  json["totalClusterResourcesAcrossPartition"] = ResourceOf(total, types);
  json["crossPartitionMetricsAvailable"] = true;
  return Dump({{"clusterMetrics", std::move(json)}});
}

std::string ApplicationsJson(const Cluster& cluster, const std::vector<const Application*>& wanted, Now now) {
  if (wanted.empty()) return R"({"apps":{}})";
  Json list = Json::array();
  for (const Application* application : wanted) list.push_back(ApplicationOf(cluster, *application, now));
  return Dump({{"apps", {{"app", std::move(list)}}}});
}

std::string ApplicationJson(const Cluster& cluster, const Application& application, Now now) {
  return Dump({{"app", ApplicationOf(cluster, application, now)}});
}

std::string AttemptsJson(const Cluster& /*cluster*/, const Application& application) {
  Json list = Json::array();
  for (const Attempt& attempt : application.attempts) {
    Json json = {{"id", attempt.id.attempt},
                 {"startTime", attempt.start_wall_ms},
                 {"finishedTime", attempt.finish_wall_ms}};
    if (attempt.am_container.id != 0) {
      json["containerId"] = attempt.am_container.ToString();
      json["nodeHttpAddress"] = attempt.am_node_http_address;
      json["nodeId"] = attempt.am_node.ToString();
      json["logsLink"] = LogUrl(attempt.am_node_http_address, attempt.am_container, application.submission.user);
    }
    json["blacklistedNodes"] = "";
    json["nodesBlacklistedBySystem"] = "";
    json["appAttemptId"] = attempt.id.ToString();
    json["appAttemptState"] = std::string(NameOf(attempt.state));
    list.push_back(std::move(json));
  }
  return Dump({{"appAttempts", {{"appAttempt", std::move(list)}}}});
}

std::string NodesJson(const Cluster& cluster, const std::vector<const NodeRecord*>& wanted) {
  if (wanted.empty()) return R"({"nodes":{}})";
  Json list = Json::array();
  for (const NodeRecord* node : wanted) list.push_back(NodeOf(cluster, *node));
  return Dump({{"nodes", {{"node", std::move(list)}}}});
}

std::string NodeJson(const Cluster& cluster, const NodeRecord& node) { return Dump({{"node", NodeOf(cluster, node)}}); }

std::string SchedulerJson(const Cluster& cluster) {
  const Scheduler& scheduler = cluster.scheduler();
  const double used = 100 * DominantShare(scheduler.used(), scheduler.total());
  Json leaf = {{"type", "capacitySchedulerLeafQueueInfo"},
               {"queuePath", "root.default"},
               {"capacity", 100.0},
               {"usedCapacity", used},
               {"maxCapacity", 100.0},
               {"absoluteCapacity", 100.0},
               {"absoluteMaxCapacity", 100.0},
               {"absoluteUsedCapacity", used},
               {"numApplications", cluster.applications().size()},
               {"queueName", "default"},
               {"state", "RUNNING"},
               {"resourcesUsed", ResourceOf(scheduler.used(), cluster.config().types)},
               {"allocatedContainers", scheduler.container_count()},
               {"pendingContainers", scheduler.pending_container_count()}};
  return Dump({{"scheduler",
                {{"schedulerInfo",
                  {{"type", "capacityScheduler"},
                   {"capacity", 100.0},
                   {"usedCapacity", used},
                   {"maxCapacity", 100.0},
                   {"queueName", "root"},
                   {"queuePath", "root"},
                   {"queues", {{"queue", Json::array({std::move(leaf)})}}}}}}}});
}

std::string StatisticsJson(const Cluster& cluster) {
  Json list = Json::array();
  for (const AppState state : {AppState::kRunning, AppState::kFailed, AppState::kSubmitted, AppState::kFinished,
                               AppState::kKilled, AppState::kAccepted, AppState::kNew}) {
    int64_t count = 0;
    for (const auto& [id, application] : cluster.applications()) count += NameOf(application.state) == NameOf(state);
    list.push_back({{"state", std::string(NameOf(state))}, {"type", "*"}, {"count", count}});
  }
  return Dump({{"appStatInfo", {{"statItem", std::move(list)}}}});
}

}  // namespace tusk::yarn
