// NodeManager: a machine that runs containers for the resource manager. Composes the parts of this folder: containers
// and their limits, localization, the RPC that application masters call, the line to the resource manager, pages.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/config/configuration.h"
#include "base/env/env.h"
#include "base/env/network.h"
#include "base/env/process.h"
#include "yarn_like/nodemanager/aux_service.h"
#include "yarn_like/nodemanager/localize/resource_source.h"

namespace tusk::yarn {

// What the composition room gives beside Env and configuration.
struct NodeManagerParts {
  ProcessLauncher* launcher = nullptr;        // of the Env's loop; required
  std::vector<AuxService*> services = {};     // those that yarn.nodemanager.aux-services may name
  // The environment of this process: containers get the whitelisted names (JAVA_HOME, HADOOP_CONF_DIR, PATH, ..).
  std::map<std::string, std::string> environment = {};
  std::string user = "yarn";                  // whom calls to the resource manager are made as
  ResourceSource* source = nullptr;           // null: dfs/client by the configuration
  // The resource manager refuses this node; the words say why. Null: only logged.
  std::function<void(std::string)> on_refused = {};
};

class NodeManager {
 public:
  // Everything given outlives it.
  static Result<std::unique_ptr<NodeManager>> Create(Env env, const Configuration& configuration, NodeManagerParts parts);
  virtual ~NodeManager() = default;
  // Ends leftovers, opens the ports, begins to register. Returns before the resource manager has answered.
  virtual Task<Status> Start() = 0;
  // Kills the containers and leaves the resource manager.
  virtual Task<void> Stop() = 0;
  // After Start.
  virtual HostPort rpc_address() const = 0;
  virtual HostPort web_address() const = 0;
  virtual bool registered() const = 0;
  virtual size_t container_count() const = 0;
};

}  // namespace tusk::yarn
