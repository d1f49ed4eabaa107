// YarnRunner: submits a job to the resource manager, watches it to its end. What mapreduce.framework.name=yarn means.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/async/loop_thread.h"
#include "base/rpc/client.h"
#include "mapreduce/api/program.h"
#include "mapreduce/client/console.h"
#include "mapreduce/client/process.h"

namespace tusk::mapreduce {

class YarnRunner {
 public:
  YarnRunner(Process& process, FileSystems& files, Console& console, const Configuration& conf);
  ~YarnRunner();
  // `job` is configured; `entry` and `arguments` are what its tasks configure it by again.
  Result<JobResult> Run(Job& job, const std::string& entry, const Arguments& arguments, const Arguments& launch_arguments);

 private:
  struct Connections;
  // Gets an id and writes the staging folder.
  Status Prepare(Job& job, const std::string& entry, const Arguments& arguments, const Arguments& launch_arguments);
  // -files and -archives into the staging folder; their new places into `conf`.
  Status UploadCache(Configuration& conf, const char* from_key, const char* to_key, const char* folder);
  Status Submit(const Job& job);
  // Prints progress until the application is over.
  Result<JobResult> Watch();
  // From the app master while it runs.
  void ShowProgress(const std::string& host, int port);
  Result<JobResult> ReadSummary(bool succeeded, std::string diagnostics);
  void ShowFailedAttempts(const std::string& host, int port);

  Process& process_;
  FileSystems& files_;
  Console& console_;
  Configuration conf_;
  LoopThread thread_;
  std::unique_ptr<rpc::Client> rpc_;
  std::unique_ptr<Connections> connections_;
  std::string job_id_;
  std::string staging_;
  int events_shown_ = 0;
  bool announced_ = false;
};

}  // namespace tusk::mapreduce
