// Reads the brain and its scheduler.
#include "yarn_like/resourcemanager/web/cluster_history.h"

#include <algorithm>

namespace tusk::yarn {
namespace {

double Applications(const Cluster& cluster, AppState state) {
  return static_cast<double>(std::count_if(cluster.applications().begin(), cluster.applications().end(),
                                           [&](const auto& entry) { return entry.second.state == state; }));
}

}  // namespace

void AddClusterSeries(History& history, const Cluster& cluster) {
  auto add = [&](const char* name, auto value) {
    history.AddGauge(name, [&cluster, value] { return static_cast<double>(value(cluster)); });
  };
  add("nodesActive", [](const Cluster& c) { return c.nodes().Count(NodeState::kRunning); });
  add("appsRunning", [](const Cluster& c) { return Applications(c, AppState::kRunning); });
  add("appsPending", [](const Cluster& c) { return Applications(c, AppState::kAccepted); });
  add("containersAllocated", [](const Cluster& c) { return c.scheduler().container_count(); });
  add("containersPending", [](const Cluster& c) { return c.scheduler().pending_container_count(); });
  add("memoryUsedMb", [](const Cluster& c) { return c.scheduler().used().memory_mb(); });
  add("memoryTotalMb", [](const Cluster& c) { return c.scheduler().total().memory_mb(); });
  add("vcoresUsed", [](const Cluster& c) { return c.scheduler().used().vcores(); });
  add("vcoresTotal", [](const Cluster& c) { return c.scheduler().total().vcores(); });
  history.AddRate("allocationsPerSecond", [&cluster] { return static_cast<double>(cluster.stats().granted); });
  const int gpu = cluster.config().types.Find(kGpuName);
  if (gpu < 0) return;
  const size_t at = static_cast<size_t>(gpu);
  add("gpusUsed", [at](const Cluster& c) { return c.scheduler().used().amounts[at]; });
  add("gpusTotal", [at](const Cluster& c) { return c.scheduler().total().amounts[at]; });
}

}  // namespace tusk::yarn
