// Counters of a running job.
#include "mapreduce/appmaster/job_run.h"

#include <charconv>

#include "mapreduce/task/counter_names.h"

namespace tusk::mapreduce {

Counters JobRun::Totals() const {
  Counters totals;
  int64_t millis[2] = {0, 0};
  int failed[2] = {0, 0}, killed[2] = {0, 0};
  for (int kind = 0; kind < 2; ++kind) {
    for (const JobTask& task : kind == 0 ? brain.maps() : brain.reduces()) {
      for (const Attempt& attempt : task.attempts) {
        failed[kind] += attempt.state == AttemptState::kFailed ? 1 : 0;
        killed[kind] += attempt.state == AttemptState::kKilled ? 1 : 0;
        if (attempt.state >= AttemptState::kSucceeded) millis[kind] += ToMillis(attempt.ended - attempt.started);
        auto counted = counters.find(attempt.key);
        if (counted != counters.end() && attempt.state <= AttemptState::kSucceeded) totals.Add(counted->second);
      }
    }
  }
  auto add = [&totals](const char* name, int64_t value) {
    if (value > 0) totals.Find(kJobCounters, name).Increment(value);
  };
  add("NUM_FAILED_MAPS", failed[0]);
  add("NUM_FAILED_REDUCES", failed[1]);
  add("NUM_KILLED_MAPS", killed[0]);
  add("NUM_KILLED_REDUCES", killed[1]);
  add("TOTAL_LAUNCHED_MAPS", brain.launched(TaskKind::kMap));
  add("TOTAL_LAUNCHED_REDUCES", brain.launched(TaskKind::kReduce));
  add("DATA_LOCAL_MAPS", brain.data_local_maps());
  add("OTHER_LOCAL_MAPS", brain.launched(TaskKind::kMap) - brain.data_local_maps());
  add("MILLIS_MAPS", millis[0]);
  add("MILLIS_REDUCES", millis[1]);
  return totals;
}

std::optional<AttemptKey> ParseAttemptId(const JobBrain& brain, const std::string& id) {
  // attempt_<ts>_<job>_<m|r>_<task>_<number>
  size_t number_at = id.rfind('_');
  size_t task_at = number_at == std::string::npos ? number_at : id.rfind('_', number_at - 1);
  size_t kind_at = task_at == std::string::npos ? task_at : id.rfind('_', task_at - 1);
  if (kind_at == std::string::npos) return std::nullopt;
  AttemptKey key;
  key.kind = id.compare(kind_at, task_at - kind_at, "_m") == 0 ? TaskKind::kMap : TaskKind::kReduce;
  std::from_chars(id.data() + task_at + 1, id.data() + number_at, key.task);
  std::from_chars(id.data() + number_at + 1, id.data() + id.size(), key.number);
  key.number -= brain.plan().first_attempt_number;
  if (brain.AttemptId(key) != id) return std::nullopt;
  return key;
}

}  // namespace tusk::mapreduce
