// KeptJobs: what masters have left of jobs that are over, in the history folder on the DFS, for the resource manager's
// console: <application>.mapreduce.json, .training.json, .quant.json.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "base/config/configuration.h"
#include "base/env/env.h"
#include "yarn_like/resourcemanager/finished_jobs.h"

namespace tusk::tools {

class KeptJobs : public yarn::FinishedJobs {
 public:
  // `conf` outlives it; `user`: as whom the DFS is read.
  KeptJobs(Env env, const Configuration& conf, std::string user) : env_(env), conf_(conf), user_(std::move(user)) {}
  Task<Result<std::string>> Part(yarn::FinishedJob job, std::string part) override;

 private:
  Result<std::string> Read(const yarn::FinishedJob& job);

  Env env_;
  const Configuration& conf_;
  std::string user_;
  // The last ones that were read: a page asks for several parts of one job. Of the pool's threads.
  std::mutex mutex_;
  std::deque<std::pair<std::string, std::string>> texts_;
};

}  // namespace tusk::tools
