// Asking masters, and shaping what they say.
#include "yarn_like/resourcemanager/console/master_pages.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/async/event_loop.h"
#include "yarn_like/resourcemanager/console/list_internal.h"
#include "yarn_like/resourcemanager/web/app_proxy.h"

namespace tusk::yarn {
namespace {

using Json = nlohmann::json;

constexpr auto kPatience = std::chrono::seconds(10);
constexpr size_t kAnswerMax = 64 << 20;
constexpr size_t kSpansMax = 5000;

std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string TextOf(const Json& object, const char* name) {
  const auto at = object.find(name);
  return at != object.end() && at->is_string() ? at->get<std::string>() : "";
}
int64_t NumberOf(const Json& object, const char* name) {
  const auto at = object.find(name);
  if (at == object.end() || !at->is_number()) return 0;
  return at->is_number_float() ? static_cast<int64_t>(at->get<double>()) : at->get<int64_t>();
}
double RealOf(const Json& object, const char* name) {
  const auto at = object.find(name);
  return at != object.end() && at->is_number() ? at->get<double>() : 0;
}
const Json& ListOf(const Json& object, const char* name) {
  static const Json empty = Json::array();
  const auto at = object.find(name);
  return at != object.end() && at->is_array() ? *at : empty;
}
Json Or(const Json& object, const char* name, Json otherwise = {}) {
  const auto at = object.find(name);
  return at == object.end() ? std::move(otherwise) : *at;
}

Result<Json> ParseObject(const std::string& text) {
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return Status(Code::kCorruption, "the application's master answered no JSON object");
  return json;
}

int64_t ElapsedMs(const Json& task, int64_t wall_ms) {
  const int64_t started = NumberOf(task, "startedAt"), finished = NumberOf(task, "finishedAt");
  return started == 0 ? 0 : std::max<int64_t>(0, (finished > 0 ? finished : wall_ms) - started);
}

bool Holds(const Json& task, const std::string& part) {
  if (HoldsNoCase(TextOf(task, "id"), part)) return true;
  const Json& attempts = ListOf(task, "attempts");
  return std::any_of(attempts.begin(), attempts.end(), [&](const Json& attempt) {
    return attempt.is_object() && HoldsNoCase(TextOf(attempt, "node"), part);
  });
}

struct Row {
  const Json* task = nullptr;
  double number = 0;
  std::string text;
};

Status Fill(std::string_view column, int64_t wall_ms, Row* row) {
  const Json& task = *row->task;
  if (column == "state") row->text = TextOf(task, "state");
  else if (column == "progress") row->number = RealOf(task, "progress");
  else if (column == "startedAt") row->number = RealOf(task, "startedAt");
  else if (column == "finishedAt") row->number = RealOf(task, "finishedAt");
  else if (column == "elapsedMs") row->number = static_cast<double>(ElapsedMs(task, wall_ms));
  else if (column == "failures") row->number = RealOf(task, "failures");
  else if (column != "index") return {Code::kInvalidArgument, "sort: no column " + std::string(column)};
  return Status::Ok();
}

Json AttemptJson(const Json& attempt) {
  return {{"id", TextOf(attempt, "id")},
          {"number", NumberOf(attempt, "number")},
          {"state", TextOf(attempt, "state")},
          {"progress", RealOf(attempt, "progress")},
          {"container", Or(attempt, "container")},
          {"node", Or(attempt, "node")},
          {"startedAt", NumberOf(attempt, "startedAt")},
          {"shuffledAt", Or(attempt, "shuffledAt")},
          {"sortedAt", Or(attempt, "sortedAt")},
          {"finishedAt", Or(attempt, "finishedAt")},
          {"diagnostics", TextOf(attempt, "diagnostics")}};
}

Json TaskJson(const Json& task, int64_t wall_ms) {
  Json attempts = Json::array();
  for (const Json& attempt : ListOf(task, "attempts")) {
    if (attempt.is_object()) attempts.push_back(AttemptJson(attempt));
  }
  return {{"id", TextOf(task, "id")},
          {"type", TextOf(task, "type")},
          {"index", NumberOf(task, "index")},
          {"state", TextOf(task, "state")},
          {"progress", RealOf(task, "progress")},
          {"startedAt", Or(task, "startedAt")},
          {"finishedAt", Or(task, "finishedAt")},
          {"elapsedMs", ElapsedMs(task, wall_ms)},
          {"failures", NumberOf(task, "failures")},
          {"attempts", std::move(attempts)}};
}

Json NoLive(std::string_view kind, const std::string& message, int64_t wall_ms) {
  return {{"kind", kind}, {"source", "none"}, {"message", message}, {"mapreduce", nullptr},
          {"ml", nullptr}, {"quant", nullptr}, {"now", wall_ms}};
}

Json MapReduceJson(const Json& job) {
  Json live;
  for (const char* text : {"jobId", "name", "user", "state", "diagnostics"}) live[text] = TextOf(job, text);
  for (const char* number : {"startedAt", "failedAttempts", "killedAttempts", "launchedMaps", "dataLocalMaps", "launchedReduces"}) {
    live[number] = NumberOf(job, number);
  }
  live["finishedAt"] = Or(job, "finishedAt");
  live["avoidedNodes"] = ListOf(job, "avoidedNodes");
  live["phases"] = ListOf(job, "phases");
  return live;
}

}  // namespace

Result<std::string> TaskPageJson(const std::string& tasks, const std::string& source, const ListQuery& query, const std::string& type,
                                 int64_t wall_ms) {
  std::string_view column = query.sort.empty() ? "index" : std::string_view(query.sort);
  const bool descending = column.starts_with('-');
  if (descending) column.remove_prefix(1);
  Json nothing = Json::object();
  Row probe{&nothing, 0, ""};
  RETURN_IF_ERROR(Fill(column, wall_ms, &probe));
  Json parsed = Json::object();
  if (!tasks.empty()) {
    ASSIGN_OR_RETURN(parsed, ParseObject(tasks));
  }
  const std::string part = LowerCased(query.q);
  std::vector<Row> rows;
  std::map<std::string, int64_t> counts;
  for (const Json& task : ListOf(parsed, "tasks")) {
    if (!task.is_object() || (!type.empty() && TextOf(task, "type") != type)) continue;
    if (!part.empty() && !Holds(task, part)) continue;
    const std::string state = TextOf(task, "state");
    ++counts[state];
    if (!query.states.empty() && state != query.states) continue;
    RETURN_IF_ERROR(Fill(column, wall_ms, &rows.emplace_back(Row{&task, 0, ""})));
  }
  // Equal ones in the master's order: maps, then reduces, by number.
  const auto [begin, end] = SortPage(rows, query.offset, query.limit, [descending](const Row& a, const Row& b) {
    if (a.number != b.number) return descending ? a.number > b.number : a.number < b.number;
    if (a.text != b.text) return descending ? a.text > b.text : a.text < b.text;
    return descending ? a.task > b.task : a.task < b.task;
  });
  Json page = Json::array();
  for (size_t i = begin; i < end; ++i) page.push_back(TaskJson(*rows[i].task, wall_ms));
  return Dump({{"total", rows.size()}, {"offset", query.offset}, {"source", source}, {"counts", counts}, {"tasks", std::move(page)}});
}

Result<std::string> TimelineJson(const std::string& tasks, const std::string& job, const std::string& source, int64_t wall_ms) {
  Json parsed = Json::object(), about = Json::object();
  if (!tasks.empty()) {
    ASSIGN_OR_RETURN(parsed, ParseObject(tasks));
  }
  if (!job.empty()) {
    ASSIGN_OR_RETURN(about, ParseObject(job));
  }
  std::vector<Json> spans;
  for (const Json& task : ListOf(parsed, "tasks")) {
    if (!task.is_object()) continue;
    for (const Json& attempt : ListOf(task, "attempts")) {
      if (!attempt.is_object()) continue;
      spans.push_back({{"attempt", TextOf(attempt, "id")},
                       {"type", TextOf(task, "type")},
                       {"task", NumberOf(task, "index")},
                       {"number", NumberOf(attempt, "number")},
                       {"state", TextOf(attempt, "state")},
                       {"node", Or(attempt, "node")},
                       {"start", NumberOf(attempt, "startedAt")},
                       {"end", Or(attempt, "finishedAt")},
                       {"shuffledAt", Or(attempt, "shuffledAt")},
                       {"sortedAt", Or(attempt, "sortedAt")}});
    }
  }
  const size_t total = spans.size();
  const auto length = [&](const Json& span) {
    const int64_t end = NumberOf(span, "end");
    return (end > 0 ? end : wall_ms) - NumberOf(span, "start");
  };
  if (total > kSpansMax) {
    std::nth_element(spans.begin(), spans.begin() + kSpansMax, spans.end(), [&](const Json& a, const Json& b) { return length(a) > length(b); });
    spans.resize(kSpansMax);
  }
  std::sort(spans.begin(), spans.end(), [](const Json& a, const Json& b) {
    const int64_t start_a = NumberOf(a, "start"), start_b = NumberOf(b, "start");
    return start_a != start_b ? start_a < start_b : a["attempt"] < b["attempt"];
  });
  return Dump({{"source", source},
               {"start", Or(about, "startedAt")},
               {"end", Or(about, "finishedAt")},
               {"now", wall_ms},
               {"total", total},
               {"spans", std::move(spans)}});
}

MasterPages::MasterPages(Env env, const Cluster& cluster, FinishedJobs* finished)
    : env_(env), cluster_(cluster), finished_(finished), client_(http::Client::Make(env)) {}

Task<Result<std::string>> MasterPages::Fetch(std::string tracking_url, std::string target) {
  CO_ASSIGN_OR_RETURN(http::Url url, PageBehindProxy(tracking_url, "/proxy/x/" + target));
  http::ClientRequest request;
  request.server = url.host;
  request.target = url.target;
  CO_ASSIGN_OR_RETURN(http::Response response, co_await client_->Fetch(std::move(request), "", env_.loop.In(kPatience), kAnswerMax));
  if (response.head.status != 200) {
    co_return Status(Code::kFileNotFound, "the application's master answered " + std::to_string(response.head.status));
  }
  co_return std::move(response.body);
}

Task<MasterPages::Text> MasterPages::Ask(ApplicationId id, std::string part, std::string query) {
  const Application* application = cluster_.Find(id);
  Text text{"", "none", "This application is not known."};
  if (application == nullptr) co_return text;
  const std::string_view kind = KindOf(*application);
  const std::string folder = kind == "mapreduce" ? "ws/v1/mr/" : kind == "ml" ? "ws/v1/ml/" : kind == "quant" ? "ws/v1/quant/" : "";
  if (folder.empty()) {
    text.message = "Its master has no status that this page knows.";
    co_return text;
  }
  const Attempt* attempt = application->current();
  const std::string tracking = attempt == nullptr ? "" : attempt->original_tracking_url;
  FinishedJob job{id.ToString(), application->submission.user, std::string(kind), application->finish_wall_ms};
  const bool running = application->state == AppState::kRunning || application->state == AppState::kFinishing;
  if (running && !tracking.empty() && tracking != "N/A") {
    auto fetched = co_await Fetch(tracking, folder + part + query);
    // A master that ends has handed its tracking URL over to a page for people; what is kept is there by then.
    if (fetched.ok() && fetched->starts_with('{')) {
      text = {std::move(*fetched), "master", ""};
      co_return text;
    }
    text.message = "The application's master does not answer: " + (fetched.ok() ? "it ends" : std::string(fetched.status().message()));
  } else if (!running && job.finish_wall_ms == 0) {
    text.message = "The application's master does not run yet.";
    co_return text;
  }
  if (finished_ == nullptr) {
    if (text.message.empty() || !running) text.message = "Nothing was kept of it.";
    co_return text;
  }
  auto kept = co_await finished_->Part(std::move(job), part);
  if (kept.ok()) {
    text = {std::move(*kept), kind == "mapreduce" ? "history" : "kept", ""};
  } else if (!running) {
    text.message = "Nothing was kept of it: " + std::string(kept.status().message());
  }
  co_return text;
}

Task<Result<std::string>> MasterPages::Live(ApplicationId id, int64_t after, int64_t from) {
  const Application* application = cluster_.Find(id);
  if (application == nullptr) co_return Status(Code::kApplicationNotFound, "there is no application " + id.ToString());
  const std::string kind(KindOf(*application));
  const Text job = co_await Ask(id, "job", "");
  const int64_t wall_ms = env_.clock.WallMillis();
  if (job.json.empty()) co_return Dump(NoLive(kind, job.message, wall_ms));
  CO_ASSIGN_OR_RETURN(Json parsed, ParseObject(job.json));
  Json live = NoLive(kind, "", wall_ms);
  live["source"] = job.source;
  live["message"] = nullptr;
  if (kind == "mapreduce") {
    live["mapreduce"] = MapReduceJson(parsed);
    co_return Dump(live);
  }
  const Text events = co_await Ask(id, "events", "?from=" + std::to_string(from));
  Json event_list = Json::parse(events.json, nullptr, false);
  if (!event_list.is_object()) event_list = {{"events", Json::array()}, {"next", 0}};
  if (kind == "quant") {
    parsed["events"] = std::move(event_list);
    live["quant"] = std::move(parsed);
    co_return Dump(live);
  }
  const Text steps = co_await Ask(id, "steps", "?after=" + std::to_string(after));
  Json step_list = Json::parse(steps.json, nullptr, false);
  if (!step_list.is_object()) step_list = {{"stride", 1}, {"steps", Json::array()}};
  live["ml"] = {{"job", Or(parsed, "job", Json::object())}, {"steps", std::move(step_list)}, {"events", std::move(event_list)}};
  co_return Dump(live);
}

Task<Result<std::string>> MasterPages::Tasks(ApplicationId id, ListQuery query, std::string type) {
  const Text tasks = co_await Ask(id, "tasks", "");
  co_return TaskPageJson(tasks.json, tasks.source, query, type, env_.clock.WallMillis());
}

Task<Result<std::string>> MasterPages::Counters(ApplicationId id) {
  const Text counters = co_await Ask(id, "counters", "");
  Json groups = Json::array();
  if (!counters.json.empty()) {
    CO_ASSIGN_OR_RETURN(Json parsed, ParseObject(counters.json));
    groups = ListOf(parsed, "groups");
  }
  co_return Dump({{"source", counters.source}, {"groups", std::move(groups)}});
}

Task<Result<std::string>> MasterPages::Timeline(ApplicationId id) {
  const Text tasks = co_await Ask(id, "tasks", "");
  const Text job = co_await Ask(id, "job", "");
  co_return TimelineJson(tasks.json, job.json, tasks.source, env_.clock.WallMillis());
}

Task<Result<std::string>> MasterPages::ContainerOfAttempt(ApplicationId id, std::string wanted) {
  const Text tasks = co_await Ask(id, "tasks", "");
  if (tasks.source != "master") co_return Status(Code::kIllegalState, "the application's master does not run");
  CO_ASSIGN_OR_RETURN(Json parsed, ParseObject(tasks.json));
  for (const Json& task : ListOf(parsed, "tasks")) {
    if (!task.is_object()) continue;
    for (const Json& attempt : ListOf(task, "attempts")) {
      if (!attempt.is_object() || TextOf(attempt, "id") != wanted) continue;
      const std::string state = TextOf(attempt, "state");
      if (state != "STARTING" && state != "RUNNING") co_return Status(Code::kIllegalState, wanted + " is over: " + state);
      co_return TextOf(attempt, "container");
    }
  }
  co_return Status(Code::kFileNotFound, "there is no attempt " + wanted);
}

}  // namespace tusk::yarn
