// From the namenode's beans and the resource manager's REST answers.
#include "tools/tusk/top/top_data.h"

#include <algorithm>

#include "tools/tusk/pages/masters.h"

namespace tusk::tools {
namespace {

using Json = nlohmann::json;

int64_t Number(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<int64_t>() : 0;
}
std::string Text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}
// object[outer][inner], or an empty one of its kind.
Json Below(const Json& object, const char* outer, const char* inner, Json otherwise) {
  if (!object.is_object() || !object.contains(outer) || !object[outer].is_object() || !object[outer].contains(inner)) return otherwise;
  return object[outer][inner];
}

void AddDatanodes(TopSnapshot& top, const Json& nodes, bool dead) {
  for (const auto& [name, node] : nodes.items()) {
    top.datanodes.push_back({name, dead ? "Dead" : Text(node, "adminState"), Number(node, "capacity"), Number(node, "used"), Number(node, "remaining"),
                             Number(node, "numBlocks"), Number(node, "lastContact"), Number(node, "volfails")});
  }
}

void ReadDfs(TopSnapshot& top, PageReader& pages, const HostPort& web) {
  TopDfs& dfs = top.dfs;
  auto page = pages.Get(web, "/jmx");
  if (!page.ok()) {
    dfs.trouble = page.status().message();
    return;
  }
  const Json* info = page->Bean("Hadoop:service=NameNode,name=NameNodeInfo");
  const Json* state = page->Bean("Hadoop:service=NameNode,name=FSNamesystemState");
  if (info == nullptr || state == nullptr) {
    dfs.trouble = web.ToString() + " is no namenode";
    return;
  }
  dfs.safe_mode = Text(*info, "Safemode");
  dfs.capacity = Number(*info, "Total");
  dfs.used = Number(*info, "Used");
  dfs.remaining = Number(*info, "Free");
  dfs.files = Number(*state, "FilesTotal");
  dfs.blocks = Number(*info, "TotalBlocks");
  dfs.missing = Number(*info, "NumberOfMissingBlocks");
  dfs.under_replicated = Number(*state, "UnderReplicatedBlocks");
  dfs.live = Number(*state, "NumLiveDataNodes");
  dfs.dead = Number(*state, "NumDeadDataNodes");
  dfs.stale = Number(*state, "NumStaleDataNodes");
  dfs.decommissioning = Number(*state, "NumDecommissioningDataNodes");
  dfs.started_wall_ms = Number(*info, "NNStartedTimeInMillis");
  AddDatanodes(top, InnerJson(*info, "LiveNodes"), false);
  AddDatanodes(top, InnerJson(*info, "DeadNodes"), true);
}

void ReadMetrics(TopYarn& yarn, const Json& metrics) {
  yarn.nodes = Number(metrics, "activeNodes");
  yarn.total_nodes = Number(metrics, "totalNodes");
  yarn.lost = Number(metrics, "lostNodes");
  yarn.unhealthy = Number(metrics, "unhealthyNodes");
  yarn.decommissioned = Number(metrics, "decommissionedNodes");
  yarn.rebooted = Number(metrics, "rebootedNodes");
  yarn.memory_mb = Number(metrics, "totalMB");
  yarn.memory_used_mb = Number(metrics, "allocatedMB");
  yarn.memory_pending_mb = Number(metrics, "pendingMB");
  yarn.memory_reserved_mb = Number(metrics, "reservedMB");
  yarn.vcores = Number(metrics, "totalVirtualCores");
  yarn.vcores_used = Number(metrics, "allocatedVirtualCores");
  yarn.vcores_pending = Number(metrics, "pendingVirtualCores");
  yarn.vcores_reserved = Number(metrics, "reservedVirtualCores");
  yarn.submitted = Number(metrics, "appsSubmitted");
  yarn.running = Number(metrics, "appsRunning");
  yarn.pending = Number(metrics, "appsPending");
  yarn.completed = Number(metrics, "appsCompleted");
  yarn.killed = Number(metrics, "appsKilled");
  yarn.failed = Number(metrics, "appsFailed");
  yarn.containers = Number(metrics, "containersAllocated");
  yarn.containers_pending = Number(metrics, "containersPending");
  yarn.containers_reserved = Number(metrics, "containersReserved");
}

void ReadYarn(TopSnapshot& top, PageReader& pages, const HostPort& web) {
  auto metrics = pages.Get(web, "/ws/v1/cluster/metrics");
  if (!metrics.ok()) {
    top.yarn.trouble = metrics.status().message();
    return;
  }
  if (metrics->json.is_object() && metrics->json.contains("clusterMetrics")) ReadMetrics(top.yarn, metrics->json["clusterMetrics"]);
  if (auto info = pages.Get(web, "/ws/v1/cluster/info"); info.ok()) {
    top.yarn.started_wall_ms = Below(info->json, "clusterInfo", "startedOn", 0).get<int64_t>();
  }
  if (auto nodes = pages.Get(web, "/ws/v1/cluster/nodes"); nodes.ok()) {
    for (const auto& node : Below(nodes->json, "nodes", "node", Json::array())) {
      const auto utilization = node.value("resourceUtilization", Json::object());
      top.nodes.push_back({Text(node, "id"), Text(node, "state"), Number(node, "numContainers"), Number(node, "usedMemoryMB"), Number(node, "availMemoryMB"),
                           Number(node, "usedVirtualCores"), Number(node, "availableVirtualCores"), 100 * utilization.value("nodeCPUUsage", 0.0)});
    }
  }
  if (auto apps = pages.Get(web, "/ws/v1/cluster/apps?states=NEW,NEW_SAVING,SUBMITTED,ACCEPTED,RUNNING"); apps.ok()) {
    for (const auto& app : Below(apps->json, "apps", "app", Json::array())) {
      top.applications.push_back({Text(app, "id"), Text(app, "user"), Text(app, "applicationType"), Text(app, "queue"), Text(app, "state"), Text(app, "name"),
                                  Number(app, "priority"), Number(app, "runningContainers"), 0, Number(app, "allocatedMB"), Number(app, "reservedMB"),
                                  Number(app, "allocatedVCores"), Number(app, "reservedVCores"), Number(app, "memorySeconds"), Number(app, "vcoreSeconds"),
                                  Number(app, "elapsedTime"), app.value("progress", 0.0)});
    }
  }
}

}  // namespace

TopSnapshot TakeTopSnapshot(PageReader& pages, const Configuration& conf, int64_t wall_ms) {
  TopSnapshot top;
  top.wall_ms = wall_ms;
  const auto dfs = MasterWeb(conf, "namenode");
  const auto yarn = MasterWeb(conf, "resourcemanager");
  top.dfs.address = dfs ? dfs->ToString() : "";
  top.yarn.address = yarn ? yarn->ToString() : "";
  if (dfs) ReadDfs(top, pages, *dfs);
  else top.dfs.trouble = "the configuration names no namenode";
  if (yarn) ReadYarn(top, pages, *yarn);
  else top.yarn.trouble = "the configuration names no resource manager";
  return top;
}

nlohmann::ordered_json TopJson(const TopSnapshot& top) {
  using Out = nlohmann::ordered_json;
  Out json = {{"time", top.wall_ms}};
  if (!top.dfs.trouble.empty()) json["dfs"] = {{"address", top.dfs.address}, {"error", top.dfs.trouble}};
  else {
    const TopDfs& dfs = top.dfs;
    json["dfs"] = {{"address", dfs.address}, {"safeMode", dfs.safe_mode}, {"capacity", dfs.capacity}, {"used", dfs.used}, {"remaining", dfs.remaining},
                   {"files", dfs.files}, {"blocks", dfs.blocks}, {"missingBlocks", dfs.missing}, {"underReplicatedBlocks", dfs.under_replicated},
                   {"liveDatanodes", dfs.live}, {"deadDatanodes", dfs.dead}, {"staleDatanodes", dfs.stale}, {"startedAt", dfs.started_wall_ms}};
  }
  if (!top.yarn.trouble.empty()) json["yarn"] = {{"address", top.yarn.address}, {"error", top.yarn.trouble}};
  else {
    const TopYarn& yarn = top.yarn;
    json["yarn"] = {{"address", yarn.address}, {"activeNodes", yarn.nodes}, {"lostNodes", yarn.lost}, {"unhealthyNodes", yarn.unhealthy},
                    {"memoryMb", yarn.memory_mb}, {"memoryUsedMb", yarn.memory_used_mb}, {"vcores", yarn.vcores}, {"vcoresUsed", yarn.vcores_used},
                    {"running", yarn.running}, {"pending", yarn.pending}, {"containers", yarn.containers}, {"containersPending", yarn.containers_pending},
                    {"startedAt", yarn.started_wall_ms}};
  }
  json["nodes"] = Out::array();
  for (const TopNode& node : top.nodes) {
    json["nodes"].push_back({{"id", node.id}, {"state", node.state}, {"containers", node.containers}, {"memoryUsedMb", node.memory_used_mb},
                             {"memoryFreeMb", node.memory_free_mb}, {"vcoresUsed", node.vcores_used}, {"vcoresFree", node.vcores_free}, {"cpuPercent", node.cpu_percent}});
  }
  json["applications"] = Out::array();
  for (const TopApplication& app : top.applications) {
    json["applications"].push_back({{"id", app.id}, {"user", app.user}, {"type", app.type}, {"queue", app.queue}, {"state", app.state}, {"name", app.name},
                                    {"containers", app.containers}, {"memoryMb", app.memory_mb}, {"vcores", app.vcores}, {"progress", app.progress}, {"elapsedMs", app.elapsed_ms}});
  }
  json["datanodes"] = Out::array();
  for (const TopDatanode& node : top.datanodes) {
    json["datanodes"].push_back({{"name", node.name}, {"state", node.state}, {"capacity", node.capacity}, {"used", node.used}, {"remaining", node.remaining},
                                 {"blocks", node.blocks}, {"lastContact", node.last_contact}, {"failedVolumes", node.failed_volumes}});
  }
  return json;
}

}  // namespace tusk::tools
