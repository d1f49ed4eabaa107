// The cluster in numbers, its health in a sentence, and its queue.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "yarn_like/resourcemanager/console/cluster_json.h"

namespace tusk::yarn {
namespace {

using web::JsonArray;
using web::JsonObject;

constexpr size_t kUsersMax = 100;

struct Alert {
  std::string severity;  // "warning", "critical"
  std::string code;
  std::string message;
};

std::string FirstNodeIn(const Cluster& cluster, NodeState state) {
  for (const auto& [id, node] : cluster.nodes().all()) {
    if (node.state != state) continue;
    return node.health_report.empty() || state != NodeState::kUnhealthy
               ? id.ToString()
               : fmt::format("{}: {}", id.ToString(), node.health_report.substr(0, 200));
  }
  return "";
}

std::vector<Alert> AlertsOf(const Cluster& cluster, const ClusterTotals& totals, Now now) {
  const NodeTable& nodes = cluster.nodes();
  const int64_t running = nodes.Count(NodeState::kRunning), unhealthy = nodes.Count(NodeState::kUnhealthy);
  const int64_t lost = nodes.Count(NodeState::kLost);
  std::vector<Alert> alerts;
  if (running == 0) alerts.push_back({"critical", "noNodes", "No node manager is running: nothing can be started."});
  if (unhealthy > 0) {
    alerts.push_back({"warning", "nodesUnhealthy",
                      fmt::format("{} node(s) unhealthy, the first: {}.", unhealthy, FirstNodeIn(cluster, NodeState::kUnhealthy))});
  }
  if (lost > 0) {
    alerts.push_back({"warning", "nodesLost",
                      fmt::format("{} node(s) lost, the first: {}.", lost, FirstNodeIn(cluster, NodeState::kLost))});
  }
  if (totals.pending_containers > 0 && totals.pending > 0 && running > 0) {
    constexpr int64_t kLongMs = 60'000;
    for (const auto& [id, application] : cluster.applications()) {
      if (application.state != AppState::kAccepted || now.wall_ms - application.submission.submit_wall_ms < kLongMs) continue;
      const std::string why = cluster.WhyWaiting(application, now);
      if (why.empty()) continue;
      alerts.push_back({"warning", "applicationsWait", fmt::format("{} has waited for more than a minute: {}", id.ToString(), why)});
      break;
    }
  }
  return alerts;
}

std::string HealthJson(const Cluster& cluster, const std::vector<Alert>& alerts, const ClusterTotals& totals) {
  const bool critical = std::any_of(alerts.begin(), alerts.end(), [](const Alert& a) { return a.severity == "critical"; });
  JsonArray causes;
  for (const Alert& alert : alerts) causes.Add(alert.message);
  const std::string sentence =
      !alerts.empty() ? alerts.front().message
                      : fmt::format("{} node(s) up, {} application(s) running, {:.0f}% of the cluster in use.",
                                    cluster.nodes().Count(NodeState::kRunning), totals.running, totals.used_percent);
  JsonObject health;
  health.Set("state", critical ? "critical" : alerts.empty() ? "healthy" : "degraded").Set("sentence", sentence);
  return health.SetJson("causes", causes.Done()).Done();
}

std::string NodeCountsJson(const NodeTable& nodes) {
  JsonObject counts;
  counts.Set("running", nodes.Count(NodeState::kRunning)).Set("unhealthy", nodes.Count(NodeState::kUnhealthy));
  counts.Set("decommissioning", nodes.Count(NodeState::kDecommissioning));
  counts.Set("decommissioned", nodes.Count(NodeState::kDecommissioned)).Set("lost", nodes.Count(NodeState::kLost));
  return counts.Set("rebooted", nodes.Count(NodeState::kRebooted)).Set("shutdown", nodes.Count(NodeState::kShutdown)).Done();
}

struct UserSum {
  Resource used, pending;
  int64_t apps = 0;
};

std::string UsersJson(const Cluster& cluster) {
  std::map<std::string_view, UserSum> sums;
  for (const auto& [id, application] : cluster.applications()) {
    const Attempt* attempt = application.current();
    if (IsOver(application.state) || attempt == nullptr) continue;
    UserSum& sum = sums[application.submission.user];
    const AttemptUsage usage = cluster.scheduler().UsageOf(attempt->id);
    sum.used += usage.used;
    sum.pending += usage.pending;
    ++sum.apps;
  }
  std::vector<std::pair<std::string_view, UserSum>> users(sums.begin(), sums.end());
  const Resource& total = cluster.scheduler().total();
  std::sort(users.begin(), users.end(), [&](const auto& a, const auto& b) {
    const double share_a = DominantShare(a.second.used, total), share_b = DominantShare(b.second.used, total);
    return share_a != share_b ? share_a > share_b : a.first < b.first;
  });
  JsonArray list;
  for (size_t i = 0; i < std::min(users.size(), kUsersMax); ++i) {
    const auto& [user, sum] = users[i];
    list.Add(JsonObject()
                 .Set("user", user)
                 .Set("used", ResourceJson(sum.used, cluster.config().types))
                 .Set("pending", ResourceJson(sum.pending, cluster.config().types))
                 .Set("apps", sum.apps));
  }
  return list.Done();
}

}  // namespace

std::string OverviewJson(const Cluster& cluster, const ClusterFacts& facts, Now now) {
  const ClusterTotals totals = TotalsOf(cluster);
  const ResourceTypes& types = cluster.config().types;
  const std::vector<Alert> alerts = AlertsOf(cluster, totals, now);
  JsonArray alert_list, type_list;
  for (const Alert& alert : alerts) {
    alert_list.Add(JsonObject().Set("severity", alert.severity).Set("code", alert.code).Set("message", alert.message));
  }
  for (size_t i = 0; i < types.size(); ++i) type_list.Add(JsonObject().Set("name", types.name(i)).Set("unit", types.unit(i)));
  JsonObject resources, apps;
  resources.Set("total", ResourceJson(totals.total, types)).Set("used", ResourceJson(totals.used, types));
  resources.Set("pending", ResourceJson(totals.pending_resource, types));
  apps.Set("submitted", totals.submitted).Set("pending", totals.pending).Set("running", totals.running);
  apps.Set("finished", totals.completed).Set("failed", totals.failed).Set("killed", totals.killed);
  return JsonObject()
      .SetJson("health", HealthJson(cluster, alerts, totals))
      .SetJson("alerts", alert_list.Done())
      .Set("resources", resources)
      .SetJson("nodes", NodeCountsJson(cluster.nodes()))
      .Set("apps", apps)
      .Set("containers", JsonObject().Set("running", totals.containers).Set("pending", totals.pending_containers))
      .SetJson("resourceTypes", type_list.Done())
      .Set("clusterId", facts.cluster_id)
      .Set("version", facts.version)
      .Set("startedAt", cluster.config().start_wall_ms)
      .Set("now", now.wall_ms)
      .Done();
}

// One queue that has all there is, and root above it: first in, first out.
std::string QueuesJson(const Cluster& cluster, const ClusterFacts& facts, Now /*now*/) {
  const ClusterTotals totals = TotalsOf(cluster);
  const ResourceTypes& types = cluster.config().types;
  Resource am_used, am_limit;
  for (const auto& [id, application] : cluster.applications()) {
    const Attempt* attempt = application.current();
    if (attempt == nullptr || IsOver(attempt->state)) continue;
    const auto own = attempt->containers.find(attempt->am_container);
    if (own != attempt->containers.end()) am_used += own->second.grant.resource;
  }
  for (size_t i = 0; i < kResourceTypesMax; ++i) {
    am_limit.amounts[i] = static_cast<int64_t>(cluster.scheduler().config().am_share_max * static_cast<double>(totals.total.amounts[i]));
  }
  const std::string users = UsersJson(cluster);
  JsonArray list;
  for (const bool root : {true, false}) {
    JsonObject queue;
    queue.Set("path", root ? "root" : "root.default").Set("name", root ? "root" : "default");
    queue.Set("parent", root ? std::nullopt : std::optional<std::string>("root"));
    queue.SetJson("children", root ? R"(["root.default"])" : "[]").Set("state", "RUNNING");
    queue.Set("guaranteed", ResourceJson(totals.total, types)).Set("maximum", ResourceJson(totals.total, types));
    queue.Set("used", ResourceJson(totals.used, types)).Set("pending", ResourceJson(totals.pending_resource, types));
    queue.Set("masterUsed", ResourceJson(am_used, types)).Set("masterLimit", ResourceJson(am_limit, types));
    queue.Set("guaranteedShare", 1.0).Set("maximumShare", 1.0).Set("usedShare", totals.used_percent / 100);
    queue.Set("appsRunning", totals.running).Set("appsPending", totals.pending).Set("appsMax", cluster.config().applications_max);
    queue.Set("containersRunning", totals.containers).Set("containersPending", totals.pending_containers);
    list.Add(queue.SetJson("users", users).Set("submitAcl", facts.submit_acl).Set("adminAcl", facts.admin_acl));
  }
  return JsonObject().Set("scheduler", "fifo").SetJson("queues", list.Done()).Done();
}

}  // namespace tusk::yarn
