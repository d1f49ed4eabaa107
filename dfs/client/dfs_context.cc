// Connections to datanodes and lease renewal.
#include "dfs/client/dfs_context.h"

#include "base/log/log.h"
#include "dfs/client/local/short_circuit.h"
#include "dfs/proto/ClientNamenodeProtocol.pb.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs {
namespace {

constexpr Duration kRenewInterval = std::chrono::seconds(30);  // half of the soft limit
constexpr size_t kReadBufferBytes = 512 << 10;

}  // namespace

std::string TransferAddress(const hadoop::hdfs::DatanodeIDProto& node) {
  return node.ipaddr() + ":" + std::to_string(node.xferport());
}

HostPort DatanodeConnections::AddressOf(const hadoop::hdfs::DatanodeIDProto& node) const {
  return HostPort{config_.use_datanode_hostname ? node.hostname() : node.ipaddr(),
                  static_cast<uint16_t>(node.xferport())};
}

Task<Result<DatanodeConnection>> DatanodeConnections::Get(const hadoop::hdfs::DatanodeIDProto& node, bool fresh) {
  HostPort address = AddressOf(node);
  TimePoint now = env_.clock.Now();
  std::erase_if(kept_, [now](const Kept& kept) { return kept.expires <= now; });
  for (size_t i = kept_.size(); !fresh && i-- > 0;) {
    if (kept_[i].connection.address != address.ToString()) continue;
    DatanodeConnection found = std::move(kept_[i].connection);
    kept_.erase(kept_.begin() + static_cast<ptrdiff_t>(i));
    found.reused = true;
    co_return found;
  }
  auto stream = co_await env_.network.Connect(address, now + config_.socket_timeout);
  if (!stream.ok()) co_return stream.status();
  DatanodeConnection made;
  made.stream = std::move(stream).value();
  made.reader = std::make_unique<FrameReader>(*made.stream, kReadBufferBytes);
  made.address = address.ToString();
  co_return made;
}

void DatanodeConnections::Keep(DatanodeConnection connection) {
  if (config_.connections_cached_max == 0) return;
  if (kept_.size() >= config_.connections_cached_max) kept_.erase(kept_.begin());
  TimePoint expires = env_.clock.Now() + config_.connection_idle_max;
  kept_.push_back(Kept{std::move(connection), expires});
}

DfsContext::DfsContext(Env env, DfsClientConfig config, rpc::Client& rpc, HostPort namenode_address,
                       rpc::ClientIdentity identity)
    : env_(env),
      config_(std::move(config)),
      rpc_(rpc),
      identity_(std::move(identity)),
      namenode_(rpc::Channel(rpc, std::move(namenode_address), identity_,
                             rpc::CallOptions{.timeout = config_.rpc_timeout, .retries_max = config_.rpc_retries})),
      client_name_("DFSClient_NONMAPREDUCE_" + std::to_string(static_cast<int32_t>(env.random.Next64())) + "_1"),
      connections_(env_, config_),
      short_circuit_(std::make_unique<ShortCircuit>(env_, config_)),
      scope_(std::make_unique<TaskScope>(env_.loop)) {}

DfsContext::~DfsContext() = default;

void DfsContext::FileOpened(std::weak_ptr<KeptAlive> file) {
  ++open_files_;
  std::erase_if(kept_alive_, [](const auto& known) { return known.expired(); });
  kept_alive_.push_back(std::move(file));
  if (renewing_ || scope_->cancelled()) return;
  renewing_ = true;
  scope_->Spawn(KeepAlive());
}

void DfsContext::FileClosed() { --open_files_; }

Task<void> DfsContext::RenewLease() {
  hadoop::hdfs::RenewLeaseRequestProto request;
  request.set_clientname(client_name_);
  auto renewed = co_await namenode_.RenewLease(std::move(request));
  if (!renewed.ok()) LogWarn("dfs-client", "lease of {} not renewed: {}", client_name_, renewed.status().ToString());
}

Task<void> DfsContext::KeepAlive() {
  Duration interval = std::min(kRenewInterval, config_.socket_timeout / 4);
  TimePoint renewed = env_.clock.Now();
  for (;;) {
    Status slept = co_await SleepFor(env_.loop, interval, scope_->token());
    if (!slept.ok() || open_files_ == 0) break;
    if (env_.clock.Now() - renewed >= kRenewInterval) {
      renewed = env_.clock.Now();
      co_await RenewLease();
    }
    auto files = kept_alive_;
    for (const auto& weak : files) {
      auto file = weak.lock();
      if (file != nullptr) co_await file->KeepAlive();
    }
  }
  renewing_ = false;
}

Task<void> DfsContext::Shutdown() {
  scope_->Cancel();
  co_await scope_->Join();
  connections_.Clear();
  short_circuit_->Clear();
}

}  // namespace tusk::dfs
