// ResourceManager: the daemon. Puts the brain, its tokens, the launcher, four RPC ports and the web port together.
//
//   Result<std::unique_ptr<ResourceManager>> rm = ResourceManager::Create(env, configuration);
//   co_await (*rm)->Start(); ... co_await (*rm)->Stop();
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/config/configuration.h"
#include "base/env/env.h"
#include "base/env/network.h"
#include "base/env/process.h"
#include "yarn_like/resourcemanager/cluster.h"
#include "yarn_like/resourcemanager/console/submit_command.h"
#include "yarn_like/resourcemanager/finished_jobs.h"
#include "yarn_like/resourcemanager/resource_manager_config.h"

namespace tusk::yarn {

// What the composing program gives.
struct ResourceManagerParts {
  std::string user;  // that the daemon runs as: an administrator always
  // The configuration as its files are now (`yarn rmadmin -refresh...`); blocks. Null: it does not change.
  std::function<Result<Configuration>()> reload;
  // For the console (console/yarn_console.h). Without a launcher nothing is submitted from it.
  ProcessLauncher* launcher = nullptr;
  std::string executable;   // the absolute path of tusk
  std::string conf_folder;
  std::vector<SubmitChoice> ml_algorithms, quant_types;
  FinishedJobs* finished = nullptr;   // outlives the daemon
};

class ResourceManager {
 public:
  // Reads the configuration and, with recovery, what an earlier one left (which blocks); opens no port.
  static Result<std::unique_ptr<ResourceManager>> Create(Env env, const Configuration& configuration,
                                                         ResourceManagerParts parts = {});
  virtual ~ResourceManager() = default;
  // Listens on all ports; fails without leaving one open.
  virtual Task<Status> Start() = 0;
  virtual Task<void> Stop() = 0;

  // After Start: where it really listens.
  virtual HostPort client_address() const = 0;
  virtual HostPort scheduler_address() const = 0;
  virtual HostPort tracker_address() const = 0;
  virtual HostPort admin_address() const = 0;
  virtual HostPort web_address() const = 0;
  virtual const Cluster& cluster() const = 0;
};

}  // namespace tusk::yarn
