// JobRecord: a MapReduce job as its history knows it: times, states, counters of the job, its tasks and their attempts.
// Plain values; read from a .jhist, or taken from a job that runs.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tusk::mapreduce {

// Of one name; groups and counters in the order in which they were written.
struct CounterRecord {
  std::string name, display_name;
  int64_t value = 0;
};
struct CounterGroupRecord {
  std::string name, display_name;
  std::vector<CounterRecord> counters;
};
using CountersRecord = std::vector<CounterGroupRecord>;

struct AttemptRecord {
  std::string id;    // attempt_…
  std::string type;  // "MAP", "REDUCE"
  std::string state; // "RUNNING", "SUCCEEDED", "FAILED", "KILLED"
  std::string status;  // what the task said last
  std::string host, rack, container, diagnostics;
  int32_t http_port = 0;
  int64_t start_ms = 0, finish_ms = 0;
  int64_t shuffle_finish_ms = 0, sort_finish_ms = 0;  // of a reduce
  double progress_percent = 0;
  CountersRecord counters;
};

struct TaskRecord {
  std::string id;    // task_…
  std::string type;  // "MAP", "REDUCE"
  std::string state; // "SCHEDULED", "RUNNING", "SUCCEEDED", …
  std::string status;
  std::string successful_attempt;
  std::string error;
  int64_t start_ms = 0, finish_ms = 0;
  double progress_percent = 0;
  CountersRecord counters;
  std::vector<AttemptRecord> attempts;
};

struct AmRecord {
  std::string attempt_id, container, host;
  int32_t port = 0, http_port = 0;
  int64_t start_ms = 0;
};

struct JobRecord {
  std::string id, name, user, queue, conf_path;
  std::string state;  // "SUCCEEDED", …
  std::string diagnostics;
  int64_t submit_ms = 0, launch_ms = 0, finish_ms = 0;
  int64_t maps = 0, reduces = 0;
  int64_t finished_maps = 0, finished_reduces = 0;
  bool uberized = false;
  std::map<std::string, std::string> acls;
  CountersRecord total_counters, map_counters, reduce_counters;
  std::vector<AmRecord> masters;
  std::map<std::string, TaskRecord> tasks;  // by id

  const TaskRecord* FindTask(const std::string& task) const {
    const auto found = tasks.find(task);
    return found == tasks.end() ? nullptr : &found->second;
  }
};

}  // namespace tusk::mapreduce
