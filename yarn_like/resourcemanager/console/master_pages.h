// MasterPages: what an application's master tells about the work, asked for at its tracking URL, or of a finished job what
// its history tells; as the console's job pages want it: live status, a page of tasks, counters, the timeline.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/async/task.h"
#include "base/env/env.h"
#include "base/http/client.h"
#include "yarn_like/resourcemanager/cluster.h"
#include "yarn_like/resourcemanager/console/cluster_json.h"
#include "yarn_like/resourcemanager/finished_jobs.h"

namespace tusk::yarn {

class MasterPages {
 public:
  // `finished` may be null: then nothing is known of jobs that are over.
  MasterPages(Env env, const Cluster& cluster, FinishedJobs* finished);

  // YarnLive; of ML the steps above `after`; of ML and quantizations the events from `from` on.
  Task<Result<std::string>> Live(ApplicationId id, int64_t after, int64_t from);
  // YarnTasks. `type`: "MAP", "REDUCE" or empty.
  Task<Result<std::string>> Tasks(ApplicationId id, ListQuery query, std::string type);
  // YarnCounters.
  Task<Result<std::string>> Counters(ApplicationId id);
  // YarnTimeline.
  Task<Result<std::string>> Timeline(ApplicationId id);
  // The container of an attempt that runs; empty where it is not known or over.
  Task<Result<std::string>> ContainerOfAttempt(ApplicationId id, std::string attempt);

 private:
  struct Text {
    std::string json;      // empty: there is none
    std::string source;    // "master", "history", "kept", "none"
    std::string message;   // why there is none
  };
  // A page of the master ("ws/v1/mr/job"), or of the finished job ("job").
  Task<Text> Ask(ApplicationId id, std::string part, std::string query);
  Task<Result<std::string>> Fetch(std::string tracking_url, std::string target);

  Env env_;
  const Cluster& cluster_;
  FinishedJobs* finished_;
  std::unique_ptr<http::Client> client_;
};

// Pure parts, for tests. `tasks` is {"tasks":[…]} of docs/formats/mapreduce_job.md; it is not trusted.
Result<std::string> TaskPageJson(const std::string& tasks, const std::string& source, const ListQuery& query, const std::string& type,
                                 int64_t wall_ms);
Result<std::string> TimelineJson(const std::string& tasks, const std::string& job, const std::string& source, int64_t wall_ms);

}  // namespace tusk::yarn
