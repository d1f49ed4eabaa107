// /ws/v1/node: the node, its applications and containers as JSON, in Hadoop's field order.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/async/blocking_pool.h"
#include "base/log/log.h"
#include "yarn_like/nodemanager/web/node_web.h"
#include "yarn_like/nodemanager/web/web_text_internal.h"

namespace tusk::yarn {
namespace {

using Json = nlohmann::ordered_json;
constexpr const char* kJsonType = "application/json;charset=utf-8";

std::string Text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

void Noted(const Status& status) {
  if (!status.ok()) LogDebug("web", "{}", status.ToString());
}

Json AppObject(const NodeApplication& app, const ContainerHost& host) {
  Json json;
  json["id"] = app.name;
  json["state"] = app.state == ApplicationState::kRunning ? "RUNNING" : "FINISHING_CONTAINERS_WAIT";
  json["user"] = app.user;
  Json ids = Json::array();
  for (const auto& [id, container] : host.containers()) {
    if (id.attempt.application == app.id) ids.push_back(container->name);
  }
  if (!ids.empty()) json["containerids"] = ids;
  return json;
}

}  // namespace

std::string NodeWeb::InfoJson() const {
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
  return Text(Json{{"nodeInfo", info}});
}

std::string NodeWeb::AppsJson() const {
  Json list = Json::array();
  for (const auto& [id, app] : applications_.all()) list.push_back(AppObject(app, host_));
  Json apps = Json::object();
  if (!list.empty()) apps["app"] = list;
  return Text(Json{{"apps", apps}});
}

std::string NodeWeb::AppJson(const std::string& id) const {
  for (const auto& [key, app] : applications_.all()) {
    if (app.name == id) return Text(Json{{"app", AppObject(app, host_)}});
  }
  return "";
}

Task<std::string> NodeWeb::ContainersJson(std::string only) {
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
  if (!only.empty()) co_return list.empty() ? std::string() : Text(Json{{"container", list[0]}});
  Json containers = Json::object();
  if (!list.empty()) containers["container"] = list;
  co_return Text(Json{{"containers", containers}});
}

Task<void> NodeWeb::Rest(http::Exchange& exchange) {
  std::vector<std::string> parts = PathParts(exchange.request().path);
  parts.erase(parts.begin(), parts.begin() + 3);  // ws, v1, node
  std::string what = parts.empty() ? "info" : parts[0];
  std::string body;
  if (what == "info" && parts.size() <= 1) body = InfoJson();
  if (what == "apps") body = parts.size() == 1 ? AppsJson() : AppJson(parts[1]);
  if (what == "containers" && parts.size() >= 3 && parts[2] == "logs") {
    co_await RestLogs(exchange, parts[1], parts.size() > 3 ? parts[3] : "");
    co_return;
  }
  if (what == "containerlogs" && parts.size() >= 2) {
    co_await RestLogs(exchange, parts[1], parts.size() > 2 ? parts[2] : "");
    co_return;
  }
  if (what == "containers" && parts.size() <= 2) body = co_await ContainersJson(parts.size() == 2 ? parts[1] : "");
  if (what == "auxiliaryservices") {
    Noted(co_await exchange.ReplyError(400, "BadRequestException", "org.apache.hadoop.yarn.webapp.BadRequestException",
                                       "java.lang.Exception: Auxiliary services manifest is not enabled"));
    co_return;
  }
  if (body.empty()) {
    std::string subject = what == "apps" ? "app" : what == "containers" ? "container" : what;
    std::string message = parts.size() >= 2 ? fmt::format("java.lang.Exception: {} with id, {}, not found", subject, parts[1])
                                            : std::string("java.lang.Exception: not found");
    Noted(co_await exchange.ReplyError(404, "NotFoundException", "org.apache.hadoop.yarn.webapp.NotFoundException", message));
    co_return;
  }
  Noted(co_await exchange.Reply(200, kJsonType, std::move(body)));
}

Task<void> NodeWeb::RestLogs(http::Exchange& exchange, std::string container, std::string file) {
  Result<ContainerId> id = ContainerId::Parse(container);
  if (!id.ok()) {
    Noted(co_await exchange.ReplyError(400, "BadRequestException", "org.apache.hadoop.yarn.webapp.BadRequestException",
                                       "java.lang.Exception: invalid container id, " + container));
    co_return;
  }
  std::string application = id->attempt.application.ToString();
  if (!file.empty()) {
    auto found = co_await env_.disk_pool.Run([this, application, container, file] { return logs_.Find(application, container, file); });
    if (!found.ok()) {
      Noted(co_await exchange.Reply(404, "text/plain", std::string(found.status().message()) + "\n"));
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
  Noted(co_await exchange.Reply(200, kJsonType, Text(Json{{"containerLogsInfo", Json::array({json})}})));
}

}  // namespace tusk::yarn
