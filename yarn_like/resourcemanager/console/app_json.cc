// Applications: the list and one in detail.
#include <algorithm>
#include <functional>
#include <map>

#include "yarn_like/resourcemanager/console/cluster_json.h"
#include "yarn_like/resourcemanager/console/list_internal.h"

namespace tusk::yarn {
namespace {

using web::JsonArray;
using web::JsonObject;

constexpr size_t kSummaryMax = 200;
constexpr size_t kReasonsMax = 100;
constexpr size_t kContainersMax = 500;
constexpr size_t kNamesMax = 100;  // of users, types, queues for a filter

std::string_view StateName(const Application& application) { return NameOf(PublicStateOf(application.state)); }

// What a row is compared by: numbers and texts are taken from the brain once per comparison, nothing is copied.
struct Column {
  std::function<double(const Cluster&, const Application&, Now)> number;
  std::function<std::string_view(const Application&)> text;
};

AttemptUsage UsageOf(const Cluster& cluster, const Application& application) {
  const Attempt* attempt = application.current();
  return attempt == nullptr || IsOver(attempt->state) ? AttemptUsage() : cluster.scheduler().UsageOf(attempt->id);
}

int64_t ElapsedMs(const Application& application, Now now) {
  const int64_t end = application.finish_wall_ms > 0 ? application.finish_wall_ms : now.wall_ms;
  return std::max<int64_t>(0, end - application.submission.submit_wall_ms);
}

double Amount(const Cluster& cluster, const Application& application, std::string_view type) {
  const int at = cluster.config().types.Find(type);
  return at < 0 ? 0 : static_cast<double>(UsageOf(cluster, application).used.amounts[static_cast<size_t>(at)]);
}

const std::map<std::string, Column, std::less<>>& Columns() {
  static const std::map<std::string, Column, std::less<>> columns = {
      {"name", {{}, [](const Application& a) -> std::string_view { return a.submission.name; }}},
      {"user", {{}, [](const Application& a) -> std::string_view { return a.submission.user; }}},
      {"type", {{}, [](const Application& a) -> std::string_view { return a.submission.type; }}},
      {"queue", {{}, [](const Application& a) -> std::string_view { return a.submission.queue; }}},
      {"state", {{}, [](const Application& a) { return StateName(a); }}},
      {"progress", {[](const Cluster&, const Application& a, Now) { return a.current() == nullptr ? 0.0 : a.current()->progress; }, {}}},
      {"submittedAt", {[](const Cluster&, const Application& a, Now) { return static_cast<double>(a.submission.submit_wall_ms); }, {}}},
      {"finishedAt", {[](const Cluster&, const Application& a, Now) { return static_cast<double>(a.finish_wall_ms); }, {}}},
      {"elapsedMs", {[](const Cluster&, const Application& a, Now now) { return static_cast<double>(ElapsedMs(a, now)); }, {}}},
      {"memory", {[](const Cluster& c, const Application& a, Now) { return Amount(c, a, kMemoryName); }, {}}},
      {"vcores", {[](const Cluster& c, const Application& a, Now) { return Amount(c, a, kVcoresName); }, {}}},
      {"gpus", {[](const Cluster& c, const Application& a, Now) { return Amount(c, a, kGpuName); }, {}}},
      {"containers", {[](const Cluster& c, const Application& a, Now) { return static_cast<double>(UsageOf(c, a).containers); }, {}}},
      {"priority", {[](const Cluster&, const Application& a, Now) { return static_cast<double>(a.submission.priority); }, {}}},
  };
  return columns;
}

struct Row {
  const Application* application = nullptr;
  double number = 0;
  std::string_view text;
};

Status Sort(const Cluster& cluster, const ListQuery& query, Now now, std::vector<Row>& rows, std::pair<size_t, size_t>* page) {
  std::string_view name = query.sort.empty() ? "-id" : std::string_view(query.sort);
  const bool descending = name.starts_with('-');
  if (descending) name.remove_prefix(1);
  if (name != "id") {
    const auto column = Columns().find(name);
    if (column == Columns().end()) return {Code::kInvalidArgument, "sort: no column " + std::string(name)};
    for (Row& row : rows) {
      if (column->second.number) row.number = column->second.number(cluster, *row.application, now);
      if (column->second.text) row.text = column->second.text(*row.application);
    }
  }
  // Equal ones: the newest first, whichever way.
  *page = SortPage(rows, query.offset, query.limit, [descending, by_id = name == "id"](const Row& a, const Row& b) {
    if (by_id) return descending ? b.application->id() < a.application->id() : a.application->id() < b.application->id();
    if (a.number != b.number) return descending ? a.number > b.number : a.number < b.number;
    if (a.text != b.text) return descending ? a.text > b.text : a.text < b.text;
    return b.application->id() < a.application->id();
  });
  return Status::Ok();
}

Result<std::set<AppState>> StatesOf(const std::string& list) {
  std::set<AppState> states;
  for (const std::string& word : WordsOf(list)) {
    if (word == "active") {
      states.insert({AppState::kNew, AppState::kSubmitted, AppState::kAccepted, AppState::kRunning});
    } else if (word == "over") {
      states.insert({AppState::kFinished, AppState::kFailed, AppState::kKilled});
    } else if (const auto state = AppStateOf(word)) {
      states.insert(*state);
    } else {
      return Status(Code::kInvalidArgument, "state: no application state " + word);
    }
  }
  return states;
}

bool Holds(const Application& application, std::string_view part) {
  const Submission& submission = application.submission;
  if (HoldsNoCase(submission.name, part) || HoldsNoCase(submission.user, part) || HoldsNoCase(submission.type, part)) return true;
  if (std::any_of(submission.tags.begin(), submission.tags.end(), [&](const std::string& tag) { return HoldsNoCase(tag, part); })) {
    return true;
  }
  return application.id().ToString().find(part) != std::string::npos;
}

JsonArray NamesJson(const std::set<std::string_view>& names) {
  JsonArray list;
  for (const std::string_view name : names) list.Add(name);
  return list;
}

std::optional<int64_t> Time(int64_t wall_ms) { return wall_ms > 0 ? std::optional(wall_ms) : std::nullopt; }

JsonObject RowJson(const Cluster& cluster, const Application& application, Now now, size_t diagnostics_max) {
  const Submission& submission = application.submission;
  const ResourceTypes& types = cluster.config().types;
  const Attempt* attempt = application.current();
  const AttemptUsage usage = UsageOf(cluster, application);
  const std::string why = cluster.WhyWaiting(application, now);
  const bool over = IsOver(application.state);
  JsonArray tags;
  for (const std::string& tag : submission.tags) tags.Add(tag);
  JsonObject row;
  row.Set("id", application.id().ToString()).Set("name", submission.name).Set("user", submission.user);
  row.Set("type", submission.type).Set("kind", KindOf(application)).Set("queue", "root." + submission.queue);
  row.Set("state", StateName(application)).Set("finalStatus", NameOf(application.final_status)).Set("priority", submission.priority);
  row.Set("progress", attempt == nullptr ? 0.0 : static_cast<double>(attempt->progress));
  row.Set("submittedAt", submission.submit_wall_ms).Set("launchedAt", Time(application.launch_wall_ms));
  row.Set("finishedAt", Time(application.finish_wall_ms)).Set("elapsedMs", ElapsedMs(application, now));
  row.Set("containers", usage.containers).Set("used", ResourceJson(usage.used, types));
  row.Set("pendingContainers", usage.pending_containers).Set("pending", ResourceJson(usage.pending, types));
  row.Set("why", why.empty() ? std::nullopt : std::optional(why));
  row.Set("diagnostics", std::string_view(application.diagnostics).substr(0, diagnostics_max)).SetJson("tags", tags.Done());
  row.Set("attempt", attempt == nullptr ? 0 : attempt->id.attempt);
  const bool placed = attempt != nullptr && attempt->am_container.id != 0;
  row.Set("masterNode", placed ? std::optional(attempt->am_node.ToString()) : std::nullopt);
  const bool page = attempt != nullptr && !attempt->original_tracking_url.empty() && attempt->original_tracking_url != "N/A";
  row.Set("trackingUrl", page && !over ? std::optional("/proxy/" + application.id().ToString() + "/")
                         : page        ? std::optional(attempt->original_tracking_url)
                                       : std::nullopt);
  return row;
}

std::string AttemptsJson(const Application& application) {
  JsonArray list;
  for (const Attempt& attempt : application.attempts) {
    const bool placed = attempt.am_container.id != 0;
    JsonObject one;
    one.Set("id", attempt.id.ToString()).Set("number", attempt.id.attempt).Set("state", NameOf(attempt.state));
    one.Set("startedAt", attempt.start_wall_ms).Set("finishedAt", Time(attempt.finish_wall_ms));
    one.Set("masterContainer", placed ? std::optional(attempt.am_container.ToString()) : std::nullopt);
    one.Set("node", placed ? std::optional(attempt.am_node.ToString()) : std::nullopt);
    one.Set("progress", static_cast<double>(attempt.progress)).Set("finalStatus", NameOf(attempt.final_status));
    one.Set("exitStatus", attempt.am_exit_status == kExitInvalid ? std::nullopt : std::optional(attempt.am_exit_status));
    one.Set("countsAsFailure", attempt.state == AttemptState::kFailed && attempt.counts).Set("diagnostics", attempt.diagnostics);
    const bool page = !attempt.original_tracking_url.empty() && attempt.original_tracking_url != "N/A";
    one.Set("trackingUrl", page ? std::optional(attempt.original_tracking_url) : std::nullopt);
    list.Add(one);
  }
  return list.Done();
}

std::string_view StateOf(LiveContainer::State state) {
  return state == LiveContainer::State::kRunning ? "RUNNING" : state == LiveContainer::State::kAcquired ? "ACQUIRED" : "ALLOCATED";
}

// Those that live, then the newest that have ended.
std::string ContainersJson(const Cluster& cluster, const Application& application, int64_t* total) {
  const ResourceTypes& types = cluster.config().types;
  JsonArray list;
  size_t shown = 0;
  *total = 0;
  const auto begin = [&](const ContainerId& id, const NodeId& node, const std::string& http, const Resource& resource, int32_t priority) {
    JsonObject one;
    one.Set("id", id.ToString()).Set("attempt", id.attempt.attempt).Set("node", node.ToString()).Set("nodeHttpAddress", http);
    return one.Set("resource", ResourceJson(resource, types)).Set("priority", priority);
  };
  for (const Attempt& attempt : application.attempts) {
    for (const auto& [id, live] : attempt.containers) {
      if (++*total && ++shown > kContainersMax) continue;
      list.Add(begin(id, live.grant.node, live.node_http_address, live.grant.resource, live.grant.priority)
                   .Set("master", live.grant.is_am)
                   .Set("state", StateOf(live.state))
                   .Set("startedAt", live.creation_wall_ms)
                   .SetNull("finishedAt")
                   .SetNull("exitStatus"));
    }
  }
  for (auto attempt = application.attempts.rbegin(); attempt != application.attempts.rend(); ++attempt) {
    for (auto past = attempt->past.rbegin(); past != attempt->past.rend(); ++past) {
      if (++*total && ++shown > kContainersMax) continue;
      list.Add(begin(past->container, past->node, past->node_http_address, past->resource, past->priority)
                   .Set("master", past->container == attempt->am_container)
                   .Set("state", "COMPLETE")
                   .Set("startedAt", past->creation_wall_ms)
                   .Set("finishedAt", Time(past->finish_wall_ms))
                   .Set("exitStatus", past->exit_status));
    }
  }
  return list.Done();
}

std::string ReasonsJson(const Cluster& cluster, const Application& application, Now now) {
  const ResourceTypes& types = cluster.config().types;
  JsonArray list;
  for (const WaitReason& reason : cluster.WhyWaiting(application, now, kReasonsMax)) {
    JsonArray places;
    for (const std::string& place : reason.places) places.Add(place);
    JsonObject one;
    one.Set("count", reason.count).Set("resource", ResourceJson(reason.capability, types)).Set("priority", reason.priority);
    one.Set("master", reason.is_am);
    one.Set("requestId", reason.allocation_request_id < 0 ? std::nullopt : std::optional(reason.allocation_request_id));
    one.SetJson("places", places.Done()).Set("waitingMs", ToMillis(reason.waiting)).Set("cause", NameOf(reason.cause));
    const bool lacks = reason.lacking >= 0 && static_cast<size_t>(reason.lacking) < types.size();
    one.Set("resourceType", lacks ? std::optional(types.name(static_cast<size_t>(reason.lacking))) : std::nullopt);
    list.Add(one.Set("sentence", reason.sentence));
  }
  return list.Done();
}

}  // namespace

std::string LowerCased(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

bool HoldsNoCase(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

std::string_view KindOf(const Application& application) {
  const std::string& type = application.submission.type;
  if (type == "MAPREDUCE") return "mapreduce";
  if (type == "TUSK-ML") return "ml";
  if (type == "TUSK-QUANT") return "quant";
  return "other";
}

Result<std::string> ApplicationListJson(const Cluster& cluster, const ListQuery& query, Now now) {
  ASSIGN_OR_RETURN(const std::set<AppState> states, StatesOf(query.states));
  const std::string part = LowerCased(query.q);
  std::string_view queue = query.queue;
  if (queue.starts_with("root.")) queue.remove_prefix(5);
  std::vector<Row> rows;
  std::map<std::string_view, int64_t> counts;
  std::set<std::string_view> users, types, queues;
  for (const auto& [id, application] : cluster.applications()) {
    const Submission& submission = application.submission;
    if (users.size() < kNamesMax) users.insert(submission.user);
    if (types.size() < kNamesMax) types.insert(submission.type);
    if (queues.size() < kNamesMax) queues.insert(submission.queue);
    if (!query.user.empty() && submission.user != query.user) continue;
    if (!query.type.empty() && submission.type != query.type) continue;
    if (!queue.empty() && submission.queue != queue) continue;
    if (!part.empty() && !Holds(application, part)) continue;
    ++counts[StateName(application)];
    if (states.empty() || states.contains(PublicStateOf(application.state))) rows.push_back({&application, 0, {}});
  }
  std::pair<size_t, size_t> page;
  RETURN_IF_ERROR(Sort(cluster, query, now, rows, &page));
  JsonArray list;
  for (size_t i = page.first; i < page.second; ++i) list.Add(RowJson(cluster, *rows[i].application, now, kSummaryMax));
  JsonObject by_state;
  for (const auto& [state, count] : counts) by_state.Set(state, count);
  JsonArray queue_paths;
  for (const std::string_view name : queues) queue_paths.Add("root." + std::string(name));
  return JsonObject()
      .Set("total", rows.size())
      .Set("all", cluster.applications().size())
      .Set("offset", query.offset)
      .SetJson("apps", list.Done())
      .Set("counts", by_state)
      .SetJson("types", NamesJson(types).Done())
      .SetJson("users", NamesJson(users).Done())
      .SetJson("queues", queue_paths.Done())
      .Done();
}

JsonObject ApplicationRowJson(const Cluster& cluster, const Application& application, Now now) {
  return RowJson(cluster, application, now, kSummaryMax);
}

std::string ApplicationDetailJson(const Cluster& cluster, const Application& application, bool may_kill, Now now) {
  const UsedSeconds seconds = UsedSecondsOf(application, now);
  int64_t containers = 0;
  JsonObject detail = RowJson(cluster, application, now, kDiagnosticsBytesMax);
  detail.SetJson("attempts", AttemptsJson(application)).SetJson("containerList", ContainersJson(cluster, application, &containers));
  detail.Set("containersTotal", containers).SetJson("whyPending", ReasonsJson(cluster, application, now));
  detail.Set("memoryByteSeconds", seconds.memory_mb << 20).Set("vcoreSeconds", seconds.vcores);
  detail.Set("logAggregation", NameOf(LogAggregationOf(cluster, application))).Set("expiresAt", Time(application.ExpiryWallMs()));
  detail.Set("mayKill", may_kill && !IsOver(application.state) && application.state != AppState::kFinishing);
  return detail.Set("viewAcl", application.submission.view_acl).Set("modifyAcl", application.submission.modify_acl).Done();
}

}  // namespace tusk::yarn
