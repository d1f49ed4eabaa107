// LogAggregator: puts the logs that an application's containers left on this node into one file of the DFS, where
// `yarn logs` of Hadoop and ours look for it: <dir>/<user>/bucket-<suffix>-tfile/<number>/<application>/<host>_<port>.
#pragma once

#include <functional>
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
  // More than one file for this application and node: names carry the time. Else the one file is replaced.
  int64_t cycle_wall_ms = 0;
  size_t remote_files_max = 30;  // of such files the oldest go
  // Whether a file of a container is wanted now; null: all.
  std::function<bool(const std::string& container, const std::string& file)> wanted;
  bool last = true;  // the application is over: all its local logs go when they are uploaded
};

// Files that went up, so that they may go here.
struct AggregationOutcome {
  std::vector<LogFile> uploaded;
};

class LogAggregator {
 public:
  LogAggregator(UserFileSystems& files, ContainerLogs logs, LogAggregationOptions options)
      : env_(files.env()), files_(files), logs_(std::move(logs)), options_(std::move(options)) {}
  // Uploads; then, with `last`, removes the local logs. On failure they stay. Nothing is written where nothing is wanted.
  Task<Result<AggregationOutcome>> Upload(AggregationRequest request);

 private:
  Task<Result<std::string>> MakeFolders(dfs::FileSystems* systems, AggregationRequest request);
  using Files = std::vector<std::pair<std::string, std::vector<LogFile>>>;  // by container
  Files Select(const AggregationRequest& request) const;  // blocks
  Task<Status> WriteAll(dfs::OutputStream& out, AggregationRequest request, Files files);
  Task<Status> WriteContainer(dfs::OutputStream& out, class TFileWriter& writer, std::string container, std::vector<LogFile> files);
  Task<Status> RemoveOldest(dfs::FileSystem* fs, std::string folder, AggregationRequest request);

  Env env_;
  UserFileSystems& files_;
  ContainerLogs logs_;
  LogAggregationOptions options_;
};

}  // namespace tusk::yarn
