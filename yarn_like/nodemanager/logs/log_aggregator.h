// LogAggregator: puts the logs that an application's containers left on this node into one file of the DFS, where
// `yarn logs` of Hadoop and ours look for it: <dir>/<user>/bucket-<suffix>-tfile/<number>/<application>/<host>_<port>.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "yarn_like/common/ids.h"
#include "yarn_like/nodemanager/localize/user_file_systems.h"
#include "yarn_like/nodemanager/logs/container_logs.h"

namespace tusk::yarn {

struct LogAggregationOptions {
  std::string remote_dir;  // yarn.nodemanager.remote-app-log-dir
  std::string suffix;      // yarn.nodemanager.remote-app-log-dir-suffix
};

struct AggregationRequest {
  ApplicationId application;
  std::string user;
  NodeId node;
  std::vector<std::pair<std::string, std::string>> acls;  // VIEW_APP or MODIFY_APP -> users and groups
};

class LogAggregator {
 public:
  LogAggregator(UserFileSystems& files, ContainerLogs logs, LogAggregationOptions options)
      : env_(files.env()), files_(files), logs_(std::move(logs)), options_(std::move(options)) {}
  // Uploads, then removes the local logs. On failure they stay.
  Task<Status> Upload(AggregationRequest request);

 private:
  Task<Result<std::string>> MakeFolders(dfs::FileSystems* systems, AggregationRequest request);
  Task<Status> WriteAll(dfs::OutputStream& out, AggregationRequest request);
  Task<Status> WriteContainer(dfs::OutputStream& out, class TFileWriter& writer, std::string application, std::string container);

  Env env_;
  UserFileSystems& files_;
  ContainerLogs logs_;
  LogAggregationOptions options_;
};

}  // namespace tusk::yarn
