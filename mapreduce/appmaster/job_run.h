// JobRun: one job while its app master runs it: the brain, what attempts counted, and how to wake the allocation loop.
// Shared by the app master's services; all on its loop.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/async/sync.h"
#include "base/env/clock.h"
#include "mapreduce/api/formats.h"
#include "mapreduce/appmaster/job_brain.h"

namespace tusk::mapreduce {

struct JobRun {
  JobRun(EventLoop& loop, JobPlan plan, std::vector<InputSplit> input_splits)
      : brain(std::move(plan)), splits(std::move(input_splits)), wake(loop) {}

  JobBrain brain;
  std::vector<InputSplit> splits;
  std::map<AttemptKey, Counters> counters;  // latest of each attempt
  std::vector<std::string> failures;        // "attempt_..., Status : FAILED\ntext", in order
  AsyncEvent wake;                          // something changed that the allocation loop should see
  std::string name;
  std::string user;
  std::string staging;
  int app_attempt = 1;
  int64_t start_wall_ms = 0;
  int64_t finish_wall_ms = 0;

  // The job's: what the attempts that count, or still run, have counted.
  Counters Totals() const;
};

// "attempt_1_0001_m_000002_0" of `brain`'s job; nothing for others.
std::optional<AttemptKey> ParseAttemptId(const JobBrain& brain, const std::string& id);

}  // namespace tusk::mapreduce
