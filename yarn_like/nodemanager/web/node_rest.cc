// /ws/v1/node: the node, its applications and containers as JSON, in Hadoop's field order.
#include <fmt/format.h>

#include "base/async/blocking_pool.h"
#include "base/log/log.h"
#include "base/rest/answer.h"
#include "base/rest/json.h"
#include "yarn_like/nodemanager/web/node_web.h"
#include "yarn_like/nodemanager/web/web_text_internal.h"

namespace tusk::yarn {
namespace {

using rest::Json;

std::string_view StateName(ApplicationState state) {
  switch (state) {
    case ApplicationState::kRunning: return "RUNNING";
    case ApplicationState::kFinishing: return "FINISHING_CONTAINERS_WAIT";
    case ApplicationState::kFinished: return "FINISHED";
  }
  return "FINISHED";
}

Json AppObject(const NodeApplication& app, const ContainerHost& host) {
  Json json;
  json["id"] = app.name;
  json["state"] = std::string(StateName(app.state));
  json["user"] = app.user;
  Json ids = Json::array();
  for (const auto& [id, container] : host.containers()) {
    if (id.attempt.application == app.id) ids.push_back(container->name);
  }
  if (!ids.empty()) json["containerids"] = ids;
  return json;
}

}  // namespace

rest::Answer NodeWeb::Info(const http::Request& request) const {
  // What the node offers to containers, as Hadoop names it.
  Json info;
  HealthReport health = facts_.health ? facts_.health() : HealthReport();
  info["healthReport"] = health.text;
  info["totalVmemAllocatedContainersMB"] = static_cast<int64_t>(static_cast<double>(facts_.memory_mb) * facts_.vmem_ratio);
  info["totalPmemAllocatedContainersMB"] = facts_.memory_mb;
  info["totalVCoresAllocatedContainers"] = facts_.vcores;
  info["vmemCheckEnabled"] = facts_.vmem_check;
  info["pmemCheckEnabled"] = facts_.pmem_check;
  info["lastNodeUpdateTime"] = facts_.last_heartbeat_wall_ms ? facts_.last_heartbeat_wall_ms() : 0;
  info["resourceTypes"] = "memory-mb (unit=Mi), vcores";
  info["nodeHealthy"] = health.healthy;
  info["nodeManagerVersion"] = "3.4.2";
  info["nodeManagerBuildVersion"] = "3.4.2 by tusk";
  info["nodeManagerVersionBuiltOn"] = "";
  info["hadoopVersion"] = "3.4.2";
  info["hadoopBuildVersion"] = "3.4.2 by tusk";
  info["hadoopVersionBuiltOn"] = "";
  info["id"] = facts_.node.ToString();
  info["nodeHostName"] = facts_.node.host;
  info["nmStartupTime"] = facts_.started_wall_ms;
  info["containerLimits"] = host_.limits_description();  // tusk's own
  return rest::Ok(request, {{"nodeInfo", info}});
}

rest::Answer NodeWeb::Apps(const http::Request& request) const {
  const std::string state = request.query.Get("state", ""), user = request.query.Get("user", "");
  Json list = Json::array();
  for (const auto& [id, app] : applications_.all()) {
    if (!user.empty() && app.user != user) continue;
    if (!state.empty() && StateName(app.state) != state) continue;
    list.push_back(AppObject(app, host_));
  }
  Json apps = Json::object();
  if (!list.empty()) apps["app"] = list;
  return rest::Ok(request, {{"apps", apps}});
}

rest::Answer NodeWeb::App(const http::Request& request, const std::string& id) const {
  if (!id.starts_with("application_")) {
    return rest::BadId(request, fmt::format("Invalid ApplicationId prefix: {}. The valid ApplicationId should start with prefix "
                                            "application",
                                            id));
  }
  for (const auto& [key, app] : applications_.all()) {
    if (app.name == id) return rest::Ok(request, {{"app", AppObject(app, host_)}});
  }
  return rest::NotFound(request, fmt::format("app with id {} not found", id));
}

// What a resource plugin has; nothing where there is none.
rest::Answer NodeWeb::ResourceOf(const http::Request& request, const std::string& name) const {
  if (name != kGpuName || !host_.gpus().any()) return rest::Ok(request, Json::object());
  Json total = Json::array(), assigned = Json::array();
  for (const GpuDevice& device : host_.gpus().devices()) {
    total.push_back({{"index", device.index}, {"minorNumber", device.minor}});
  }
  for (const auto& [container, devices] : host_.gpus().assigned()) {
    for (const GpuDevice& device : devices) {
      assigned.push_back({{"index", device.index}, {"minorNumber", device.minor}, {"containerId", container}});
    }
  }
  return rest::Ok(request, {{"gpuDeviceInformation", nullptr},
                            {"totalGpuDevices", std::move(total)},
                            {"assignedGpuDevices", std::move(assigned)}});
}

Task<rest::Answer> NodeWeb::Containers(const http::Request& request, std::string only) {
  if (!only.empty() && !ContainerId::Parse(only).ok()) co_return rest::BadRequest(request, "invalid container id, " + only);
  Json list = Json::array();
  std::vector<std::pair<std::string, std::string>> names;  // first: containers may come and go during the listings
  for (const auto& [id, container] : host_.containers()) {
    if (!only.empty() && container->name != only) continue;
    Json json;
    json["id"] = container->name;
    json["state"] = NameOf(container->machine.state());
    json["exitCode"] = container->machine.exit_status();
    json["diagnostics"] = container->machine.diagnostics();
    json["user"] = container->grant.submitter;
    json["totalMemoryNeededMB"] = container->grant.resource.memory_mb();
    json["totalVCoresNeeded"] = container->grant.resource.vcores();
    json["executionType"] = "GUARANTEED";
    json["containerLogsLink"] = fmt::format("http://{}/node/containerlogs/{}/{}", facts_.web_address, container->name,
                                            http::PercentEncode(container->grant.submitter));
    json["nodeId"] = facts_.node.ToString();
    names.emplace_back(container->application, container->name);
    list.push_back(std::move(json));
  }
  for (size_t i = 0; i < names.size(); ++i) {
    auto files = co_await env_.disk_pool.Run([this, name = names[i]] { return logs_.List(name.first, name.second); });
    Json file_names = Json::array();
    for (const auto& file : files) file_names.push_back(file.name);
    list[i]["containerLogFiles"] = file_names;
  }
  if (!only.empty() && list.empty()) co_return rest::NotFound(request, fmt::format("container with id, {}, not found", only));
  if (!only.empty()) co_return rest::Ok(request, {{"container", list[0]}});
  Json containers = Json::object();
  if (!list.empty()) containers["container"] = list;
  co_return rest::Ok(request, {{"containers", containers}});
}

Task<void> NodeWeb::Rest(http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  std::vector<std::string> parts = PathParts(request.path);
  parts.erase(parts.begin(), parts.begin() + 3);  // ws, v1, node
  const std::string what = parts.empty() ? "info" : parts[0];
  const bool list = parts.size() == 1, one = parts.size() == 2;
  if (what == "containers" && parts.size() >= 3 && parts[2] == "logs") {
    co_await RestLogs(exchange, parts[1], parts.size() > 3 ? parts[3] : "");
    co_return;
  }
  if (what == "containerlogs" && parts.size() >= 2) {
    co_await RestLogs(exchange, parts[1], parts.size() > 2 ? parts[2] : "");
    co_return;
  }
  rest::Answer answer = rest::NotFound(request, "null for uri: " + request.target);
  if (what == "info" && parts.size() <= 1) answer = Info(request);
  if (what == "apps" && list) answer = Apps(request);
  if (what == "apps" && one) answer = App(request, parts[1]);
  if (what == "containers" && parts.size() <= 2) answer = co_await Containers(request, one ? parts[1] : "");
  if (what == "auxiliaryservices") answer = rest::BadRequest(request, "Auxiliary services manifest is not enabled");
  if (what == "resources" && parts.size() > 1) {
    // "yarn.io%2Fgpu" has come as two parts.
    answer = ResourceOf(request, parts.size() == 3 ? parts[1] + "/" + parts[2] : parts[1]);
  }
  co_await rest::Send(exchange, std::move(answer));
}

Task<void> NodeWeb::RestLogs(http::Exchange& exchange, std::string container, std::string file) {
  Result<ContainerId> id = ContainerId::Parse(container);
  if (!id.ok()) {
    co_await rest::Send(exchange, rest::BadRequest(exchange.request(), "invalid container id, " + container));
    co_return;
  }
  std::string application = id->attempt.application.ToString();
  if (!file.empty()) {
    auto found = co_await env_.disk_pool.Run([this, application, container, file] { return logs_.Find(application, container, file); });
    if (!found.ok()) {
      co_await rest::Send(exchange, rest::Text(404, "java.lang.Exception: Cannot find this log on the local disk."));
      co_return;
    }
    const std::string format = exchange.request().query.Get("format", "text");
    if (format != "text" && format != "octet-stream") {
      co_await rest::Send(exchange, rest::Text(400, "The valid values for the parameter : format are [text, octet-stream]"));
      co_return;
    }
    co_await SendLog(exchange, *found, container, false);
    co_return;
  }
  auto files = co_await env_.disk_pool.Run([this, application, container] { return logs_.List(application, container); });
  Json infos = Json::array();
  for (const auto& each : files) {
    infos.push_back(Json{{"fileName", each.name}, {"fileSize", std::to_string(each.size)}, {"lastModifiedTime", LogTimeText(each.mtime_wall_ms)}});
  }
  Json json;
  json["containerLogInfo"] = infos;
  json["logAggregationType"] = "LOCAL";
  json["containerId"] = container;
  json["nodeId"] = facts_.node.ToString();
  // One place where logs are is an object, as Hadoop writes it.
  co_await rest::Send(exchange, rest::Ok(exchange.request(), {{"containerLogsInfo", json}}));
}

}  // namespace tusk::yarn
