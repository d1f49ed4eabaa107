// The objects of Hadoop's REST about MapReduce jobs: of the history server (/ws/v1/history/mapreduce) and of an app master
// (/ws/v1/mapreduce), which have some fields more or less. One function answers everything below jobs/ID.
#pragma once

#include <string>
#include <vector>

#include "base/config/configuration.h"
#include "base/rest/answer.h"
#include "mapreduce/history/job_record.h"

namespace tusk::mapreduce {

enum class JobRestKind { kHistory, kLive };

struct JobRestView {
  JobRestKind kind = JobRestKind::kHistory;
  const JobRecord* job = nullptr;
  int64_t now_wall_ms = 0;
  std::string web_address;  // of the history server, for links to logs
  std::string conf_path;    // where the configuration was read
  const Configuration* conf = nullptr;  // of the job; null: not read
};

// {"job":{…}} of the job itself; `parts` is the path below jobs/ID.
rest::Answer AnswerAboutJob(const http::Request& request, const JobRestView& view, const std::vector<std::string>& parts);
// Whether conf is needed for that.
inline bool NeedsConf(const std::vector<std::string>& parts) { return parts.size() == 1 && parts[0] == "conf"; }

// {"jobs":{"job":[…]}} of an app master.
rest::Answer LiveJobs(const http::Request& request, const JobRestView& view);

}  // namespace tusk::mapreduce
