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
// And what a job of another kind was, for the console: …/<application>.<kind>.json (docs/formats/mlkit_job.md, quant_job.md).
std::string MasterHistoryPath(const Configuration& conf, const std::string& user, const std::string& application_id, const std::string& kind);

}  // namespace tusk::mapreduce
