// What a job's master tells about it as JSON (docs/formats/mapreduce_job.md): the job, its tasks with their attempts, its
// counters. Served below the tracking URL (status_server.h); the same texts are made of a finished job's history.
#pragma once

#include <string>

#include "mapreduce/appmaster/job_run.h"

namespace tusk::mapreduce {

// Attempts have the loop's time; `wall_ms` is the wall's at `time`.
struct StatusClock {
  TimePoint time;
  int64_t wall_ms = 0;
};

// As Hadoop names it: "RUNNING".
const char* NameOf(AttemptState state);

std::string JobStatusJson(const JobRun& run, StatusClock now);
std::string JobTasksJson(const JobRun& run, StatusClock now);
std::string JobCountersJson(const JobRun& run);

}  // namespace tusk::mapreduce
