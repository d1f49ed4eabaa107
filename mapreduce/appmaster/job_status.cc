// The three texts.
#include "mapreduce/appmaster/job_status.h"

#include <nlohmann/json.hpp>

#include "mapreduce/client/console.h"

namespace tusk::mapreduce {

const char* NameOf(AttemptState state) {
  switch (state) {
    case AttemptState::kStarting: return "STARTING";
    case AttemptState::kRunning: return "RUNNING";
    case AttemptState::kSucceeded: return "SUCCEEDED";
    case AttemptState::kFailed: return "FAILED";
    case AttemptState::kKilled: return "KILLED";
  }
  return "STARTING";
}

namespace {

using Json = nlohmann::json;

constexpr size_t kDiagnosticsMax = 4096;  // of one attempt

std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

const char* NameOf(JobPhase phase) {
  switch (phase) {
    case JobPhase::kRunning: return "RUNNING";
    case JobPhase::kCommitting: return "COMMITTING";
    case JobPhase::kSucceeded: return "SUCCEEDED";
    case JobPhase::kFailed: return "FAILED";
    case JobPhase::kKilled: return "KILLED";
  }
  return "RUNNING";
}

const char* NameOf(const JobTask& task, bool job_over) {
  if (task.state == TaskState::kSucceeded) return "SUCCEEDED";
  if (job_over && !task.attempts.empty()) return task.attempts.back().state == AttemptState::kFailed ? "FAILED" : "KILLED";
  return task.state == TaskState::kRunning ? "RUNNING" : "PENDING";
}

Json PhaseJson(const char* name, const std::vector<JobTask>& tasks, double progress) {
  int64_t pending = 0, running = 0, done = 0;
  for (const JobTask& task : tasks) {
    pending += task.state == TaskState::kPending;
    running += task.state == TaskState::kRunning;
    done += task.state == TaskState::kSucceeded;
  }
  return {{"name", name}, {"total", tasks.size()}, {"pending", pending}, {"running", running}, {"done", done}, {"progress", progress}};
}

Json TaskJson(const JobRun& run, TaskKind kind, int index, const JobTask& task, StatusClock now) {
  const auto wall = [&](TimePoint time) { return now.wall_ms - ToMillis(now.time - time); };
  Json attempts = Json::array();
  double progress = 0;
  for (const Attempt& attempt : task.attempts) {
    const bool over = attempt.state >= AttemptState::kSucceeded;
    progress = attempt.progress;
    attempts.push_back({{"id", run.brain.AttemptId(attempt.key)},
                        {"number", run.brain.plan().first_attempt_number + attempt.key.number},
                        {"state", NameOf(attempt.state)},
                        {"progress", attempt.state == AttemptState::kSucceeded ? 1.0 : attempt.progress},
                        {"container", attempt.container},
                        {"node", attempt.node},
                        {"startedAt", wall(attempt.started)},
                        {"shuffledAt", nullptr},
                        {"sortedAt", nullptr},
                        {"finishedAt", over ? Json(wall(attempt.ended)) : Json()},
                        {"diagnostics", attempt.diagnostics.substr(0, kDiagnosticsMax)}});
  }
  std::string id = run.brain.AttemptId({kind, index, 0});
  id = "task" + id.substr(7, id.rfind('_') - 7);  // attempt_<job>_m_000000_0
  const bool done = task.state == TaskState::kSucceeded && task.succeeded >= 0;
  const Json started = task.attempts.empty() ? Json() : Json(wall(task.attempts.front().started));
  const Json finished = done ? Json(wall(task.attempts[static_cast<size_t>(task.succeeded)].ended)) : Json();
  return {{"id", id}, {"type", kind == TaskKind::kMap ? "MAP" : "REDUCE"}, {"index", index},
          {"state", NameOf(task, run.brain.phase() > JobPhase::kCommitting)}, {"progress", done ? 1.0 : progress},
          {"startedAt", started}, {"finishedAt", finished}, {"failures", task.failures}, {"attempts", std::move(attempts)}};
}

}  // namespace

std::string JobStatusJson(const JobRun& run, StatusClock now) {
  const JobBrain& brain = run.brain;
  int64_t failed = 0, killed = 0;
  for (const auto* tasks : {&brain.maps(), &brain.reduces()}) {
    for (const JobTask& task : *tasks) {
      for (const Attempt& attempt : task.attempts) {
        failed += attempt.state == AttemptState::kFailed;
        killed += attempt.state == AttemptState::kKilled;
      }
    }
  }
  Json avoided = Json::array();
  for (const std::string& node : brain.avoided_nodes()) avoided.push_back(node);
  return Dump({{"jobId", brain.plan().job_id},
               {"name", run.name},
               {"user", run.user},
               {"state", NameOf(brain.phase())},
               {"startedAt", run.start_wall_ms},
               {"finishedAt", run.finish_wall_ms > 0 ? Json(run.finish_wall_ms) : Json()},
               {"now", now.wall_ms},
               {"diagnostics", brain.diagnostics()},
               {"phases", Json::array({PhaseJson("map", brain.maps(), brain.MapProgress()),
                                       PhaseJson("reduce", brain.reduces(), brain.ReduceProgress())})},
               {"failedAttempts", failed},
               {"killedAttempts", killed},
               {"launchedMaps", brain.launched(TaskKind::kMap)},
               {"dataLocalMaps", brain.data_local_maps()},
               {"launchedReduces", brain.launched(TaskKind::kReduce)},
               {"avoidedNodes", std::move(avoided)}});
}

std::string JobTasksJson(const JobRun& run, StatusClock now) {
  Json tasks = Json::array();
  for (const TaskKind kind : {TaskKind::kMap, TaskKind::kReduce}) {
    const auto& of_kind = kind == TaskKind::kMap ? run.brain.maps() : run.brain.reduces();
    for (size_t i = 0; i < of_kind.size(); ++i) tasks.push_back(TaskJson(run, kind, static_cast<int>(i), of_kind[i], now));
  }
  return Dump({{"tasks", std::move(tasks)}});
}

std::string JobCountersJson(const JobRun& run) {
  Counters of_kind[2];
  for (const auto& [key, counters] : run.counters) {
    const auto& tasks = key.kind == TaskKind::kMap ? run.brain.maps() : run.brain.reduces();
    if (key.task < 0 || static_cast<size_t>(key.task) >= tasks.size()) continue;
    const JobTask& task = tasks[static_cast<size_t>(key.task)];
    if (task.succeeded >= 0 && task.succeeded != key.number) continue;
    of_kind[key.kind == TaskKind::kMap ? 0 : 1].Add(counters);
  }
  const auto values = run.Totals().Values();
  const auto maps = of_kind[0].Values(), reduces = of_kind[1].Values();
  const auto part = [](const auto& of, const auto& key) {
    const auto at = of.find(key);
    return at == of.end() ? Json() : Json(at->second);
  };
  Json groups = Json::array();
  for (const auto& [key, value] : values) {
    if (groups.empty() || groups.back()["name"] != key.first) {
      groups.push_back({{"name", key.first}, {"title", GroupDisplayName(key.first)}, {"counters", Json::array()}});
    }
    groups.back()["counters"].push_back({{"name", key.second}, {"title", CounterDisplayName(key.first, key.second)}, {"total", value},
                                         {"map", part(maps, key)}, {"reduce", part(reduces, key)}});
  }
  return Dump({{"groups", std::move(groups)}});
}

}  // namespace tusk::mapreduce
