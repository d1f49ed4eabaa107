// Field by field after a Hadoop 3.4.2 (tests/golden/rest).
#include "mapreduce/history/job_rest.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/rest/json.h"

namespace tusk::mapreduce {
namespace {

using rest::Answer;
using rest::Json;

// How many attempts and tasks there are of a kind, by state, and how long they took.
struct Tally {
  int64_t tasks_pending = 0, tasks_running = 0, tasks_done = 0;
  int64_t attempts_new = 0, running = 0, succeeded = 0, failed = 0, killed = 0;
  int64_t run_ms = 0, shuffle_ms = 0, merge_ms = 0, reduce_ms = 0;
  double progress = 0;
};

Tally TallyOf(const JobRecord& job, const char* type) {
  Tally tally;
  int64_t tasks = 0;
  for (const auto& [id, task] : job.tasks) {
    if (task.type != type) continue;
    ++tasks;
    tally.progress += task.progress_percent;
    tally.tasks_pending += task.state == "SCHEDULED";
    tally.tasks_running += task.state == "RUNNING";
    tally.tasks_done += task.state == "SUCCEEDED";
    tally.attempts_new += task.attempts.empty();
    for (const AttemptRecord& attempt : task.attempts) {
      tally.attempts_new += attempt.state == "NEW" || attempt.state == "STARTING";
      tally.running += attempt.state == "RUNNING";
      tally.failed += attempt.state == "FAILED";
      tally.killed += attempt.state == "KILLED";
      if (attempt.state != "SUCCEEDED") continue;
      ++tally.succeeded;
      tally.run_ms += attempt.finish_ms - attempt.start_ms;
      tally.shuffle_ms += attempt.shuffle_finish_ms - attempt.start_ms;
      tally.merge_ms += attempt.sort_finish_ms - attempt.shuffle_finish_ms;
      tally.reduce_ms += attempt.finish_ms - attempt.sort_finish_ms;
    }
  }
  if (tasks > 0) tally.progress /= static_cast<double>(tasks);
  return tally;
}

int64_t Average(int64_t sum, int64_t count) { return count == 0 ? 0 : sum / count; }

void AddAttempts(const char* word, const Tally& tally, bool live, Json* json) {
  if (live) {
    (*json)[fmt::format("new{}Attempts", word)] = tally.attempts_new;
    (*json)[fmt::format("running{}Attempts", word)] = tally.running;
  }
  (*json)[fmt::format("failed{}Attempts", word)] = tally.failed;
  (*json)[fmt::format("killed{}Attempts", word)] = tally.killed;
  (*json)[fmt::format("successful{}Attempts", word)] = tally.succeeded;
}

void AddAcls(const JobRecord& job, Json* json) {
  if (job.acls.empty()) return;
  Json list = Json::array();
  for (const auto& [name, value] : job.acls) list.push_back({{"name", name}, {"value", value}});
  (*json)["acls"] = std::move(list);
}

Json HistoryJobDto(const JobRecord& job) {
  const Tally maps = TallyOf(job, "MAP"), reduces = TallyOf(job, "REDUCE");
  Json json = {{"submitTime", job.submit_ms},
               {"startTime", job.launch_ms},
               {"finishTime", job.finish_ms},
               {"id", job.id},
               {"name", job.name},
               {"queue", job.queue},
               {"user", job.user},
               {"state", job.state},
               {"mapsTotal", job.maps},
               {"mapsCompleted", job.finished_maps},
               {"reducesTotal", job.reduces},
               {"reducesCompleted", job.finished_reduces},
               {"uberized", job.uberized},
               {"diagnostics", job.diagnostics},
               {"avgMapTime", Average(maps.run_ms, maps.succeeded)},
               {"avgReduceTime", Average(reduces.reduce_ms, reduces.succeeded)},
               {"avgShuffleTime", Average(reduces.shuffle_ms, reduces.succeeded)},
               {"avgMergeTime", Average(reduces.merge_ms, reduces.succeeded)}};
  AddAttempts("Reduce", reduces, false, &json);
  AddAttempts("Map", maps, false, &json);
  AddAcls(job, &json);
  return json;
}

Json LiveJobDto(const JobRecord& job, int64_t now_ms) {
  const Tally maps = TallyOf(job, "MAP"), reduces = TallyOf(job, "REDUCE");
  Json json = {{"startTime", job.launch_ms},
               {"finishTime", job.finish_ms},
               {"elapsedTime", (job.finish_ms > 0 ? job.finish_ms : now_ms) - job.launch_ms},
               {"id", job.id},
               {"name", job.name},
               {"user", job.user},
               {"queue", job.queue},
               {"state", job.state},
               {"mapsTotal", job.maps},
               {"mapsCompleted", maps.tasks_done},
               {"reducesTotal", job.reduces},
               {"reducesCompleted", reduces.tasks_done},
               {"mapProgress", rest::FloatOf(maps.progress)},
               {"reduceProgress", rest::FloatOf(reduces.progress)},
               {"mapsPending", maps.tasks_pending},
               {"mapsRunning", maps.tasks_running},
               {"reducesPending", reduces.tasks_pending},
               {"reducesRunning", reduces.tasks_running},
               {"uberized", job.uberized},
               {"diagnostics", job.diagnostics}};
  AddAttempts("Reduce", reduces, true, &json);
  AddAttempts("Map", maps, true, &json);
  AddAcls(job, &json);
  return json;
}

Json JobAttemptsDto(const JobRestView& view) {
  Json list = Json::array();
  int64_t number = 0;
  for (const AmRecord& master : view.job->masters) {
    const std::string node = fmt::format("{}:{}", master.host, master.port);
    const std::string http = fmt::format("{}:{}", master.host, master.http_port);
    const std::string logs =
        view.kind == JobRestKind::kLive
            ? fmt::format("http://{}/node/containerlogs/{}/{}", http, master.container, view.job->user)
            : fmt::format("http://{}/jobhistory/logs/{}/{}/{}/{}", view.web_address, node, master.container, view.job->id,
                          view.job->user);
    list.push_back({{"nodeHttpAddress", http},
                    {"nodeId", node},
                    {"id", ++number},
                    {"startTime", master.start_ms},
                    {"containerId", master.container},
                    {"logsLink", logs}});
  }
  return {{"jobAttempts", {{"jobAttempt", std::move(list)}}}};
}

int64_t ValueIn(const CountersRecord& counters, const std::string& group, const std::string& name) {
  for (const CounterGroupRecord& one : counters) {
    if (one.name != group) continue;
    for (const CounterRecord& counter : one.counters) {
      if (counter.name == name) return counter.value;
    }
  }
  return 0;
}

Json JobCountersDto(const JobRecord& job) {
  Json groups = Json::array();
  for (const CounterGroupRecord& group : job.total_counters) {
    Json list = Json::array();
    for (const CounterRecord& counter : group.counters) {
      list.push_back({{"name", counter.name},
                      {"totalCounterValue", counter.value},
                      {"mapCounterValue", ValueIn(job.map_counters, group.name, counter.name)},
                      {"reduceCounterValue", ValueIn(job.reduce_counters, group.name, counter.name)}});
    }
    groups.push_back({{"counterGroupName", group.name}, {"counter", std::move(list)}});
  }
  Json json = {{"id", job.id}};
  if (!groups.empty()) json["counterGroup"] = std::move(groups);
  return {{"jobCounters", std::move(json)}};
}

// Of a task or an attempt.
Json CountersDto(const char* root, const char* group_name, const std::string& id, const CountersRecord& counters) {
  Json groups = Json::array();
  for (const CounterGroupRecord& group : counters) {
    Json list = Json::array();
    for (const CounterRecord& counter : group.counters) list.push_back({{"name", counter.name}, {"value", counter.value}});
    groups.push_back({{"counterGroupName", group.name}, {"counter", std::move(list)}});
  }
  Json json = {{"id", id}};
  if (!groups.empty()) json[group_name] = std::move(groups);
  return {{root, std::move(json)}};
}

Json ConfDto(const JobRestView& view) {
  Json list = Json::array();
  for (const auto& [key, entry] : view.conf->entries()) {
    Json sources = Json::array();
    if (!entry.source.empty() && entry.source != view.conf_path) sources.push_back(entry.source);
    sources.push_back(view.conf_path);
    list.push_back({{"name", key}, {"value", entry.value}, {"source", std::move(sources)}});
  }
  return {{"conf", {{"path", view.conf_path}, {"property", std::move(list)}}}};
}

int64_t Elapsed(int64_t start_ms, int64_t finish_ms, int64_t now_ms) {
  if (start_ms <= 0) return 0;
  return std::max<int64_t>(0, (finish_ms > 0 ? finish_ms : now_ms) - start_ms);
}

Json TaskDto(const JobRestView& view, const TaskRecord& task) {
  Json json = {{"startTime", task.start_ms},
               {"finishTime", task.finish_ms},
               {"elapsedTime", task.state == "SCHEDULED" ? 0 : Elapsed(task.start_ms, task.finish_ms, view.now_wall_ms)},
               {"progress", rest::FloatOf(task.progress_percent)},
               {"id", task.id},
               {"state", task.state},
               {"type", task.type},
               {"successfulAttempt", task.successful_attempt}};
  if (view.kind == JobRestKind::kLive) json["status"] = task.status;
  return json;
}

Json AttemptDto(const JobRestView& view, const AttemptRecord& attempt) {
  Json json = {{"startTime", attempt.start_ms},
               {"finishTime", attempt.finish_ms},
               {"elapsedTime", Elapsed(attempt.start_ms, attempt.finish_ms, view.now_wall_ms)},
               {"progress", rest::FloatOf(attempt.progress_percent)},
               {"id", attempt.id}};
  if (!attempt.container.empty()) json["rack"] = attempt.rack;
  json["state"] = attempt.state;
  json["status"] = attempt.status;
  if (!attempt.container.empty()) json["nodeHttpAddress"] = fmt::format("{}:{}", attempt.host, attempt.http_port);
  json["diagnostics"] = attempt.diagnostics;
  json["type"] = attempt.type;
  if (!attempt.container.empty()) json["assignedContainerId"] = attempt.container;
  if (attempt.type != "REDUCE") return json;
  json["shuffleFinishTime"] = attempt.shuffle_finish_ms;
  json["mergeFinishTime"] = attempt.sort_finish_ms;
  const auto between = [](int64_t from, int64_t to) { return from > 0 && to >= from ? to - from : 0; };
  json["elapsedShuffleTime"] = between(attempt.start_ms, attempt.shuffle_finish_ms);
  json["elapsedMergeTime"] = between(attempt.shuffle_finish_ms, attempt.sort_finish_ms);
  json["elapsedReduceTime"] = between(attempt.sort_finish_ms, attempt.finish_ms);
  return json;
}

bool LooksLikeId(const std::string& text, std::string_view prefix, size_t underscores) {
  return text.starts_with(prefix) && static_cast<size_t>(std::count(text.begin(), text.end(), '_')) == underscores;
}

Answer AnswerAboutTask(const http::Request& request, const JobRestView& view, const std::vector<std::string>& parts) {
  const std::string& id = parts[1];
  if (!LooksLikeId(id, "task_", 4)) {
    return rest::NotFound(request, fmt::format("TaskId string : {} is not properly formed\nReason: java.util.regex.Matcher[pattern="
                                               "task_(\\d+)_(\\d+)_(m|r|s|c|t)_(\\d+) region=0,{} lastmatch=]",
                                               id, id.size()));
  }
  const TaskRecord* task = view.job->FindTask(id);
  if (task == nullptr) return rest::NotFound(request, "task not found with id " + id);
  if (parts.size() == 2) return rest::Ok(request, {{"task", TaskDto(view, *task)}});
  if (parts[2] == "counters" && parts.size() == 3) {
    return rest::Ok(request, CountersDto("jobTaskCounters", "taskCounterGroup", id, task->counters));
  }
  if (parts[2] != "attempts") return rest::NotFound(request, "null for uri: " + request.target);
  if (parts.size() == 3) {
    Json list = Json::array();
    for (const AttemptRecord& attempt : task->attempts) list.push_back(AttemptDto(view, attempt));
    if (list.empty()) return rest::Ok(request, {{"taskAttempts", Json::object()}});
    return rest::Ok(request, {{"taskAttempts", {{"taskAttempt", std::move(list)}}}});
  }
  if (!LooksLikeId(parts[3], "attempt_", 5)) {
    return rest::NotFound(request, fmt::format("TaskAttemptId string : {} is not properly formed", parts[3]));
  }
  for (const AttemptRecord& attempt : task->attempts) {
    if (attempt.id != parts[3]) continue;
    if (parts.size() == 4) return rest::Ok(request, {{"taskAttempt", AttemptDto(view, attempt)}});
    if (parts[4] == "counters") {
      return rest::Ok(request, CountersDto("jobTaskAttemptCounters", "taskAttemptCounterGroup", attempt.id, attempt.counters));
    }
    if (parts[4] == "state") return rest::Ok(request, {{"state", attempt.state}});
  }
  return rest::NotFound(request, "Error getting info on task attempt id " + parts[3]);
}

}  // namespace

Answer AnswerAboutJob(const http::Request& request, const JobRestView& view, const std::vector<std::string>& parts) {
  const bool live = view.kind == JobRestKind::kLive;
  const std::string what = parts.empty() ? "" : parts[0];
  if (parts.empty()) {
    return rest::Ok(request, {{"job", live ? LiveJobDto(*view.job, view.now_wall_ms) : HistoryJobDto(*view.job)}});
  }
  if (what == "tasks" && parts.size() > 1) return AnswerAboutTask(request, view, parts);
  if (parts.size() > 1) return rest::NotFound(request, "null for uri: " + request.target);
  if (what == "jobattempts") return rest::Ok(request, JobAttemptsDto(view));
  if (what == "counters") return rest::Ok(request, JobCountersDto(*view.job));
  if (what == "conf" && view.conf != nullptr) return rest::Ok(request, ConfDto(view));
  if (what == "conf") return rest::NotFound(request, "unable to load configuration for job: " + view.job->id);
  if (what != "tasks") return rest::NotFound(request, "null for uri: " + request.target);
  const std::string type = request.query.Get("type", "");
  if (!type.empty() && type != "m" && type != "r") return rest::BadRequest(request, "tasktype must be either m or r");
  Json list = Json::array();
  for (const auto& [id, task] : view.job->tasks) {
    if (type.empty() || (type == "m") == (task.type == "MAP")) list.push_back(TaskDto(view, task));
  }
  if (list.empty()) return rest::Ok(request, {{"tasks", Json::object()}});
  return rest::Ok(request, {{"tasks", {{"task", std::move(list)}}}});
}

Answer LiveJobs(const http::Request& request, const JobRestView& view) {
  return rest::Ok(request, {{"jobs", {{"job", Json::array({LiveJobDto(*view.job, view.now_wall_ms)})}}}});
}

}  // namespace tusk::mapreduce
