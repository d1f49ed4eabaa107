// Node managers: the list and one in detail.
#include <algorithm>
#include <map>

#include "yarn_like/resourcemanager/console/cluster_json.h"
#include "yarn_like/resourcemanager/console/list_internal.h"

namespace tusk::yarn {
namespace {

using web::JsonArray;
using web::JsonObject;

constexpr size_t kContainersMax = 1000;

struct Row {
  const NodeRecord* node = nullptr;
  double number = 0;
  std::string_view text;
};

int64_t HeardMsAgo(const NodeRecord& node, Now now) { return std::max<int64_t>(0, ToMillis(now.time - node.last_contact)); }

double Share(const Cluster& cluster, const NodeRecord& node, std::string_view type) {
  const int at = cluster.config().types.Find(type);
  const SchedulerNode* scheduled = cluster.scheduler().FindNode(node.id);
  if (at < 0 || scheduled == nullptr || scheduled->total.amounts[static_cast<size_t>(at)] == 0) return 0;
  return static_cast<double>(scheduled->used.amounts[static_cast<size_t>(at)]) /
         static_cast<double>(scheduled->total.amounts[static_cast<size_t>(at)]);
}

Status Fill(const Cluster& cluster, std::string_view column, Now now, Row* row) {
  const NodeRecord& node = *row->node;
  const SchedulerNode* scheduled = cluster.scheduler().FindNode(node.id);
  if (column == "rack") row->text = node.rack;
  else if (column == "state") row->text = NameOf(node.state);
  else if (column == "memory") row->number = Share(cluster, node, kMemoryName);
  else if (column == "vcores") row->number = Share(cluster, node, kVcoresName);
  else if (column == "gpus") row->number = Share(cluster, node, kGpuName);
  else if (column == "containers") row->number = scheduled == nullptr ? 0 : static_cast<double>(scheduled->containers.size());
  else if (column == "heardMsAgo") row->number = static_cast<double>(HeardMsAgo(node, now));
  else if (column != "id") return {Code::kInvalidArgument, "sort: no column " + std::string(column)};
  return Status::Ok();
}

}  // namespace

JsonObject ResourceJson(const Resource& resource, const ResourceTypes& types) {
  const int gpu = types.Find(kGpuName);
  JsonObject other;
  for (size_t i = 2; i < types.size(); ++i) {
    if (static_cast<int>(i) != gpu) other.Set(types.name(i), resource.amounts[i]);
  }
  JsonObject json;
  json.Set("memory", resource.memory_mb() << 20).Set("vcores", resource.vcores());
  return json.Set("gpus", gpu < 0 ? 0 : resource.amounts[static_cast<size_t>(gpu)]).Set("other", other);
}

JsonObject NodeRowJson(const Cluster& cluster, const NodeRecord& node, Now now) {
  const ResourceTypes& types = cluster.config().types;
  const NodeView view = ViewOf(cluster, node);
  const double cores = std::max<double>(1, static_cast<double>(node.total.vcores()));
  JsonObject measured;
  measured.Set("memory", node.containers_utilization.physical_mb << 20);
  measured.Set("virtualMemory", node.containers_utilization.virtual_mb << 20);
  measured.Set("cpuShare", static_cast<double>(node.containers_utilization.cpu) / cores);
  measured.Set("nodeMemory", node.node_utilization.physical_mb << 20);
  measured.Set("nodeCpuShare", static_cast<double>(node.node_utilization.cpu) / cores);
  JsonObject row;
  row.Set("id", node.id.ToString()).Set("host", node.id.host).Set("rack", node.rack).Set("state", NameOf(node.state));
  row.Set("httpAddress", node.http_address()).Set("version", node.version);
  row.Set("total", ResourceJson(node.total, types)).Set("used", ResourceJson(view.used, types)).Set("containers", view.containers);
  row.Set("measured", measured).Set("heardMsAgo", HeardMsAgo(node, now));
  row.Set("healthReport", node.state == NodeState::kUnhealthy ? std::string_view(node.health_report) : std::string_view());
  const bool leaves = node.state == NodeState::kDecommissioning && node.leaves_by != kNever;
  return row.Set("leavesInMs", leaves ? std::optional(std::max<int64_t>(0, ToMillis(node.leaves_by - now.time))) : std::nullopt);
}

Result<std::string> NodeListJson(const Cluster& cluster, const ListQuery& query, Now now) {
  std::set<NodeState> states;
  for (const std::string& word : WordsOf(query.states)) {
    const auto state = NodeStateOf(word);
    if (!state) return Status(Code::kInvalidArgument, "state: no node state " + word);
    states.insert(*state);
  }
  const std::string part = LowerCased(query.q);
  std::string_view column = query.sort.empty() ? "id" : std::string_view(query.sort);
  const bool descending = column.starts_with('-');
  if (descending) column.remove_prefix(1);
  std::vector<Row> rows;
  std::map<std::string_view, int64_t> counts;
  for (const auto& [id, node] : cluster.nodes().all()) {
    if (!part.empty() && !HoldsNoCase(id.ToString(), part) && !HoldsNoCase(node.rack, part) && !HoldsNoCase(node.health_report, part)) {
      continue;
    }
    ++counts[NameOf(node.state)];
    if (!states.empty() && !states.contains(node.state)) continue;
    RETURN_IF_ERROR(Fill(cluster, column, now, &rows.emplace_back(Row{&node, 0, {}})));
  }
  if (cluster.nodes().all().empty()) {
    Row none;
    const NodeRecord nobody;
    none.node = &nobody;
    RETURN_IF_ERROR(Fill(cluster, column, now, &none));
  }
  const auto [begin, end] = SortPage(rows, query.offset, query.limit, [&](const Row& a, const Row& b) {
    if (a.number != b.number) return descending ? a.number > b.number : a.number < b.number;
    if (a.text != b.text) return descending ? a.text > b.text : a.text < b.text;
    return column == "id" && descending ? b.node->id < a.node->id : a.node->id < b.node->id;
  });
  JsonArray list;
  for (size_t i = begin; i < end; ++i) list.Add(NodeRowJson(cluster, *rows[i].node, now));
  JsonObject by_state;
  for (const auto& [state, count] : counts) by_state.Set(state, count);
  return JsonObject().Set("total", rows.size()).Set("offset", query.offset).Set("counts", by_state).SetJson("nodes", list.Done()).Done();
}

std::string NodeDetailJson(const Cluster& cluster, const NodeRecord& node, Now now) {
  const ResourceTypes& types = cluster.config().types;
  JsonObject detail = NodeRowJson(cluster, node, now);
  JsonArray list;
  const SchedulerNode* scheduled = cluster.scheduler().FindNode(node.id);
  size_t shown = 0;
  if (scheduled != nullptr) {
    for (const ContainerId& id : scheduled->containers) {
      const SchedulerContainer* container = cluster.scheduler().FindContainer(id);
      const Application* application = cluster.Find(id.attempt.application);
      if (container == nullptr || application == nullptr || ++shown > kContainersMax) continue;
      const LiveContainer* live = nullptr;
      for (const Attempt& attempt : application->attempts) {
        if (const auto at = attempt.containers.find(id); at != attempt.containers.end()) live = &at->second;
      }
      const bool runs = live != nullptr && live->state == LiveContainer::State::kRunning;
      const bool acquired = live != nullptr && live->state == LiveContainer::State::kAcquired;
      JsonObject one;
      one.Set("id", id.ToString()).Set("application", application->id().ToString()).Set("user", application->submission.user);
      one.Set("appName", application->submission.name).Set("resource", ResourceJson(container->resource, types));
      one.Set("master", container->is_am).Set("state", runs ? "RUNNING" : acquired ? "ACQUIRED" : "ALLOCATED");
      list.Add(one.Set("startedAt", live == nullptr ? 0 : live->creation_wall_ms));
    }
  }
  detail.SetJson("containerList", list.Done());
  const bool reserved = scheduled != nullptr && scheduled->reserved_for.attempt != 0;
  return detail.Set("reservedFor", reserved ? std::optional(scheduled->reserved_for.application.ToString()) : std::nullopt).Done();
}

}  // namespace tusk::yarn
