// app: an application as its list and its own page say it.
#include <fmt/format.h>

#include "base/rest/json.h"
#include "yarn_like/common/iso_time.h"
#include "yarn_like/resourcemanager/rest/dto.h"

namespace tusk::yarn::rm_rest {
namespace {

std::string TagsOf(const Submission& submission) {
  // Hadoop keeps them in lower case and without order; sorted here.
  std::set<std::string> sorted(submission.tags.begin(), submission.tags.end());
  std::string text;
  for (const std::string& tag : sorted) text += (text.empty() ? "" : ",") + tag;
  return text;
}

// Where the application's page is: its master's through the proxy, or ours where it has none.
std::string TrackingUrlOf(const Cluster& cluster, const Application& application, const Attempt& attempt) {
  const std::string page = cluster.PageUrl(application);
  return attempt.original_tracking_url == page ? page : cluster.ProxyUrl(application);
}

void AddTracking(const Cluster& cluster, const ApplicationView& view, Json* json) {
  const Application& application = *view.application;
  const bool ended = application.finish_wall_ms > 0;
  (*json)["trackingUI"] = !view.has_own_page && !ended ? "UNASSIGNED" : ended ? "History" : "ApplicationMaster";
  if (view.has_own_page) (*json)["trackingUrl"] = TrackingUrlOf(cluster, application, *view.attempt);
  else if (ended) (*json)["trackingUrl"] = cluster.PageUrl(application);
}

void AddMaster(const ApplicationView& view, Json* json) {
  const Attempt* attempt = view.attempt;
  if (attempt == nullptr || attempt->am_container.id == 0) return;
  (*json)["amContainerLogs"] =
      LogUrl(attempt->am_node_http_address, attempt->am_container, view.application->submission.user);
  (*json)["amHostHttpAddress"] = attempt->am_node_http_address;
  if (attempt->rpc_port >= 0) (*json)["amRPCAddress"] = fmt::format("{}:{}", attempt->host, attempt->rpc_port);
  (*json)["masterNodeId"] = attempt->am_node.ToString();
}

void AddUsage(const Cluster& cluster, const ApplicationView& view, bool visible, Json* json) {
  Json& out = *json;
  const bool live = view.live && visible;
  out["allocatedMB"] = live ? view.usage.used.memory_mb() : -1;
  out["allocatedVCores"] = live ? view.usage.used.vcores() : -1;
  out["reservedMB"] = live ? 0 : -1;
  out["reservedVCores"] = live ? 0 : -1;
  out["runningContainers"] = live ? view.usage.containers : -1;
  out["memorySeconds"] = visible ? view.seconds.memory_mb : 0;
  out["vcoreSeconds"] = visible ? view.seconds.vcores : 0;
  out["queueUsagePercentage"] = live ? rest::FloatOf(view.share_percent) : 0.0;
  out["clusterUsagePercentage"] = live ? rest::FloatOf(view.share_percent) : 0.0;
  if (visible) {
    out["resourceSecondsMap"] = ResourceMapDto(cluster.config().types, view.seconds.memory_mb, view.seconds.vcores);
  }
  for (const char* none : {"preemptedResourceMB", "preemptedResourceVCores", "numNonAMContainerPreempted",
                           "numAMContainerPreempted", "preemptedMemorySeconds", "preemptedVcoreSeconds"}) {
    out[none] = 0;
  }
  if (visible) out["preemptedResourceSecondsMap"] = Json::object();
}

}  // namespace

const std::set<std::string> kDeselectable = {"resourceRequests", "timeouts", "appNodeLabelExpression",
                                             "amNodeLabelExpression", "resourceInfo"};

Json TimeoutDto(const Application& application, Now now) {
  const int64_t expiry = application.ExpiryWallMs();
  const bool over = IsOver(application.state) || application.state == AppState::kFinishing;
  return {{"type", "LIFETIME"},
          {"expiryTime", expiry == 0 ? "UNLIMITED" : Iso8601Of(expiry)},
          {"remainingTimeInSeconds", expiry == 0 ? -1 : over ? 0 : std::max<int64_t>(0, (expiry - now.wall_ms) / 1000)}};
}

Json AppDto(const Cluster& cluster, const Application& application, const AppFields& fields, Now now) {
  const Submission& submission = application.submission;
  const ApplicationView view = ViewOf(cluster, application, now);
  const bool visible = fields.visible;
  Json json = {{"id", submission.id.ToString()},
               {"user", submission.user},
               {"name", submission.name},
               {"queue", "root." + submission.queue},
               {"state", std::string(NameOf(application.state))},
               {"finalStatus", std::string(NameOf(application.final_status))},
               {"progress", rest::FloatOf(application.state == AppState::kFinished ||
                                                  application.state == AppState::kKilled
                                              ? 100
                                              : view.progress_percent)}};
  AddTracking(cluster, view, &json);
  json["diagnostics"] = view.diagnostics;
  json["clusterId"] = submission.id.cluster_timestamp;
  json["applicationType"] = submission.type;
  json["applicationTags"] = TagsOf(submission);
  json["priority"] = submission.priority;
  json["startedTime"] = visible ? submission.submit_wall_ms : 0;
  json["launchTime"] = visible ? application.launch_wall_ms : 0;
  json["finishedTime"] = visible ? application.finish_wall_ms : 0;
  json["elapsedTime"] = visible ? view.elapsed_ms : 0;
  if (visible) AddMaster(view, &json);
  AddUsage(cluster, view, visible, &json);
  if (visible) json["logAggregationStatus"] = std::string(NameOf(view.log_aggregation));
  json["unmanagedApplication"] = submission.unmanaged;
  const auto wanted = [&](const char* field) { return visible && !fields.left_out.contains(field); };
  if (wanted("appNodeLabelExpression")) json["appNodeLabelExpression"] = "";
  if (wanted("amNodeLabelExpression")) json["amNodeLabelExpression"] = "";
  if (view.live && wanted("resourceInfo")) {
    json["resourceInfo"] = UsageByPartitionDto(cluster.config().types, view.usage, view.am_used, Resource());
  }
  // tusk's own: a current sentence for whatever waits.
  if (visible && !view.why_waiting.empty()) json["waitingFor"] = view.why_waiting;
  if (wanted("timeouts")) json["timeouts"] = {{"timeout", Json::array({TimeoutDto(application, now)})}};
  return json;
}

}  // namespace tusk::yarn::rm_rest
