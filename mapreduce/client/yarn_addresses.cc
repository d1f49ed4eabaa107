// Addresses and paths by Hadoop's keys.
#include "mapreduce/client/yarn_addresses.h"

namespace tusk::mapreduce {

Result<HostPort> ResourceManagerAddress(const Configuration& conf, const char* key, uint16_t default_port) {
  std::string text = conf.Get(key, "");
  if (text.empty()) text = conf.Get("yarn.resourcemanager.hostname", "0.0.0.0") + ":" + std::to_string(default_port);
  ASSIGN_OR_RETURN(HostPort address, HostPort::Parse(text, default_port));
  if (address.host == "0.0.0.0") address.host = "127.0.0.1";
  return address;
}

namespace {

std::string HistoryFolder(const Configuration& conf, const std::string& user) {
  return conf.Get("yarn.app.mapreduce.am.staging-dir", "/tmp/hadoop-yarn/staging") + "/history/done_intermediate/" + user + "/";
}

}  // namespace

std::string JobSummaryPath(const Configuration& conf, const std::string& user, const std::string& job_id) {
  return HistoryFolder(conf, user) + job_id + ".result";
}

std::string MasterHistoryPath(const Configuration& conf, const std::string& user, const std::string& application_id, const std::string& kind) {
  return HistoryFolder(conf, user) + application_id + "." + kind + ".json";
}

}  // namespace tusk::mapreduce
