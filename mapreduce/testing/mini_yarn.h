// MiniYarn: a resource manager and node managers with the shuffle service, real ports on 127.0.0.1, in one process and
// on one loop thread. fs.defaultFS is file:///, so a job needs no namenode. For tests and for trying by hand.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/async/asio_loop.h"
#include "base/config/configuration.h"
#include "base/env/process.h"
#include "base/env/real_env.h"
#include "mapreduce/shuffle/shuffle_service.h"
#include "yarn_like/nodemanager/node_manager.h"
#include "yarn_like/resourcemanager/resource_manager.h"

namespace tusk::mapreduce {

struct MiniYarnOptions {
  std::string folder;  // everything lives below it; conf/ holds the clients' files
  int nodes = 1;
  int memory_mb = 4096;  // per node
  Configuration extra;   // for daemons and clients
};

class MiniYarn {
 public:
  static Result<std::unique_ptr<MiniYarn>> Start(MiniYarnOptions options);
  ~MiniYarn();
  std::string conf_folder() const { return options_.folder + "/conf"; }
  std::string node_folder(int node) const { return options_.folder + "/nm" + std::to_string(node); }
  // Stops one node manager as a crash of its machine would look: nothing of it answers any more.
  void StopNode(int node);

 private:
  struct Node {
    Configuration conf;  // outlives the manager
    std::unique_ptr<ShuffleService> shuffle;
    std::unique_ptr<yarn::NodeManager> manager;
  };
  explicit MiniYarn(MiniYarnOptions options);
  Env env();
  template <typename T>
  T Run(Task<T> task);
  Task<Status> StartAll();
  Task<Status> StartNode(int node);
  Task<Status> StopAll();
  Status WriteConf();

  MiniYarnOptions options_;
  std::unique_ptr<Clock> clock_;
  std::unique_ptr<Random> random_;
  std::unique_ptr<Disk> disk_;
  std::unique_ptr<AsioLoop> loop_;
  std::unique_ptr<BlockingPool> pool_;
  std::unique_ptr<Network> network_;
  std::unique_ptr<ProcessLauncher> launcher_;
  Configuration conf_;
  std::unique_ptr<yarn::ResourceManager> resource_manager_;
  std::vector<Node> nodes_;
  std::thread thread_;
};

}  // namespace tusk::mapreduce
