// appAttempt, the attempt by itself (which Hadoop writes with other names), and containers.
#include "base/rest/json.h"
#include "yarn_like/resourcemanager/rest/dto.h"

namespace tusk::yarn::rm_rest {
namespace {

std::string Text(int64_t number) { return std::to_string(number); }

}  // namespace

Json AttemptRowDto(const Application& application, const Attempt& attempt) {
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
  json["exportPorts"] = "null";  // so, in quotes
  json["appAttemptState"] = std::string(NameOf(attempt.state));
  return json;
}

Json AttemptDto(const Cluster& cluster, const Application& application, const Attempt& attempt) {
  const std::string page = cluster.PageUrl(application);
  Json json = {{"appAttemptId", attempt.id.ToString()},
               {"host", attempt.host},
               {"rpcPort", Text(attempt.rpc_port)},
               {"trackingUrl", attempt.original_tracking_url == page ? page : cluster.ProxyUrl(application)},
               {"originalTrackingUrl", attempt.original_tracking_url},
               {"diagnosticsInfo", attempt.diagnostics},
               {"appAttemptState", std::string(NameOf(attempt.state))}};
  if (attempt.am_container.id != 0) json["amContainerId"] = attempt.am_container.ToString();
  json["startedTime"] = Text(attempt.start_wall_ms);
  json["finishedTime"] = Text(attempt.finish_wall_ms);
  return json;
}

Json ContainerDto(const Cluster& cluster, const Application& application, const ContainerView& container, Now now) {
  const ResourceTypes& types = cluster.config().types;
  const int64_t end = container.finish_wall_ms > 0 ? container.finish_wall_ms : now.wall_ms;
  Json entries = Json::array();
  for (size_t i = 0; i < types.size(); ++i) {
    entries.push_back({{"key", types.name(i)}, {"value", Text(container.resource.amounts[i])}});
  }
  const bool over = container.state == ContainerView::State::kComplete;
  return {{"containerId", container.id.ToString()},
          {"allocatedMB", Text(container.resource.memory_mb())},
          {"allocatedVCores", Text(container.resource.vcores())},
          {"assignedNodeId", container.node.ToString()},
          {"priority", Text(container.priority)},
          {"startedTime", Text(container.creation_wall_ms)},
          {"finishedTime", Text(container.finish_wall_ms)},
          {"elapsedTime", Text(end - container.creation_wall_ms)},
          {"logUrl", LogUrl(container.node_http_address, container.id, application.submission.user)},
          {"containerExitStatus", Text(over ? container.exit_status : 0)},
          {"containerState", std::string(NameOf(container.state))},
          {"nodeHttpAddress", "http://" + container.node_http_address},
          {"nodeId", container.node.ToString()},
          {"allocatedResources", {{"entry", std::move(entries)}}},
          {"exposedPorts", ""}};
}

}  // namespace tusk::yarn::rm_rest
