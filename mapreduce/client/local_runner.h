// LocalRunner: a whole job in this process, maps and reduces on threads. What mapreduce.framework.name=local means.
#pragma once

#include "base/env/env.h"
#include "mapreduce/api/program.h"
#include "mapreduce/client/console.h"

namespace tusk::mapreduce {

struct LocalRunnerOptions {
  Disk* disk = nullptr;
  FileSystems* files = nullptr;
  Console* console = nullptr;
  const Clock* clock = nullptr;
  std::string work_folder;  // map outputs live below it while the job runs
  std::string working_folder;  // what relative names of -files are below
  std::string job_id;       // job_local<number>_0001
  int threads = 0;          // 0: as many as the machine has
};

// A job that fails is a JobResult; an error is one before it started.
Result<JobResult> RunLocalJob(Job& job, const LocalRunnerOptions& options);

}  // namespace tusk::mapreduce
