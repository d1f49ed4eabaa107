// SimCluster: a namenode, datanodes and clients, our real code, on simulated machines. Daemons and clients crash and
// come back as their machines do; what ran on a crashed machine lingers as a ghost with dead wires and a dead disk
// until it has noticed.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/async/task_scope.h"
#include "base/config/configuration.h"
#include "base/rpc/client.h"
#include "base/sim/sim_world.h"
#include "dfs/client/dfs_file_system.h"
#include "dfs/datanode/datanode.h"
#include "dfs/namenode/namenode.h"

namespace tusk::dfs::simulation {

struct SimClusterOptions {
  int datanodes = 5;
  int clients = 3;
  uint32_t replication = 3;
  uint64_t block_bytes = 64 << 10;
  std::vector<std::pair<std::string, std::string>> settings = {};  // of every daemon and client, over those of sim_cluster.cc
};

class SimCluster {
 public:
  SimCluster(uint64_t seed, SimClusterOptions options);
  ~SimCluster();
  SimCluster(const SimCluster&) = delete;

  // Formats and starts everything; from outside the loop, as Finish.
  Status Start();
  // Stops everything and waits for the ghosts.
  void Finish();

  sim::SimWorld& world() { return world_; }
  sim::SimRandom& random() { return world_.random(); }
  const SimClusterOptions& options() const { return options_; }

  // Null while it is down.
  NameNode* namenode() { return namenode_.get(); }
  sim::SimNode& namenode_machine() { return *namenode_machine_; }
  void CrashNamenode(sim::CrashMode mode);
  Task<Status> StartNamenode();

  size_t datanodes() const { return datanodes_.size(); }
  datanode::DataNode* datanode(size_t index) { return datanodes_[index].daemon.get(); }
  sim::SimNode& datanode_machine(size_t index) { return *datanodes_[index].machine; }
  void CrashDatanode(size_t index, sim::CrashMode mode);
  // The machine goes, never to come back: not for StartDatanode's callers to start again.
  void RetireDatanode(size_t index);
  bool retired(size_t index) const { return datanodes_[index].retired; }
  Task<Status> StartDatanode(size_t index);

  // What administrators want of a datanode: kNormal, kDecommissioned or kInMaintenance. Told to the namenode, if it runs,
  // now; else when it starts.
  Task<Status> SetDuty(size_t index, AdminState wanted);
  // What the namenode says of it; kNormal where it does not know it.
  AdminState DutyOf(size_t index);
  // By its address, "10.0.0.3:9866" or "10.0.0.3"; datanodes() if there is none.
  size_t DatanodeAt(const std::string& address) const;

  size_t clients() const { return clients_.size() - 1; }
  // Valid until ReviveClient.
  FileSystem& client(size_t index) { return *clients_[index].files; }
  sim::SimNode& client_machine(size_t index) { return *clients_[index].machine; }
  // One more, on a machine of its own that nothing breaks: for orders and for comparing.
  FileSystem& admin() { return *clients_.back().files; }
  // The client's process is cut off with its open files: all that it does fails from now on.
  void CrashClient(size_t index);
  bool client_crashed(size_t index) const { return clients_[index].crashed; }
  // Another process begins on that machine. By whoever uses the client, when no stream of the old one is left.
  void ReviveClient(size_t index);

  // Daemons that have ended by themselves since the last look, with the reason: fatal errors.
  std::vector<std::string> TakeDeaths() { return std::exchange(deaths_, {}); }

 private:
  struct DatanodeSlot {
    sim::SimNode* machine = nullptr;
    std::unique_ptr<Configuration> conf;
    std::unique_ptr<datanode::DataNode> daemon;
    AdminState wanted = AdminState::kNormal;
    bool retired = false;
  };
  struct ClientSlot {
    sim::SimNode* machine = nullptr;
    std::unique_ptr<rpc::Client> rpc;
    std::unique_ptr<FileSystem> files;
    bool crashed = false;
  };
  std::unique_ptr<Configuration> MakeConf() const;
  void MakeClient(size_t index);
  Task<void> Bury(std::unique_ptr<NameNode> ghost);
  Task<void> Bury(std::unique_ptr<datanode::DataNode> ghost);
  Task<void> Bury(std::unique_ptr<FileSystem> files, std::unique_ptr<rpc::Client> rpc);
  Task<Status> StartAll();
  Task<int> StopAll();

  const SimClusterOptions options_;
  sim::SimWorld world_;
  sim::SimNode* namenode_machine_ = nullptr;
  std::unique_ptr<Configuration> namenode_conf_;
  std::unique_ptr<NameNode> namenode_;
  int namenode_life_ = 0;
  std::vector<DatanodeSlot> datanodes_;
  std::vector<ClientSlot> clients_;
  std::vector<std::string> deaths_;
  TaskScope graveyard_;
};

}  // namespace tusk::dfs::simulation
