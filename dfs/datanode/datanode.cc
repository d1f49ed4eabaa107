// Composition of a datanode.
#include "dfs/datanode/datanode.h"

#include <unistd.h>

#include "base/config/configuration.h"
#include "base/http/server.h"
#include "base/env/local_sockets.h"
#include "base/log/log.h"
#include "base/metrics/metrics.h"
#include "base/rpc/server.h"
#include "base/rpc/server_metrics.h"
#include "base/server/pages.h"
#include "dfs/datanode/rpc/datanode_services.h"
#include "dfs/datanode/web/datanode_beans.h"
#include "dfs/datanode/web/webhdfs.h"
#include "dfs/datanode/xfer/data_transfer_server.h"
#include "dfs/datanode/xfer/short_circuit.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs::datanode {
namespace {

constexpr const char* kModule = "datanode";

class DataNodeImpl : public DataNode, private StoreObserver, private XferHost {
 public:
  DataNodeImpl(Env env, const Configuration& conf, DataNodeConfig config)
      : env_(env), conf_(conf), config_(std::move(config)), background_(env.loop) {}

  Task<Status> Start() override {
    std::string machine = co_await env_.disk_pool.Run([this] { return env_.network.LocalHostName(); });
    config_.store.lock_text = std::to_string(::getpid()) + "@" + machine;
    if (config_.hostname.empty()) config_.hostname = machine;
    CO_ASSIGN_OR_RETURN(store_, co_await BlockStore::Open(env_, config_.store));
    store_->set_observer(this);
    config_.xfer.user = config_.user;
    xfer_.reset(new XferContext{env_, *store_, *this, config_.xfer});
    xfer_->tokens.set_protobuf(config_.block_tokens_protobuf);
    // Else the namenode's word decides, which comes with the registration.
    if (config_.block_tokens) xfer_->tokens.Require();
    token_secrets_ = std::make_unique<BlockTokenSecrets>(xfer_->tokens, env_.clock);
    CO_ASSIGN_OR_RETURN(data_server_, DataTransferServer::Listen(*xfer_, config_.data_bind));
    if (!config_.domain_socket_path.empty()) {
      const std::string path = DomainSocketPath(config_.domain_socket_path, data_address().port);
      CO_RETURN_IF_ERROR(CheckSocketPath(path));
      CO_ASSIGN_OR_RETURN(local_server_, DataTransferServer::ListenLocal(*xfer_, path));
    }
    rpc::ServerOptions options;
    options.bind = config_.ipc_bind;
    options.server_name = "datanode";
    options.secret_manager = token_secrets_.get();
    CO_ASSIGN_OR_RETURN(ipc_server_, rpc::Server::Listen(env_, std::move(options)));
    http::ServerOptions http_options;
    http_options.bind = config_.http_bind;
    http_options.name = "datanode-http";
    CO_ASSIGN_OR_RETURN(http_server_, http::Server::Listen(env_, std::move(http_options)));
    rpc_client_ = rpc::Client::Make(env_, std::chrono::minutes(5));
    node_.reset(new NodeContext{env_, config_, *store_, *xfer_, *rpc_client_, background_});
    co_await FindIdentity();
    node_->on_useless = on_shutdown_;
    service_ = std::make_unique<PoolService>(*node_);
    client_handler_ = std::make_unique<ClientDatanodeHandler>(*node_, *service_, on_shutdown_);
    inter_handler_ = std::make_unique<InterDatanodeHandler>(*node_);
    ipc_server_->AddService(*client_handler_);
    ipc_server_->AddService(*inter_handler_);
    MountPages();
    CO_ASSIGN_OR_RETURN(webhdfs_, DataNodeWebHdfs::Create(env_, conf_, *rpc_client_));
    webhdfs_->Mount(*http_server_);
    ipc_server_->Start();
    http_server_->Start();
    data_server_->Start();
    if (local_server_ != nullptr) local_server_->Start();
    service_->Start();
    background_.Spawn(WatchSpace());
    LogInfo(kModule, "datanode {} serves data on {}, rpc on {}", node_->identity.uuid, data_address().ToString(),
            ipc_address().ToString());
    co_return Status::Ok();
  }

  Task<void> Stop() override {
    background_.Cancel();
    if (service_ != nullptr) service_->Cancel();
    if (xfer_ != nullptr) xfer_->CloseOutgoing();
    if (data_server_ != nullptr) co_await data_server_->Shutdown();
    if (local_server_ != nullptr) co_await local_server_->Shutdown();
    if (ipc_server_ != nullptr) co_await ipc_server_->Shutdown();
    if (http_server_ != nullptr) co_await http_server_->Shutdown();
    if (rpc_client_ != nullptr) co_await rpc_client_->Shutdown();
    if (service_ != nullptr) co_await service_->Join();
    co_await background_.Join();
    if (store_ != nullptr) co_await store_->Close();
    http_server_.reset();
    pages_.reset();
    client_handler_.reset();
    inter_handler_.reset();
    service_.reset();
    local_server_.reset();
    data_server_.reset();
    ipc_server_.reset();
    store_.reset();
  }

  void OnShutdownRequest(std::function<void()> callback) override { on_shutdown_ = std::move(callback); }
  HostPort data_address() const override { return data_server_->address(); }
  HostPort ipc_address() const override { return ipc_server_->address(); }
  HostPort http_address() const override { return http_server_->address(); }
  bool registered() const override {
    if (service_ == nullptr) return false;
    for (const auto& actor : service_->actors()) {
      if (actor->registered()) return true;
    }
    return false;
  }

 private:
  void MountPages() {
    rpc::ExportServerMetrics(*ipc_server_, "DataNode", env_.network.LocalHostName(), metrics_);
    ExportDataNode(*node_, *service_, metrics_);
    pages_ = std::make_unique<DaemonPages>(env_, metrics_, conf_, DaemonPagesOptions{
        .daemon = "DataNode", .not_ready = [this]() -> std::string { return registered() ? "" : "no namenode has registered this datanode"; }});
    pages_->Mount(*http_server_);
  }

  // Beside the heartbeats, which must not wait for a slow disk.
  Task<void> WatchSpace() {
    while ((co_await SleepFor(env_.loop, config_.heartbeat_interval, background_.token())).ok()) {
      co_await store_->RefreshSpace();
    }
  }

  Task<void> FindIdentity() {
    NodeIdentity& identity = node_->identity;
    identity.uuid = store_->datanode_uuid();
    if (identity.uuid.empty()) identity.uuid = env_.random.Uuid();
    identity.hostname = config_.hostname;
    identity.ip = config_.data_bind.host;
    co_await env_.disk_pool.Run([&] {
      std::string host = identity.ip == "0.0.0.0" || identity.ip == "::" ? identity.hostname : identity.ip;
      identity.ip = env_.network.ResolveBlocking(host).value_or("127.0.0.1");
      return 0;
    });
    identity.xfer_port = data_address().port;
    identity.ipc_port = ipc_address().port;
    identity.info_port = http_address().port;
  }

  // ---- StoreObserver ----
  void OnBlock(const std::string& pool_id, const Block& block, const Volume& volume, BlockEvent event,
               const std::string& delete_hint) override {
    if (service_ != nullptr && service_->Owns(pool_id)) service_->AddChange(volume, {block, event, delete_hint});
  }
  void OnVolumeFailed(const Volume& volume, const Status& why) override {
    if (service_ != nullptr) service_->OnVolumeFailed(volume, why);
    for (const auto& other : store_->volumes()) {
      if (!other->failed) return;
    }
    LogError(kModule, "no volume is left");
    if (on_shutdown_) env_.loop.Post(on_shutdown_);
  }

  // ---- XferHost ----
  void OnBadBlock(const ExtendedBlock& block, const hadoop::hdfs::DatanodeInfoProto* source, const Volume* volume) override {
    if (service_ == nullptr || !service_->Owns(block.pool_id)) return;
    ReplicaPtr replica = store_->Find(block.pool_id, block.block.id);
    if (source == nullptr && volume == nullptr && replica != nullptr) volume = replica->volume;
    service_->ReportBadBlock(block, source, volume);
  }
  void FillSelf(hadoop::hdfs::DatanodeIDProto* id) const override { FillDatanodeId(node_->identity, id); }

  Env env_;
  const Configuration& conf_;
  DataNodeConfig config_;
  MetricRegistry metrics_;
  std::function<void()> on_shutdown_;
  TaskScope background_;
  std::unique_ptr<BlockStore> store_;
  std::unique_ptr<XferContext> xfer_;
  std::unique_ptr<rpc::Client> rpc_client_;
  std::unique_ptr<BlockTokenSecrets> token_secrets_;
  std::unique_ptr<NodeContext> node_;
  std::unique_ptr<PoolService> service_;
  std::unique_ptr<ClientDatanodeHandler> client_handler_;
  std::unique_ptr<InterDatanodeHandler> inter_handler_;
  std::unique_ptr<DaemonPages> pages_;
  std::unique_ptr<DataNodeWebHdfs> webhdfs_;
  std::unique_ptr<http::Server> http_server_;
  std::unique_ptr<rpc::Server> ipc_server_;
  std::unique_ptr<DataTransferServer> data_server_;
  std::unique_ptr<DataTransferServer> local_server_;  // dfs.domain.socket.path
};

}  // namespace

Result<std::unique_ptr<DataNode>> DataNode::Create(Env env, const Configuration& conf, DataNodeConfig config) {
  if (config.namenodes.empty()) return Status(Code::kInvalidArgument, "no namenode is configured");
  return std::unique_ptr<DataNode>(std::make_unique<DataNodeImpl>(env, conf, std::move(config)));
}

}  // namespace tusk::dfs::datanode
