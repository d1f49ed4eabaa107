// Filters and routes. The store blocks, so each request is answered on the pool, under one lock.
#include "mapreduce/history/history_rest.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/async/blocking_pool.h"
#include "base/rest/json.h"
#include "mapreduce/history/job_rest.h"

namespace tusk::mapreduce {
namespace {

using rest::Json;

constexpr std::string_view kRoot = "/ws/v1/history";

struct JobQuery {
  std::string user, state, queue;
  int64_t limit = INT64_MAX;
  int64_t started_begin = 0, started_end = INT64_MAX, finished_begin = 0, finished_end = INT64_MAX;

  bool Passes(const JobIndex& index) const {
    return (user.empty() || index.user == user) && (state.empty() || index.state == state) &&
           (queue.empty() || index.queue == queue) && index.start_ms >= started_begin && index.start_ms <= started_end &&
           index.finish_ms >= finished_begin && index.finish_ms <= finished_end;
  }
};

Status Number(const http::Query& query, const char* name, int64_t* value) {
  const std::string text = query.Get(name, "");
  if (text.empty()) return Status::Ok();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return {Code::kYarn, fmt::format("Invalid number format: For input string: \"{}\"", text)};
  }
  if (*value < 0) return {Code::kYarn, fmt::format("{} must be greater than 0", name)};
  return Status::Ok();
}

Result<JobQuery> QueryOf(const http::Query& query) {
  JobQuery wanted;
  if (!query.Get("limit", "").empty()) {
    const Result<int64_t> limit = query.GetInt("limit", 0);
    if (!limit.ok()) return Status(Code::kYarn, "limit value must be a number!");
    if (*limit <= 0) return Status(Code::kYarn, "limit value must be greater then 0");
    wanted.limit = *limit;
  }
  RETURN_IF_ERROR(Number(query, "startedTimeBegin", &wanted.started_begin));
  RETURN_IF_ERROR(Number(query, "startedTimeEnd", &wanted.started_end));
  if (wanted.started_begin > wanted.started_end) {
    return Status(Code::kYarn, "startedTimeEnd must be greater than startTimeBegin");
  }
  RETURN_IF_ERROR(Number(query, "finishedTimeBegin", &wanted.finished_begin));
  RETURN_IF_ERROR(Number(query, "finishedTimeEnd", &wanted.finished_end));
  if (wanted.finished_begin > wanted.finished_end) {
    return Status(Code::kYarn, "finishedTimeEnd must be greater than finishedTimeBegin");
  }
  wanted.user = query.Get("user", "");
  wanted.queue = query.Get("queue", "");
  wanted.state = query.Get("state", "");
  static constexpr const char* kStates[] = {"NEW", "INITED", "RUNNING", "SUCCEEDED", "FAILED", "KILLED", "ERROR"};
  if (!wanted.state.empty() && std::none_of(std::begin(kStates), std::end(kStates),
                                            [&](const char* state) { return wanted.state == state; })) {
    return Status(Code::kInvalidArgument, "No enum constant org.apache.hadoop.mapreduce.v2.api.records.JobState." + wanted.state);
  }
  return wanted;
}

Json RowOf(const JobIndex& index) {
  return {{"submitTime", index.submit_ms},
          {"startTime", index.start_ms},
          {"finishTime", index.finish_ms},
          {"id", index.job},
          {"name", index.name},
          {"queue", index.queue},
          {"user", index.user},
          {"state", index.state},
          {"mapsTotal", index.maps},
          {"mapsCompleted", index.maps},
          {"reducesTotal", index.reduces},
          {"reducesCompleted", index.reduces}};
}

rest::Answer Failed(const http::Request& request, const Status& status) {
  return rest::Error(request, 503, status.java_class(), status.message());
}

std::string Whole(std::string_view title, const std::string& body) {
  return fmt::format("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{0}</title></head><body><p><a href=\"/jobhistory\">"
                     "Jobs</a></p><h1>{0}</h1>{1}</body></html>\n",
                     http::HtmlEscape(title), body);
}

}  // namespace

void HistoryRest::Mount(http::Server& server) {
  server.Handle("GET", std::string(kRoot), [this](http::Exchange& exchange) { return Serve(exchange); });
  server.Handle("GET", "/jobhistory", [this](http::Exchange& exchange) { return Page(exchange); });
  server.Handle("GET", "/", [](http::Exchange& exchange) -> Task<void> { (void)co_await exchange.Redirect(302, "/jobhistory"); });
}

Task<void> HistoryRest::Serve(http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  co_await rest::Send(exchange, co_await env_.disk_pool.Run([this, &request] { return Answer(request); }));
}

Task<void> HistoryRest::Page(http::Exchange& exchange) {
  std::vector<std::string> parts = rest::PathParts(exchange.request().path);
  std::string text = co_await env_.disk_pool.Run([this, &parts] { return PageText(parts); });
  const int status = text.empty() ? 404 : 200;
  if (text.empty()) text = Whole("Not found", "");
  (void)co_await exchange.Reply(status, "text/html;charset=utf-8", std::move(text));
}

rest::Answer HistoryRest::Answer(const http::Request& request) {
  const std::vector<std::string> parts = rest::PathParts(std::string_view(request.path).substr(kRoot.size()));
  if (parts.empty() || (parts.size() == 1 && parts[0] == "info")) {
    return rest::Ok(request, {{"historyInfo",
                               {{"startedOn", started_wall_ms_},
                                {"hadoopVersion", "3.4.2"},
                                {"hadoopBuildVersion", "3.4.2 tusk"},
                                {"hadoopVersionBuiltOn", ""}}}});
  }
  if (parts[0] != "mapreduce") return rest::NotFound(request, "null for uri: " + request.target);
  if (parts.size() == 1 || (parts.size() == 2 && parts[1] == "info")) {
    return rest::Ok(request, {{"historyInfo", {{"startedOn", started_wall_ms_}, {"hadoopVersion", "3.4.2"}, {"hadoopBuildVersion", "3.4.2 tusk"}, {"hadoopVersionBuiltOn", ""}}}});
  }
  if (parts[1] != "jobs") return rest::NotFound(request, "null for uri: " + request.target);
  return parts.size() == 2 ? JobList(request) : AboutJob(request, parts);
}

rest::Answer HistoryRest::JobList(const http::Request& request) {
  const auto lock = store_.Lock();
  const Result<JobQuery> query = QueryOf(request.query);
  if (!query.ok() && query.status().code() == Code::kInvalidArgument) {
    return rest::Error(request, 400, "java.lang.IllegalArgumentException", query.status().message());
  }
  if (!query.ok()) return rest::BadRequest(request, query.status().message());
  if (const Status listed = store_.Refresh(); !listed.ok()) return Failed(request, listed);
  Json list = Json::array();
  for (const auto& [key, index] : store_.jobs()) {
    if (static_cast<int64_t>(list.size()) >= query->limit) break;
    if (query->Passes(index)) list.push_back(RowOf(index));
  }
  if (list.empty()) return rest::Ok(request, {{"jobs", Json::object()}});
  return rest::Ok(request, {{"jobs", {{"job", std::move(list)}}}});
}

rest::Answer HistoryRest::AboutJob(const http::Request& request, const std::vector<std::string>& parts) {
  const std::string& job = parts[2];
  if (!job.starts_with("job_") || std::count(job.begin(), job.end(), '_') != 2) {
    return rest::NotFound(request, fmt::format("JobId string : {} is not properly formed", job));
  }
  const auto lock = store_.Lock();
  const auto stored = store_.Load(job);
  if (!stored.ok() && stored.status().code() == Code::kFileNotFound) return rest::NotFound(request, stored.status().message());
  if (!stored.ok()) return Failed(request, stored.status());
  JobRestView view;
  view.job = &(*stored)->record;
  view.now_wall_ms = env_.clock.WallMillis();
  view.web_address = web_address_;
  const std::vector<std::string> below(parts.begin() + 3, parts.end());
  if (!NeedsConf(below)) return AnswerAboutJob(request, view, below);
  const auto conf = store_.LoadConf(job);
  if (!conf.ok()) return Failed(request, conf.status());
  view.conf = &conf->first;
  view.conf_path = conf->second;
  return AnswerAboutJob(request, view, below);
}

// /jobhistory: the jobs; /jobhistory/job/ID: one of them.
std::string HistoryRest::PageText(const std::vector<std::string>& parts) {
  const auto lock = store_.Lock();
  const std::string root = "/ws/v1/history/mapreduce/jobs/";
  if (parts.size() == 1 || (parts.size() == 2 && parts[1] == "app")) {
    std::string rows;
    if (!store_.Refresh().ok()) return Whole("The jobs cannot be read now", "");
    for (auto at = store_.jobs().rbegin(); at != store_.jobs().rend(); ++at) {
      const JobIndex& index = at->second;
      rows += fmt::format("<tr><td><a href=\"/jobhistory/job/{0}\">{0}</a><td>{1}<td>{2}<td>{3}<td>{4}<td>{5}</tr>\n", index.job,
                          http::HtmlEscape(index.name), http::HtmlEscape(index.user), http::HtmlEscape(index.state), index.maps,
                          index.reduces);
    }
    return Whole("Finished jobs", "<table><tr><th>Job<th>Name<th>User<th>State<th>Maps<th>Reduces</tr>\n" + rows + "</table>");
  }
  if (parts.size() < 3 || parts[1] != "job") return "";
  const auto stored = store_.Load(parts[2]);
  if (!stored.ok()) return "";
  const JobRecord& job = (*stored)->record;
  std::string links, tasks;
  for (const char* what : {"counters", "conf", "tasks", "jobattempts"}) {
    links += fmt::format("<a href=\"{0}{1}/{2}\">{2}</a> ", root, job.id, what);
  }
  for (const auto& [id, task] : job.tasks) {
    tasks += fmt::format("<tr><td><a href=\"{0}{1}/tasks/{2}/attempts\">{2}</a><td>{3}<td>{4} ms</tr>\n", root, job.id, id,
                         http::HtmlEscape(task.state), task.finish_ms - task.start_ms);
  }
  return Whole(job.id, fmt::format("<p>{} of {}: {}</p><pre>{}</pre><p>{}</p><table>{}</table>", http::HtmlEscape(job.name),
                                   http::HtmlEscape(job.user), http::HtmlEscape(job.state), http::HtmlEscape(job.diagnostics), links, tasks));
}

}  // namespace tusk::mapreduce
