// clusterInfo, clusterMetrics, appStatInfo.
#include <algorithm>
#include <cctype>

#include "base/rest/json.h"
#include "yarn_like/resourcemanager/rest/dto.h"

namespace tusk::yarn::rm_rest {
namespace {

constexpr std::string_view kVersion = "3.4.2";

bool SameTypeNoCase(const std::string& a, const std::string& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

int64_t Percent(double part, double whole) { return whole <= 0 ? 0 : static_cast<int64_t>(100 * part / whole); }

}  // namespace

Json ClusterInfoDto(const Cluster& cluster) {
  const std::string version(kVersion), build = version + " tusk";
  return {{"id", cluster.config().start_wall_ms},
          {"startedOn", cluster.config().start_wall_ms},
          {"state", "STARTED"},
          {"haState", "ACTIVE"},
          // The names that tools know for "nothing is kept" and for "on this machine".
          {"rmStateStoreName", "org.apache.hadoop.yarn.server.resourcemanager.recovery.NullRMStateStore"},
          {"resourceManagerVersion", version},
          {"resourceManagerBuildVersion", build},
          {"resourceManagerVersionBuiltOn", ""},
          {"hadoopVersion", version},
          {"hadoopBuildVersion", build},
          {"hadoopVersionBuiltOn", ""},
          {"haZooKeeperConnectionState",
           "Could not find leader elector. Verify both HA and automatic failover are enabled."}};
}

Json ClusterMetricsDto(const Cluster& cluster) {
  const ClusterTotals totals = TotalsOf(cluster);
  const ResourceTypes& types = cluster.config().types;
  const NodeTable& nodes = cluster.nodes();
  int64_t used_mb = 0, used_cores = 0;  // by containers, as nodes measure them
  double node_mb = 0, node_cores = 0;
  for (const auto& [id, node] : nodes.all()) {
    if (!node.usable()) continue;
    used_mb += node.containers_utilization.physical_mb;
    used_cores += static_cast<int64_t>(node.containers_utilization.cpu);
    node_mb += static_cast<double>(node.node_utilization.physical_mb);
    node_cores += static_cast<double>(node.node_utilization.cpu);
  }
  Json json = {{"appsSubmitted", totals.submitted},
               {"appsCompleted", totals.completed},
               {"appsPending", totals.pending},
               {"appsRunning", totals.running},
               {"appsFailed", totals.failed},
               {"appsKilled", totals.killed},
               {"reservedMB", 0},
               {"availableMB", totals.free.memory_mb()},
               {"allocatedMB", totals.used.memory_mb()},
               {"pendingMB", totals.pending_resource.memory_mb()},
               {"reservedVirtualCores", 0},
               {"availableVirtualCores", totals.free.vcores()},
               {"allocatedVirtualCores", totals.used.vcores()},
               {"pendingVirtualCores", totals.pending_resource.vcores()},
               {"containersAllocated", totals.containers},
               {"containersReserved", 0},
               {"containersPending", totals.pending_containers},
               {"totalMB", totals.total.memory_mb()},
               {"utilizedMB", used_mb},
               {"totalVirtualCores", totals.total.vcores()},
               {"utilizedVirtualCores", used_cores},
               {"utilizedMBPercent", std::min<int64_t>(100, Percent(node_mb, static_cast<double>(totals.total.memory_mb())))},
               {"utilizedVirtualCoresPercent",
                std::min<int64_t>(100, Percent(node_cores, static_cast<double>(totals.total.vcores())))},
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
  json["totalUsedResourcesAcrossPartition"] = ResourceDto(totals.used, types);
  json["totalClusterResourcesAcrossPartition"] = ResourceDto(totals.total, types);
  json["totalReservedResourcesAcrossPartition"] = ResourceDto(Resource(), types);
  json["totalAllocatedContainersAcrossPartition"] = totals.containers;
  json["crossPartitionMetricsAvailable"] = true;
  json["rmEventQueueSize"] = 0;
  json["schedulerEventQueueSize"] = 0;
  return json;
}

Json StatisticsDto(const Cluster& cluster, const std::set<AppState>& states, const std::string& type) {
  Json list = Json::array();
  for (const AppState state : {AppState::kNew, AppState::kSubmitted, AppState::kFailed, AppState::kFinished,
                               AppState::kRunning, AppState::kAccepted, AppState::kKilled}) {
    if (!states.empty() && !states.contains(state)) continue;
    int64_t count = 0;
    for (const auto& [id, application] : cluster.applications()) {
      count += PublicStateOf(application.state) == state && (type == "*" || SameTypeNoCase(application.submission.type, type));
    }
    list.push_back({{"state", std::string(NameOf(state))}, {"type", type}, {"count", count}});
    // Hadoop's state between new and submitted, in which nothing is ever seen here.
    if (state == AppState::kRunning && states.empty()) {
      list.push_back({{"state", "NEW_SAVING"}, {"type", type}, {"count", 0}});
    }
  }
  return {{"statItem", std::move(list)}};
}

}  // namespace tusk::yarn::rm_rest
