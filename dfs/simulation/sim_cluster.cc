// Machines, daemons and their ghosts.
#include "dfs/simulation/sim_cluster.h"

#include "base/core/check.h"
#include "dfs/client/client_config.h"
#include "dfs/client/dfs_context.h"

namespace tusk::dfs::simulation {
namespace {

constexpr const char* kNamenode = "namenode";
constexpr const char* kHostsFile = "/hosts.json";

std::string DatanodeName(size_t index) { return "datanode" + std::to_string(index); }

}  // namespace

SimCluster::SimCluster(uint64_t seed, SimClusterOptions options)
    : options_(std::move(options)), world_(seed), graveyard_(world_.loop()) {
  namenode_machine_ = &world_.AddNode(kNamenode);
  namenode_conf_ = MakeConf();
  for (int i = 0; i < options_.datanodes; ++i) {
    datanodes_.push_back({&world_.AddNode(DatanodeName(static_cast<size_t>(i))), MakeConf(), nullptr, AdminState::kNormal, false});
  }
  for (int i = 0; i < options_.clients; ++i) {
    clients_.push_back({&world_.AddNode("client" + std::to_string(i)), nullptr, nullptr, false});
  }
  clients_.push_back({&world_.AddNode("admin"), nullptr, nullptr, false});
}

SimCluster::~SimCluster() = default;

// Hadoop's times, shortened where a run would only wait: death of a datanode after 30 s, leases after 2 minutes.
std::unique_ptr<Configuration> SimCluster::MakeConf() const {
  auto conf = std::make_unique<Configuration>();
  const std::vector<std::pair<std::string, std::string>> settings = {
      {"fs.defaultFS", "hdfs://namenode:8020"},
      {"dfs.namenode.name.dir", "/name"},
      {"dfs.datanode.data.dir", "/data0,/data1"},
      {"dfs.blocksize", std::to_string(options_.block_bytes)},
      {"dfs.namenode.fs-limits.min-block-size", "1"},
      {"dfs.replication", std::to_string(options_.replication)},
      {"dfs.namenode.heartbeat.recheck-interval", "5000"},
      {"dfs.namenode.stale.datanode.interval", "9000"},
      {"dfs.namenode.lease-hard-limit-sec", "120"},
      {"dfs.namenode.safemode.extension", "1000"},
      {"dfs.namenode.reconstruction.pending.timeout-sec", "30"},
      {"dfs.blockreport.intervalMsec", "600000"},
      {"dfs.client.socket-timeout", "10000"},
      {"dfs.datanode.socket.write.timeout", "20000"},
      {"ipc.client.rpc-timeout.ms", "20000"},
      {"dfs.client-write-packet-size", "8192"},
      {"dfs.hosts", kHostsFile},
      {"dfs.namenode.hosts.provider.classname", "org.apache.hadoop.hdfs.server.blockmanagement.CombinedHostFileManager"},
      {"hadoop.user.group.static.mapping.overrides", "root=supergroup;sim=supergroup"},
  };
  for (const auto& [key, value] : settings) conf->Set(key, value);
  for (const auto& [key, value] : options_.settings) conf->Set(key, value);
  return conf;
}

Status SimCluster::Start() {
  RETURN_IF_ERROR(namenode_machine_->disk().WriteFileAtomic(kHostsFile, AsBytes("[]")));
  RETURN_IF_ERROR(NameNode::Format(namenode_machine_->env(), *namenode_conf_, {"CID-sim", false}).status());
  return world_.Run(StartAll());
}

Task<Status> SimCluster::StartAll() {
  CO_RETURN_IF_ERROR(co_await StartNamenode());
  for (size_t i = 0; i < datanodes_.size(); ++i) CO_RETURN_IF_ERROR(co_await StartDatanode(i));
  for (size_t i = 0; i < clients_.size(); ++i) MakeClient(i);
  co_return Status::Ok();
}

void SimCluster::Finish() { world_.Run(StopAll()); }

Task<int> SimCluster::StopAll() {
  for (ClientSlot& slot : clients_) graveyard_.Spawn(Bury(std::move(slot.files), std::move(slot.rpc)));
  for (DatanodeSlot& slot : datanodes_) {
    if (slot.daemon != nullptr) graveyard_.Spawn(Bury(std::move(slot.daemon)));
  }
  if (namenode_ != nullptr) graveyard_.Spawn(Bury(std::move(namenode_)));
  co_await graveyard_.Join();
  co_return 0;
}

void SimCluster::CrashNamenode(sim::CrashMode mode) {
  namenode_machine_->Crash(mode);
  if (namenode_ != nullptr) graveyard_.Spawn(Bury(std::move(namenode_)));
}

Task<Status> SimCluster::StartNamenode() {
  TUSK_CHECK(namenode_ == nullptr) << "the namenode runs already";
  const int life = ++namenode_life_;
  auto on_fatal = [this, life](const Status& why) {
    world_.loop().Post([this, life, text = why.ToString()] {
      if (life != namenode_life_ || namenode_ == nullptr) return;  // a ghost
      deaths_.push_back("namenode: " + text);
      CrashNamenode(sim::CrashMode::kKeepAll);
    });
  };
  auto made = NameNode::Create(namenode_machine_->env(), *namenode_conf_, std::move(on_fatal));
  if (!made.ok()) co_return made.status();
  namenode_ = std::move(made).value();
  Status started = co_await namenode_->Start();
  if (!started.ok()) CrashNamenode(sim::CrashMode::kKeepAll);
  co_return started;
}

void SimCluster::CrashDatanode(size_t index, sim::CrashMode mode) {
  DatanodeSlot& slot = datanodes_[index];
  slot.machine->Crash(mode);
  if (slot.daemon != nullptr) graveyard_.Spawn(Bury(std::move(slot.daemon)));
}

void SimCluster::RetireDatanode(size_t index) {
  CrashDatanode(index, sim::CrashMode::kKeepAll);
  datanodes_[index].retired = true;
}

Task<Status> SimCluster::StartDatanode(size_t index) {
  DatanodeSlot& slot = datanodes_[index];
  TUSK_CHECK(slot.daemon == nullptr) << "the datanode runs already";
  auto made = datanode::DataNode::Create(slot.machine->env(), *slot.conf);
  if (!made.ok()) co_return made.status();
  slot.daemon = std::move(made).value();
  datanode::DataNode* daemon = slot.daemon.get();
  daemon->OnShutdownRequest([this, index, daemon] {
    world_.loop().Post([this, index, daemon] {
      if (datanodes_[index].daemon.get() != daemon) return;
      deaths_.push_back(DatanodeName(index) + ": asked to end");
      CrashDatanode(index, sim::CrashMode::kKeepAll);
    });
  });
  Status started = co_await daemon->Start();
  if (!started.ok() && slot.daemon.get() == daemon) CrashDatanode(index, sim::CrashMode::kKeepAll);
  co_return started;
}

Task<Status> SimCluster::SetDuty(size_t index, AdminState wanted) {
  datanodes_[index].wanted = wanted;
  std::string json;
  for (const DatanodeSlot& slot : datanodes_) {
    const char* state = slot.wanted == AdminState::kDecommissioned ? "DECOMMISSIONED" : slot.wanted == AdminState::kInMaintenance ? "IN_MAINTENANCE" : "NORMAL";
    json += (json.empty() ? "[{\"hostName\":\"" : ",{\"hostName\":\"") + world_.fabric().AddressOf(slot.machine->name()) +
            "\",\"adminState\":\"" + state + "\"}";
  }
  CO_RETURN_IF_ERROR(namenode_machine_->disk().WriteFileAtomic(kHostsFile, AsBytes(json + "]")));
  if (namenode_ == nullptr) co_return Status::Ok();
  co_return (co_await ContextOf(admin())->namenode().RefreshNodes({})).status();
}

size_t SimCluster::DatanodeAt(const std::string& address) const {
  const std::string host = address.substr(0, address.find(':'));
  size_t index = 0;
  while (index < datanodes_.size() && world_.fabric().AddressOf(datanodes_[index].machine->name()) != host) ++index;
  return index;
}

AdminState SimCluster::DutyOf(size_t index) {
  if (namenode_ == nullptr) return AdminState::kNormal;
  for (const Datanode& known : namenode_->blocks().registry().datanodes()) {
    if (DatanodeAt(known.identity.ip) == index) return known.admin_state;
  }
  return AdminState::kNormal;
}

void SimCluster::MakeClient(size_t index) {
  ClientSlot& slot = clients_[index];
  const std::unique_ptr<Configuration> conf = MakeConf();
  Result<DfsClientConfig> config = DfsClientConfig::Read(*conf);
  TUSK_CHECK(config.ok()) << config.status().ToString();
  slot.rpc = rpc::Client::Make(slot.machine->env());
  slot.files = MakeDfsFileSystem(slot.machine->env(), *config, *slot.rpc, {kNamenode, kNamenodePort}, "hdfs://namenode:8020",
                                 {.user = "sim"});
}

void SimCluster::CrashClient(size_t index) {
  ClientSlot& slot = clients_[index];
  slot.machine->Crash(sim::CrashMode::kKeepAll);
  slot.crashed = true;
}

void SimCluster::ReviveClient(size_t index) {
  ClientSlot& slot = clients_[index];
  graveyard_.Spawn(Bury(std::move(slot.files), std::move(slot.rpc)));
  slot.crashed = false;
  MakeClient(index);
}

Task<void> SimCluster::Bury(std::unique_ptr<NameNode> ghost) { co_await ghost->Stop(); }
Task<void> SimCluster::Bury(std::unique_ptr<datanode::DataNode> ghost) { co_await ghost->Stop(); }
Task<void> SimCluster::Bury(std::unique_ptr<FileSystem> files, std::unique_ptr<rpc::Client> rpc) {
  co_await files->Shutdown();
  co_await rpc->Shutdown();
}

}  // namespace tusk::dfs::simulation
