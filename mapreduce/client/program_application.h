// ProgramApplication: this executable as an application of YARN with an app master of its own kind: ships the program, stages
// files, submits, asks how it stands, kills. For jobs that are not MapReduce's. One thread. Include from .cc files only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/async/loop_thread.h"
#include "base/rpc/client.h"
#include "mapreduce/client/process.h"

namespace tusk::mapreduce {

class ProgramApplication;

struct ApplicationPlan {
  std::string name, type;
  std::string queue = "default";
  std::string master_role;                     // behind kRoleOption
  int64_t master_memory_mb = 256;
  std::vector<std::string> launch_arguments;   // before the role
  // What is put into the staging folder and localized by every container: names and contents. Asked once that folder is there;
  // may add to the configuration what the upload of the program looks at.
  std::function<Result<std::map<std::string, std::string>>(const ProgramApplication& application, Configuration& conf)> stage;
  std::vector<std::string> paths;              // on file systems that containers want to reach as this user does
  std::string token_kind, token_alias;         // of the job's secret, in every container's credentials
};

class ProgramApplication {
 public:
  ProgramApplication(Process& process, Configuration conf, FileSystems& files);
  ~ProgramApplication();
  ProgramApplication(const ProgramApplication&) = delete;

  // On an error nothing is left behind.
  Status Submit(const ApplicationPlan& plan);
  const std::string& id() const { return id_; }   // "application_1_0002"
  const std::string& staging() const { return staging_; }

  enum class Stage { kWaiting, kRunning, kSucceeded, kFailed };
  struct Standing {
    Stage stage = Stage::kWaiting;
    HostPort master;            // of a running one
    std::string tracking_url;
    std::string diagnostics;    // why it waits, or has failed
  };
  Result<Standing> Ask();
  Status Kill();
  void RemoveStaging();

  // A line to the app master, with the job's token.
  rpc::Channel MasterChannel(const HostPort& address);
  LoopThread& thread() { return thread_; }
  void Pause(Duration duration);

 private:
  struct Yarn;
  Status PutInPlace(const ApplicationPlan& plan);
  Status Send(const ApplicationPlan& plan);

  Process& process_;
  Configuration conf_;
  FileSystems& files_;
  LoopThread thread_;
  std::unique_ptr<rpc::Client> rpc_;
  std::unique_ptr<Yarn> yarn_;
  std::string id_, staging_;
  std::vector<std::string> staged_;   // names
  Token token_;
};

}  // namespace tusk::mapreduce
