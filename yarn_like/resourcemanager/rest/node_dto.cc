// node: what a node manager offers, gives out and measures.
#include <algorithm>

#include "base/rest/json.h"
#include "yarn_like/resourcemanager/rest/dto.h"

namespace tusk::yarn::rm_rest {
namespace {

double PercentOf(double part, int64_t whole) {
  return whole <= 0 ? 0 : rest::FloatOf(std::min(100.0, 100 * part / static_cast<double>(whole)));
}

}  // namespace

Json NodeDto(const Cluster& cluster, const NodeRecord& node) {
  const ResourceTypes& types = cluster.config().types;
  const NodeView view = ViewOf(cluster, node);
  const NodeUtilization &own = node.node_utilization, &inside = node.containers_utilization;
  Json json = {{"rack", node.rack},
               {"state", std::string(NameOf(node.state))},
               {"id", node.id.ToString()},
               {"nodeHostName", node.id.host},
               {"nodeHTTPAddress", node.usable() ? node.http_address() : ""},
               {"lastHealthUpdate", node.health_wall_ms},
               {"version", node.version},
               {"healthReport", node.health_report},
               {"numContainers", view.containers},
               {"usedMemoryMB", view.used.memory_mb()},
               {"availMemoryMB", view.free.memory_mb()},
               {"usedVirtualCores", view.used.vcores()},
               {"availableVirtualCores", view.free.vcores()},
               {"memUtilization", PercentOf(static_cast<double>(own.physical_mb), node.total.memory_mb())},
               {"cpuUtilization", PercentOf(static_cast<double>(own.cpu), node.total.vcores())},
               {"numRunningOpportContainers", 0},
               {"usedMemoryOpportGB", 0},
               {"usedVirtualCoresOpport", 0},
               {"numQueuedContainers", 0},
               {"allocationTags", Json::object()}};
  json["resourceUtilization"] = {{"nodePhysicalMemoryMB", own.physical_mb},
                                 {"nodeVirtualMemoryMB", own.virtual_mb},
                                 {"nodeCPUUsage", static_cast<double>(own.cpu)},
                                 {"aggregatedContainersPhysicalMemoryMB", inside.physical_mb},
                                 {"aggregatedContainersVirtualMemoryMB", inside.virtual_mb},
                                 {"containersCPUUsage", static_cast<double>(inside.cpu)}};
  json["usedResource"] = ResourceDto(view.used, types);
  json["availableResource"] = ResourceDto(view.free, types);
  json["nodeAttributesInfo"] = Json::object();
  json["totalResource"] = ResourceDto(node.total, types);
  return json;
}

}  // namespace tusk::yarn::rm_rest
