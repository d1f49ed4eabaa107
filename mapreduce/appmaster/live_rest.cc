// The brain's tasks and attempts as a JobRecord, and routes.
#include "mapreduce/appmaster/live_rest.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/config/configuration.h"
#include "base/log/log.h"
#include "base/rest/json.h"
#include "mapreduce/appmaster/job_status.h"
#include "mapreduce/client/console.h"
#include "mapreduce/history/job_rest.h"

namespace tusk::mapreduce {
namespace {

constexpr std::string_view kRoot = "/ws/v1/mapreduce";
constexpr size_t kConnectionsMax = 64;

const char* StateName(JobPhase phase) {
  switch (phase) {
    case JobPhase::kSucceeded: return "SUCCEEDED";
    case JobPhase::kFailed: return "FAILED";
    case JobPhase::kKilled: return "KILLED";
    case JobPhase::kRunning:
    case JobPhase::kCommitting: break;
  }
  return "RUNNING";
}

CountersRecord CountersOf(const Counters& counters) {
  CountersRecord record;
  for (const auto& [key, value] : counters.Values()) {
    if (record.empty() || record.back().name != key.first) {
      record.push_back({key.first, GroupDisplayName(key.first), {}});
    }
    record.back().counters.push_back({key.second, CounterDisplayName(key.first, key.second), value});
  }
  return record;
}

class Recorder {
 public:
  Recorder(const JobRun& run, TimePoint now, int64_t now_wall_ms) : run_(run), now_(now), now_wall_ms_(now_wall_ms) {}

  void Add(TaskKind kind, int number, const JobTask& task, JobRecord* job) const {
    TaskRecord record;
    const std::string first = run_.brain.AttemptId({kind, number, 0});
    record.id = "task" + first.substr(7, first.rfind('_') - 7);
    record.type = kind == TaskKind::kMap ? "MAP" : "REDUCE";
    record.state = task.state == TaskState::kSucceeded ? "SUCCEEDED" : task.state == TaskState::kRunning ? "RUNNING" : "SCHEDULED";
    record.status = "";
    record.start_ms = task.attempts.empty() ? run_.start_wall_ms : WallOf(task.attempts.front().started);
    for (const Attempt& attempt : task.attempts) {
      record.attempts.push_back(RecordOfAttempt(record.type, attempt));
      record.progress_percent = record.attempts.back().progress_percent;
    }
    if (task.state == TaskState::kSucceeded && task.succeeded >= 0) {
      const AttemptRecord& good = record.attempts[static_cast<size_t>(task.succeeded)];
      record.successful_attempt = good.id;
      record.finish_ms = good.finish_ms;
      record.progress_percent = 100;
      record.counters = good.counters;
    } else if (!record.attempts.empty()) {
      record.counters = record.attempts.back().counters;
    }
    const std::string id = record.id;
    job->tasks[id] = std::move(record);
  }

 private:
  int64_t WallOf(TimePoint time) const { return now_wall_ms_ - ToMillis(now_ - time); }

  AttemptRecord RecordOfAttempt(const std::string& type, const Attempt& attempt) const {
    AttemptRecord record;
    record.id = run_.brain.AttemptId(attempt.key);
    record.type = type;
    record.state = NameOf(attempt.state);
    record.host = attempt.node.substr(0, attempt.node.rfind(':'));
    record.rack = "/default-rack";
    record.container = attempt.container;
    record.diagnostics = attempt.diagnostics;
    record.start_ms = WallOf(attempt.started);
    record.progress_percent = attempt.state == AttemptState::kSucceeded ? 100 : 100 * attempt.progress;
    if (attempt.state >= AttemptState::kSucceeded) record.finish_ms = WallOf(attempt.ended);
    const auto counted = run_.counters.find(attempt.key);
    if (counted != run_.counters.end()) record.counters = CountersOf(counted->second);
    return record;
  }

  const JobRun& run_;
  TimePoint now_;
  int64_t now_wall_ms_;
};

}  // namespace

JobRecord RecordOf(const LiveRestFacts& facts, TimePoint now, int64_t now_wall_ms) {
  const JobRun& run = *facts.run;
  JobRecord job;
  job.id = run.brain.plan().job_id;
  job.name = run.name;
  job.user = run.user;
  job.queue = facts.queue();
  job.conf_path = run.staging + "/job.xml";
  job.state = StateName(run.brain.phase());
  job.diagnostics = run.brain.diagnostics();
  job.submit_ms = job.launch_ms = run.start_wall_ms;
  job.finish_ms = run.finish_wall_ms;
  job.maps = static_cast<int64_t>(run.brain.maps().size());
  job.reduces = static_cast<int64_t>(run.brain.reduces().size());
  job.masters.push_back({facts.attempt_id, facts.container_id, facts.host, static_cast<int32_t>(facts.node_port), static_cast<int32_t>(facts.node_http_port),
                         run.start_wall_ms});
  const Recorder recorder(run, now, now_wall_ms);
  for (size_t i = 0; i < run.brain.maps().size(); ++i) recorder.Add(TaskKind::kMap, static_cast<int>(i), run.brain.maps()[i], &job);
  for (size_t i = 0; i < run.brain.reduces().size(); ++i) {
    recorder.Add(TaskKind::kReduce, static_cast<int>(i), run.brain.reduces()[i], &job);
  }
  Counters of_kind[2];
  for (const auto& [key, counters] : run.counters) of_kind[key.kind == TaskKind::kMap ? 0 : 1].Add(counters);
  job.total_counters = CountersOf(run.Totals());
  job.map_counters = CountersOf(of_kind[0]);
  job.reduce_counters = CountersOf(of_kind[1]);
  return job;
}

Result<std::unique_ptr<LiveRest>> LiveRest::Listen(Env env, const std::string& host, LiveRestFacts facts) {
  std::unique_ptr<LiveRest> live(new LiveRest(env, std::move(facts)));
  http::ServerOptions options;
  options.bind = {host, 0};
  options.name = "appmaster";
  options.connections_max = kConnectionsMax;
  ASSIGN_OR_RETURN(live->server_, http::Server::Listen(env, std::move(options)));
  LiveRest* self = live.get();
  self->server_->Handle("GET", std::string(kRoot), [self](http::Exchange& exchange) { return self->Serve(exchange); });
  self->server_->Handle("GET", "/ws/v1/mr", [self](http::Exchange& exchange) { return self->ServeStatus(exchange); });
  self->server_->Handle("GET", "/", [self](http::Exchange& exchange) { return self->Page(exchange); });
  self->server_->Start();
  return live;
}

Task<void> LiveRest::Serve(http::Exchange& exchange) { co_await rest::Send(exchange, Answer(exchange.request())); }

rest::Answer LiveRest::Answer(const http::Request& request) const {
  const std::vector<std::string> parts = rest::PathParts(std::string_view(request.path).substr(kRoot.size()));
  const int64_t wall_ms = env_.clock.WallMillis();
  const JobRun& run = *facts_.run;
  if (parts.empty() || (parts.size() == 1 && parts[0] == "info")) {
    return rest::Ok(request, {{"info",
                               {{"appId", facts_.application},
                                {"name", run.name},
                                {"user", run.user},
                                {"startedOn", run.start_wall_ms},
                                {"elapsedTime", wall_ms - run.start_wall_ms}}}});
  }
  if (parts[0] == "blacklistednodes" && parts.size() == 1) {
    rest::Json nodes = rest::Json::array();
    for (const std::string& node : run.brain.avoided_nodes()) nodes.push_back(node);
    rest::Json info = rest::Json::object();
    if (!nodes.empty()) info["blacklistedNodes"] = std::move(nodes);
    return rest::Ok(request, {{"blacklistednodesinfo", std::move(info)}});
  }
  if (parts[0] != "jobs") return rest::NotFound(request, "null for uri: " + request.target);
  if (parts.size() > 1 && parts[1] != run.brain.plan().job_id) {
    const bool formed = parts[1].starts_with("job_") && std::count(parts[1].begin(), parts[1].end(), '_') == 2;
    return rest::NotFound(request, formed ? "job, " + parts[1] + ", is not found"
                                          : fmt::format("JobId string : {} is not properly formed", parts[1]));
  }
  const JobRecord job = RecordOf(facts_, env_.clock.Now(), wall_ms);
  JobRestView view;
  view.kind = JobRestKind::kLive;
  view.job = &job;
  view.now_wall_ms = wall_ms;
  view.conf = facts_.conf;
  view.conf_path = job.conf_path;
  if (parts.size() == 1) return LiveJobs(request, view);
  return AnswerAboutJob(request, view, {parts.begin() + 2, parts.end()});
}

// Addresses are relative, so it also works behind the resource manager's proxy.
Task<void> LiveRest::ServeStatus(http::Exchange& exchange) {
  const std::string path = exchange.request().path;
  const StatusClock now{env_.clock.Now(), env_.clock.WallMillis()};
  std::string text;
  if (path == "/ws/v1/mr/job") text = JobStatusJson(*facts_.run, now);
  if (path == "/ws/v1/mr/tasks") text = JobTasksJson(*facts_.run, now);
  if (path == "/ws/v1/mr/counters") text = JobCountersJson(*facts_.run);
  const int status = text.empty() ? 404 : 200;
  if (text.empty()) text = "{\"error\":\"no such page\"}\n";
  (void)co_await exchange.Reply(status, "application/json", std::move(text));
}

Task<void> LiveRest::Page(http::Exchange& exchange) {
  const JobRun& run = *facts_.run;
  const std::string& id = run.brain.plan().job_id;
  std::string text = fmt::format(
      "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{0}</title></head><body><h1>{0}</h1><p>{1} of {2}: {3}</p>"
      "<p>maps {4:.0f} %, reduces {5:.0f} %</p><p><a href=\"ws/v1/mapreduce/jobs/{0}\">job</a> <a href=\"ws/v1/mapreduce/jobs/{0}/tasks\">"
      "tasks</a> <a href=\"ws/v1/mapreduce/jobs/{0}/counters\">counters</a></p></body></html>\n",
      id, http::HtmlEscape(run.name), http::HtmlEscape(run.user), StateName(run.brain.phase()), 100 * run.brain.MapProgress(),
      100 * run.brain.ReduceProgress());
  (void)co_await exchange.Reply(200, "text/html;charset=utf-8", std::move(text));
}

}  // namespace tusk::mapreduce
