// AppMaster: the driver around JobBrain: registers with the resource manager, asks for containers, launches tasks in
// them, serves tasks and clients, commits the job's output and unregisters. Runs on one loop; files through the pool.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/async/task_scope.h"
#include "base/env/env.h"
#include "base/rpc/server.h"
#include "base/security/token.h"
#include "mapreduce/api/job.h"
#include "mapreduce/appmaster/client_handlers.h"
#include "mapreduce/appmaster/live_rest.h"
#include "mapreduce/appmaster/umbilical_handlers.h"

namespace tusk::mapreduce {

struct AppMasterSetup {
  Job* job = nullptr;              // configured, with job.xml's settings
  FileSystems* files = nullptr;
  std::vector<InputSplit> splits;
  Credentials credentials;         // of the container: AMRM token, shuffle secret
  std::string container_id;        // of the app master itself
  std::string host;                // where tasks and clients reach it
  int64_t node_port = 0, node_http_port = 0;  // of its node manager: where its logs are found
  std::string user;
};

class AppMaster {
 public:
  AppMaster(Env env, AppMasterSetup setup);
  ~AppMaster();
  // The whole life; OK when the job's end, good or bad, was told to the resource manager.
  Task<Status> Run();

 private:
  struct Wire;  // the protobuf side: kept out of this header
  struct LaunchedContainer;

  Status MakePlan(JobPlan& plan);
  Status MakeTokens();
  Task<Status> StartServers();
  Task<Status> Register();
  // Allocates until the job is over, then commits and cleans up.
  Task<Status> Loop();
  Task<Status> Heartbeat();
  void PerformActions();
  Task<void> Launch(std::string container, AttemptKey key);
  Task<Status> TryLaunch(std::string container, AttemptKey key);
  Task<void> Stop(std::string container);
  Task<void> CommitJob();
  Task<Status> Finish();
  Status WriteSummary();
  Status WriteHistoryFiles();
  Status CleanUp();

  Env env_;
  AppMasterSetup setup_;
  std::unique_ptr<JobRun> run_;
  std::unique_ptr<UmbilicalHandlers> umbilical_;
  std::unique_ptr<ClientHandlers> client_;
  std::unique_ptr<rpc::SecretManager> secrets_;
  std::unique_ptr<rpc::Server> umbilical_server_, client_server_;
  std::unique_ptr<LiveRest> live_rest_;
  std::unique_ptr<Wire> wire_;
  Credentials task_credentials_;
  std::string shuffle_service_data_;
  std::string history_url_;
  TaskScope scope_;
  bool commit_started_ = false;
};

}  // namespace tusk::mapreduce
