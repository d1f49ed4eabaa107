// ClusterPages: JMX beans and Prometheus metrics of the resource manager.
#include <algorithm>
#include <array>

#include "yarn_like/resourcemanager/web/cluster_pages.h"

namespace tusk::yarn {
namespace {

int64_t Applications(const Cluster& cluster, AppState state) {
  return std::count_if(cluster.applications().begin(), cluster.applications().end(),
                       [&](const auto& entry) { return entry.second.state == state; });
}

void FillClusterMetrics(const Cluster& cluster, Bean& bean) {
  const NodeTable& nodes = cluster.nodes();
  const Scheduler& scheduler = cluster.scheduler();
  bean.Set("tag.ClusterMetrics", "ResourceManager").Set("tag.Context", "yarn");
  bean.Set("NumActiveNMs", nodes.Count(NodeState::kRunning));
  bean.Set("NumDecommissioningNMs", nodes.Count(NodeState::kDecommissioning));
  bean.Set("NumDecommissionedNMs", nodes.Count(NodeState::kDecommissioned));
  bean.Set("NumLostNMs", nodes.Count(NodeState::kLost));
  bean.Set("NumUnhealthyNMs", nodes.Count(NodeState::kUnhealthy));
  bean.Set("NumRebootedNMs", nodes.Count(NodeState::kRebooted));
  bean.Set("NumShutdownNMs", nodes.Count(NodeState::kShutdown));
  bean.Set("CapabilityMB", scheduler.total().memory_mb()).Set("CapabilityVirtualCores", scheduler.total().vcores());
  bean.Set("UtilizedMB", scheduler.used().memory_mb()).Set("UtilizedVirtualCores", scheduler.used().vcores());
  for (const char* name : {"AMContainerAllocationDelay", "AMLaunchDelay", "AMRegisterDelay"}) {
    bean.Set(std::string(name) + "NumOps", 0).Set(std::string(name) + "AvgTime", 0.0);
  }
  for (const char* name : {"ContainerAssignedPerSecond", "RmDispatcherEventQueueSize", "RmEventProcCPUAvg", "RmEventProcCPUMax",
                           "SchedulerDispatcherEventQueueSize"}) {
    bean.Set(name, 0);
  }
}

// Running applications by their age in minutes, in Hadoop's buckets.
void FillRunningByAge(const Cluster& cluster, int64_t now_wall_ms, Bean& bean) {
  constexpr std::array<int64_t, 4> kMinutes = {0, 60, 300, 1440};
  std::array<int64_t, kMinutes.size()> counts{};
  for (const auto& [id, application] : cluster.applications()) {
    if (application.state != AppState::kRunning) continue;
    size_t bucket = kMinutes.size() - 1;
    while (bucket > 0 && (now_wall_ms - application.launch_wall_ms) / 60000 < kMinutes[bucket]) --bucket;
    ++counts[bucket];
  }
  for (size_t i = 0; i < kMinutes.size(); ++i) bean.Set("running_" + std::to_string(kMinutes[i]), counts[i]);
}

void FillQueueMetrics(const Cluster& cluster, const std::string& queue, Bean& bean) {
  const Scheduler& scheduler = cluster.scheduler();
  int64_t pending_mb = 0, pending_vcores = 0;
  for (const auto& [id, application] : cluster.applications()) {
    if (application.current() == nullptr) continue;
    const AttemptUsage usage = scheduler.UsageOf(application.current()->id);
    pending_mb += usage.pending.memory_mb();
    pending_vcores += usage.pending.vcores();
  }
  bean.Set("tag.Queue", queue).Set("tag.Context", "yarn");
  bean.Set("AppsSubmitted", cluster.applications().size());
  bean.Set("AppsRunning", Applications(cluster, AppState::kRunning));
  bean.Set("AppsPending", Applications(cluster, AppState::kAccepted));
  bean.Set("AppsCompleted", Applications(cluster, AppState::kFinished));
  bean.Set("AppsKilled", Applications(cluster, AppState::kKilled));
  bean.Set("AppsFailed", Applications(cluster, AppState::kFailed));
  bean.Set("ActiveApplications", Applications(cluster, AppState::kRunning));
  bean.Set("AllocatedMB", scheduler.used().memory_mb()).Set("AllocatedVCores", scheduler.used().vcores());
  bean.Set("AllocatedContainers", scheduler.container_count());
  bean.Set("AvailableMB", scheduler.Headroom().memory_mb()).Set("AvailableVCores", scheduler.Headroom().vcores());
  bean.Set("PendingMB", pending_mb).Set("PendingVCores", pending_vcores);
  bean.Set("PendingContainers", scheduler.pending_container_count());
  bean.Set("AggregateContainersAllocated", cluster.stats().granted);
  bean.Set("AggregateContainersReleased", cluster.stats().granted - std::min<uint64_t>(cluster.stats().granted, scheduler.container_count()));
  bean.Set("MaxCapacityMB", scheduler.total().memory_mb()).Set("MaxCapacityVCores", scheduler.total().vcores());
  bean.Set("GuaranteedMB", scheduler.total().memory_mb()).Set("GuaranteedVCores", scheduler.total().vcores());
  bean.Set("GuaranteedCapacity", 1.0).Set("GuaranteedAbsoluteCapacity", 1.0).Set("MaxCapacity", 1.0).Set("MaxAbsoluteCapacity", 1.0);
  const double used = DominantShare(scheduler.used(), scheduler.total());
  bean.Set("UsedCapacity", used).Set("AbsoluteUsedCapacity", used);
  for (const char* name : {"ReservedContainers", "ReservedMB", "ReservedVCores", "AggregateContainersPreempted", "AggregateMemoryMBPreempted",
                           "AggregateMemoryMBSecondsPreempted", "AggregateVcoreSecondsPreempted", "AggregateVcoresPreempted",
                           "UnmanagedAppsCompleted", "UnmanagedAppsFailed", "UnmanagedAppsKilled", "UnmanagedAppsPending",
                           "UnmanagedAppsRunning", "UnmanagedAppsSubmitted"}) {
    bean.Set(name, 0);
  }
}

std::string LiveNodeManagers(const Cluster& cluster) {
  std::string list = "[";
  for (const auto& [id, node] : cluster.nodes().all()) {
    if (node.state != NodeState::kRunning && node.state != NodeState::kUnhealthy) continue;
    const SchedulerNode* scheduled = cluster.scheduler().FindNode(id);
    if (list.size() > 1) list += ",";
    list += "{\"HostName\":" + JsonString(id.host) + ",\"Rack\":" + JsonString(node.rack) + ",\"State\":" +
            JsonString(NameOf(node.state)) + ",\"NodeId\":" + JsonString(id.ToString()) + ",\"NodeHTTPAddress\":" +
            JsonString(node.http_address()) + ",\"NodeManagerVersion\":\"3.4.2\",\"NumContainers\":" +
            std::to_string(scheduled == nullptr ? 0 : scheduled->containers.size()) + ",\"UsedMemoryMB\":" +
            std::to_string(scheduled == nullptr ? 0 : scheduled->used.memory_mb()) + ",\"AvailableMemoryMB\":" +
            std::to_string(scheduled == nullptr ? 0 : scheduled->free().memory_mb()) + "}";
  }
  return list + "]";
}

void Collect(const Cluster& cluster, MetricSink& sink) {
  const Scheduler& scheduler = cluster.scheduler();
  const auto gauge = [&sink](const char* name, const char* help, auto value) { sink.Gauge(name, help, {}, static_cast<double>(value)); };
  gauge("tusk_resourcemanager_containers", "Containers granted and not ended.", scheduler.container_count());
  gauge("tusk_resourcemanager_pending_containers", "Containers asked for and not granted.", scheduler.pending_container_count());
  gauge("tusk_resourcemanager_memory_bytes", "Memory of the nodes.", scheduler.total().memory_mb() << 20);
  gauge("tusk_resourcemanager_memory_used_bytes", "Memory granted to containers.", scheduler.used().memory_mb() << 20);
  gauge("tusk_resourcemanager_vcores", "Cores of the nodes.", scheduler.total().vcores());
  gauge("tusk_resourcemanager_vcores_used", "Cores granted to containers.", scheduler.used().vcores());
  for (const auto& [name, state] : {std::pair{"active", NodeState::kRunning}, std::pair{"unhealthy", NodeState::kUnhealthy},
                                    std::pair{"lost", NodeState::kLost}, std::pair{"decommissioning", NodeState::kDecommissioning},
                                    std::pair{"decommissioned", NodeState::kDecommissioned}}) {
    sink.Gauge("tusk_resourcemanager_nodes", "Nodes by state.", {{"state", name}}, static_cast<double>(cluster.nodes().Count(state)));
  }
  for (const auto& [name, state] : {std::pair{"pending", AppState::kAccepted}, std::pair{"running", AppState::kRunning},
                                    std::pair{"finished", AppState::kFinished}, std::pair{"failed", AppState::kFailed},
                                    std::pair{"killed", AppState::kKilled}}) {
    sink.Gauge("tusk_resourcemanager_applications", "Applications in the list by state.", {{"state", name}},
               static_cast<double>(Applications(cluster, state)));
  }
  sink.Counter("tusk_resourcemanager_containers_granted_total", "Containers granted.", {}, static_cast<double>(cluster.stats().granted));
  sink.Latency("tusk_resourcemanager_scheduling_seconds", "Time of one event in the scheduler.", {}, cluster.stats().scheduling);
}

}  // namespace

void ClusterPages::AddMetrics(MetricRegistry& metrics) {
  const std::string prefix = "Hadoop:service=ResourceManager,name=";
  const std::string host = env_.network.LocalHostName();
  metrics.AddBean(prefix + "ClusterMetrics", [this, host](Bean& bean) {
    bean.Set("tag.Hostname", host);
    FillClusterMetrics(cluster_, bean);
  });
  const auto add_queue = [&](const std::string& record, const std::string& queue) {
    metrics.AddBean(prefix + record, [this, host, queue](Bean& bean) {
      bean.Set("tag.Hostname", host);
      FillQueueMetrics(cluster_, queue, bean);
      FillRunningByAge(cluster_, env_.clock.WallMillis(), bean);
    }, record);
  };
  add_queue("QueueMetrics,q0=root", "root");
  add_queue("QueueMetrics,q0=root,q1=default", "root.default");
  metrics.AddBean(prefix + "RMNMInfo", [this](Bean& bean) { bean.Set("LiveNodeManagers", LiveNodeManagers(cluster_)); },
                  "org.apache.hadoop.yarn.server.resourcemanager.RMNMInfo");
  metrics.AddBean(prefix + "ResourceManager", [](Bean& bean) { bean.Set("SecurityEnabled", false); },
                  "org.apache.hadoop.yarn.server.resourcemanager.ResourceManager");
  metrics.AddCollector([this](MetricSink& sink) { Collect(cluster_, sink); });
}

}  // namespace tusk::yarn
