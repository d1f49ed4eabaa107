// FinishedJobs: what is kept of jobs that are over, as the composing program finds it: MapReduce's history files, the
// status that ML and quantization jobs leave behind. This room knows neither.
#pragma once

#include <string>

#include "base/async/task.h"
#include "base/core/result.h"

namespace tusk::yarn {

struct FinishedJob {
  std::string application;  // application_…
  std::string user;
  std::string kind;         // "mapreduce", "ml", "quant"
  int64_t finish_wall_ms = 0;
};

class FinishedJobs {
 public:
  virtual ~FinishedJobs() = default;
  // A part's JSON: of MapReduce "job", "tasks", "counters" (docs/formats/mapreduce_job.md), of ML "job", "steps", "events"
  // (docs/formats/mlkit_job.md), of quantization "job", "events" (docs/formats/quant_job.md). kFileNotFound where nothing was kept.
  virtual Task<Result<std::string>> Part(FinishedJob job, std::string part) = 0;
};

}  // namespace tusk::yarn
