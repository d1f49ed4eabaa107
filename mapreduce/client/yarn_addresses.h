// Where the configuration says that things are.
#pragma once

#include <string>

#include "base/config/configuration.h"
#include "base/env/network.h"

namespace tusk::mapreduce {

// `key`, else yarn.resourcemanager.hostname with `default_port`; 0.0.0.0 means this machine.
Result<HostPort> ResourceManagerAddress(const Configuration& conf, const char* key, uint16_t default_port);
// Where a job's end is written down for its client: <staging root>/history/done_intermediate/<user>/<job>.result.
std::string JobSummaryPath(const Configuration& conf, const std::string& user, const std::string& job_id);
// And what a training was, for the console: …/<application>.training.json (docs/formats/mlkit_job.md).
std::string TrainingHistoryPath(const Configuration& conf, const std::string& user, const std::string& application_id);

}  // namespace tusk::mapreduce
