// NameNode, see the header.
#include "dfs/namenode/namenode.h"

#include "base/async/blocking_pool.h"
#include "base/async/event_loop.h"
#include "base/log/log.h"
#include "base/security/proxy_users.h"
#include "base/rpc/server_metrics.h"
#include "base/server/history_sampler.h"
#include "dfs/namenode/namespace/lease_ops.h"
#include "dfs/namenode/rpc/client_cluster_handlers.h"
#include "dfs/namenode/rpc/client_token_handlers.h"
#include "dfs/namenode/rpc/datanode_protocol.h"
#include "dfs/namenode/rpc/namenode_protocol.h"
#include "dfs/namenode/rpc/namespace_services.h"
#include "dfs/namenode/rpc/small_services.h"
#include "dfs/namenode/web/activity_bean.h"
#include "dfs/namenode/web/namenode_history.h"

namespace tusk::dfs {

struct NameNode::Services {
  Services(NamespaceContext context, ClusterHooks cluster_hooks, DatanodeProtocolHandlers datanode_handlers,
           NamenodeProtocolHandlers namenode_handlers, NameNodeTokens& namenode_tokens, const RefreshGuard& guard,
           bool authorization)
      : shared(context),
        names(context),
        cluster(shared, std::move(cluster_hooks)),
        tokens(shared, namenode_tokens),
        datanodes(std::move(datanode_handlers)),
        balancers(std::move(namenode_handlers)),
        mappings(context.groups),
        refresh_mappings(guard, shared.groups),
        refresh_policy(guard, authorization),
        refresh_calls(guard) {}

  NamespaceContext shared;
  NamespaceServices names;
  ClientClusterHandlers cluster;
  ClientTokenHandlers tokens;
  DatanodeProtocolHandlers datanodes;
  NamenodeProtocolHandlers balancers;
  HaServiceHandlers ha;
  UserMappingHandlers mappings;
  RefreshUserMappingHandlers refresh_mappings;
  RefreshPolicyHandlers refresh_policy;
  RefreshCallQueueHandlers refresh_calls;
};

namespace {

// The text of a host list; nothing where no file is set.
Result<std::string> ReadHostsFile(Disk& disk, const std::string& path) {
  if (path.empty()) return std::string();
  return disk.ReadFile(path, 4 << 20);
}

Task<Status> CommitSynchronization(NamespaceDriver& driver, Env env, std::string process_user,
                                   BlockSynchronization agreed) {
  CO_RETURN_IF_ERROR(co_await driver.Room());
  Namesystem& ns = driver.namesystem();
  Caller caller;
  caller.user = process_user;
  caller.superuser = true;
  const Call call{caller, env.loop.Now(), env.clock.WallMillis()};
  RecoveredBlock recovered{agreed.block, agreed.new_stamp, agreed.new_length, agreed.close_file, agreed.delete_block,
                           std::move(agreed.targets)};
  Edit edit(ns.counters());
  Status outcome = dfs::CommitBlockSynchronization(ns, call, recovered, edit);
  Status committed = co_await driver.Commit(std::move(edit), CommitNote{"commitBlockSynchronization", {}, {}}, call);
  if (!outcome.ok()) co_return outcome;
  co_return committed;
}

}  // namespace

NameNode::NameNode(Env env, const Configuration& conf, NameNodeConfig config)
    : env_(env), conf_(conf), config_(std::move(config)), racks_(env, conf, config_.folders.front().path), chores_(env.loop) {}
NameNode::~NameNode() = default;

Result<StorageVersion> NameNode::Format(Env env, const Configuration& conf, const NameNodeFormat& format) {
  ASSIGN_OR_RETURN(NameNodeConfig config, NameNodeConfig::From(conf));
  auto ip = env.network.ResolveBlocking(config.rpc_address.host);
  return FormatNameDirectories(
      env, FormatRequest{config.folders, ip.ok() ? *ip : std::string("127.0.0.1"), format.cluster_id, format.force});
}

Result<RecoveryReport> NameNode::Recover(Env env, const Configuration& conf, const AskOnDamage& ask) {
  ASSIGN_OR_RETURN(NameNodeConfig config, NameNodeConfig::From(conf));
  return RecoverNamespace(env, config.folders, ask);
}

Result<std::unique_ptr<NameNode>> NameNode::Create(Env env, const Configuration& conf,
                                                   std::function<void(const Status&)> on_fatal) {
  ASSIGN_OR_RETURN(NameNodeConfig config, NameNodeConfig::From(conf));
  if (config.folders.size() == 1) {
    LogInfo("namenode", "only one storage directory ({}): losing it loses the filesystem", config.folders.front().path);
  }
  std::unique_ptr<NameNode> namenode(new NameNode(env, conf, std::move(config)));
  RETURN_IF_ERROR(namenode->OpenParts(std::move(on_fatal)));
  namenode->OpenAudit();
  namenode->MakeServices();
  return namenode;
}

Status NameNode::OpenParts(std::function<void(const Status&)> on_fatal) {
  RETURN_IF_ERROR(ReadHostLists());
  registry_ = std::make_unique<DatanodeRegistry>(config_.datanodes);
  blocks_ = std::make_unique<BlockManager>(config_.blocks, *registry_, env_.random);
  ASSIGN_OR_RETURN(groups_, MakeGroupMapping(env_.clock, conf_));
  DriverOptions options;
  options.folders = config_.folders;
  options.edits_folders_min = config_.edits_folders_min;
  options.restore_failed = config_.restore_failed;
  options.on_low_room = [this] { NoteResources(false); };
  options.process_user = ProcessUser();
  options.supergroup = config_.supergroup;
  options.host_name = config_.rpc_address.host;
  options.leases.hard = config_.lease_hard_limit;
  NamesystemLimits& limits = options.limits;
  limits.component_bytes_max = config_.component_bytes_max;
  limits.directory_items_max = static_cast<uint64_t>(config_.directory_items_max);
  limits.block_size_min = config_.block_size_min;
  limits.blocks_per_file_max = config_.blocks_per_file_max;
  limits.replication_min = config_.blocks.min_replication;
  limits.replication_max = config_.replication_max;
  limits.access_time_precision_ms = config_.access_time_precision_ms;
  limits.listing_max = config_.listing_max;
  limits.permissions_enabled = config_.permissions_enabled;
  limits.acls_enabled = config_.acls_enabled;
  limits.posix_acl_inheritance = config_.posix_acl_inheritance;
  limits.xattrs_enabled = config_.xattrs_enabled;
  limits.xattrs_max = config_.xattrs_max;
  limits.xattr_bytes_max = config_.xattr_bytes_max;
  ASSIGN_OR_RETURN(driver_, NamespaceDriver::Open(env_, std::move(options), *blocks_, std::move(on_fatal)));
  ASSIGN_OR_RETURN(tokens_, NameNodeTokens::Load(env_, *driver_, {config_.issue_tokens, config_.token_policy}));
  return Status::Ok();
}

void NameNode::OpenAudit() {
  AuditLogOptions options;
  options.title = "FSNamesystem.audit";
  const std::string folder = conf_.Get("hadoop.log.dir", "");
  if (!folder.empty()) options.path = folder + "/hdfs-audit.log";
  audit_log_ = std::make_unique<AuditLog>(std::move(options));
  audit_ = std::make_unique<NameNodeAudit>(env_.clock, *driver_, *audit_log_, NameNodeAuditOptions::From(conf_));
}

void NameNode::MakeServices() {
  if (config_.block_tokens) {
    block_tokens_ = std::make_unique<BlockTokenIssuer>(
        BlockTokenPolicy{config_.block_key_interval, config_.block_token_lifetime, config_.block_tokens_protobuf}, env_.random,
        env_.clock.Now(), env_.clock.WallMillis());
  }
  NamespaceContext context{env_, *driver_, *groups_, ProcessUser(), config_.supergroup, config_.defaults, block_tokens_.get()};
  ClusterHooks cluster;
  cluster.refresh_nodes = [this] { return RefreshNodes(); };
  cluster.balancer_bandwidth = [this](int64_t bytes_per_second) {
    for (const Datanode& node : registry_->datanodes()) {
      registry_->mutable_datanode(node.index).bandwidth_due = static_cast<uint64_t>(bytes_per_second);
    }
  };
  cluster.log_dir = conf_.Get("hadoop.log.dir", config_.folders.front().path + "/../logs");
  DatanodeProtocolHooks datanodes;
  datanodes.last_txid = [this] { return static_cast<int64_t>(driver_->namesystem().last_txid()); };
  datanodes.commit_synchronization = [this](BlockSynchronization agreed) {
    return CommitSynchronization(*driver_, env_, ProcessUser(), std::move(agreed));
  };
  datanodes.tokens = block_tokens_.get();
  datanodes.rack_of = [this](DatanodeIdentity identity) { return racks_.RackOf(std::move(identity)); };
  datanodes.admit = [this](DatanodeIdentity& identity, AdminState& state) { return Admit(identity, state); };
  RefreshGuard guard = [context](const rpc::CallContext& call, std::string_view operation) -> Status {
    const Caller caller = CallerOf(context, call);
    if (caller.superuser) return Status::Ok();
    return Status(Code::kAccessControl, "Access denied for user " + caller.user +
                                            ". Superuser privilege is required for operation " + std::string(operation));
  };
  services_ = std::make_unique<Services>(
      context, std::move(cluster),
      DatanodeProtocolHandlers(env_, config_, driver_->version(), *blocks_, std::move(datanodes)),
      NamenodeProtocolHandlers(driver_->version(), *blocks_, block_tokens_.get(), guard,
                               [this] { return static_cast<int64_t>(driver_->namesystem().last_txid()); }),
      *tokens_, guard, conf_.GetBool("hadoop.security.authorization", false).value_or(false));
}

rpc::ServerOptions::AuthorizeProxy NameNode::ProxyRules() {
  auto rules = std::make_shared<ProxyUsers>(
      conf_, [this](const std::string& user) { return groups_->GroupsOf(user); },
      [this](const std::string& host) { return env_.network.ResolveBlocking(host); });
  return [rules](const std::string& real, const std::string& effective, const std::string& host) {
    return rules->Authorize(real, effective, host);
  };
}

void NameNode::MakeWebHdfs() {
  WebHdfsContext context{env_, HostPort{config_.rpc_address.host, rpc_address().port}.ToString(),
                         config_.defaults.replication, *registry_};
  WebHdfsIdentity identity;
  identity.static_user = config_.static_web_user;
  identity.authorize_proxy = ProxyRules();
  if (tokens_->issues()) {
    identity.user_of_token = [this](const Token& token) { return tokens_->UserOfToken(token); };
  }
  webhdfs_ = std::make_unique<WebHdfs>(std::move(context), std::move(identity));
  for (rpc::Service* service : services_->names.all()) webhdfs_->Serve(*service);
  webhdfs_->Serve(services_->cluster);
  webhdfs_->Serve(services_->tokens);
  webhdfs_->set_observer(audit_.get());
  webhdfs_->Mount(*http_server_);
}

Status NameNode::MakeConsole() {
  ConsoleContext context{env_, conf_, config_, *driver_, history_};
  context.rpc_address = HostPort{config_.rpc_address.host, rpc_address().port};
  context.process_user = ProcessUser();
  context.issues_tokens = tokens_->issues();
  context.refresh_nodes = [this] { return RefreshNodes(); };
  context.started_wall_ms = env_.clock.WallMillis();
  context.audit_log = audit_log_.get();
  context.audit = audit_.get();
  ASSIGN_OR_RETURN(console_, NameNodeConsole::Open(std::move(context)));
  for (rpc::Service* service : services_->names.all()) console_->Serve(*service);
  console_->Serve(services_->cluster);
  console_->Serve(services_->tokens);
  console_->Mount(*http_server_);
  return Status::Ok();
}

Status NameNode::OpenPorts() {
  rpc::ServerOptions rpc_options;
  rpc_options.bind = config_.rpc_bind;
  rpc_options.server_name = "namenode";
  rpc_options.authorize_proxy = ProxyRules();
  rpc_options.observer = audit_.get();
  rpc_options.log_slow = conf_.GetBool("ipc.server.log.slow.rpc", false).value_or(false);
  rpc_options.slow_threshold = std::chrono::milliseconds(conf_.GetInt("ipc.server.log.slow.rpc.threshold.ms", 0).value_or(0));
  if (tokens_->issues()) rpc_options.secret_manager = tokens_.get();
  ASSIGN_OR_RETURN(rpc_server_, rpc::Server::Listen(env_, std::move(rpc_options)));
  services_->names.AddTo(*rpc_server_);
  for (rpc::Service* service : std::initializer_list<rpc::Service*>{
           &services_->cluster, &services_->tokens, &services_->datanodes, &services_->balancers, &services_->ha, &services_->mappings,
           &services_->refresh_mappings, &services_->refresh_policy, &services_->refresh_calls}) {
    rpc_server_->AddService(*service);
  }
  http::ServerOptions http_options;
  http_options.bind = config_.http_bind;
  http_options.name = "namenode-http";
  ASSIGN_OR_RETURN(http_server_, http::Server::Listen(env_, std::move(http_options)));
  metrics_ = std::make_unique<MetricRegistry>();
  rpc::ExportServerMetrics(*rpc_server_, "NameNode", env_.network.LocalHostName(), *metrics_);
  daemon_pages_ = std::make_unique<DaemonPages>(env_, *metrics_, conf_, DaemonPagesOptions{
      .daemon = "NameNode",
      .not_ready = [this]() -> std::string { return blocks_->safe_mode().on() ? "safe mode is on" : ""; },
      .guarded = true});
  daemon_pages_->Mount(*http_server_);
  pages_ = std::make_unique<NameNodePages>(env_, config_, *driver_, rpc_server_->address());
  pages_->set_fsck_repairs(fsck_repairs_);
  pages_->set_audit(audit_.get());
  pages_->Mount(*http_server_, *metrics_);
  ExportActivity(*rpc_server_, *driver_, *metrics_);
  AddNameNodeSeries(history_, *driver_);
  rpc::AddRpcSeries(history_, [this] { return std::vector<const rpc::Server*>{rpc_server_.get()}; });
  AddProcessSeries(history_);
  MakeWebHdfs();
  return MakeConsole();
}

Task<Status> NameNode::Start() {
  CO_RETURN_IF_ERROR(OpenPorts());
  driver_->Start();
  rpc_server_->Start();
  http_server_->Start();
  chores_.Spawn(Housekeeping());
  chores_.Spawn(WatchResources());
  chores_.Spawn(console_->Run(chores_.token()));
  chores_.Spawn(SampleHistory(env_, history_, chores_.token()));
  trash_ = std::make_unique<TrashEmptier>(
      env_, *driver_,
      TrashOptions{std::chrono::minutes(config_.defaults.trash_interval_minutes), conf_.GetDuration("fs.trash.checkpoint.interval", Duration{}, std::chrono::minutes(1)).value_or(Duration{}),
                   ProcessUser(), [this] { return !blocks_->safe_mode().on(); }});
  chores_.Spawn(trash_->Run(chores_.token()));
  LogInfo("namenode", "serving on {} (http {}), cluster {}, {} blocks, safe mode {}", rpc_address().ToString(),
          http_address().ToString(), driver_->version().cluster_id, blocks_->Stats().blocks,
          blocks_->safe_mode().on() ? "on" : "off");
  co_return Status::Ok();
}

Task<void> NameNode::Stop() {
  chores_.Cancel();
  if (rpc_server_ != nullptr) co_await rpc_server_->Shutdown();
  if (console_ != nullptr) co_await console_->Stop();
  if (http_server_ != nullptr) co_await http_server_->Shutdown();
  co_await chores_.Join();
  co_await driver_->Stop();
}

HostPort NameNode::rpc_address() const { return rpc_server_->address(); }
HostPort NameNode::http_address() const { return http_server_->address(); }

// ---- datanodes

Task<void> NameNode::Housekeeping() {
  while (!chores_.cancelled()) {
    Status slept = co_await SleepFor(env_.loop, config_.redundancy_interval, chores_.token());
    if (!slept.ok()) break;
    const TimePoint now = env_.clock.Now();
    CheckDatanodes(now);
    RollBlockKeys(now);
    blocks_->Tick(now);
    tokens_->Tick();
  }
}

Task<void> NameNode::WatchResources() {
  while (!chores_.cancelled()) {
    if (driver_->low_on_room()) co_await driver_->MakeRoom();
    const bool available = co_await env_.disk_pool.Run([this] { return HaveResources(env_.disk, config_.resources); });
    NoteResources(available && !driver_->low_on_room());
    Status slept = co_await SleepFor(env_.loop, config_.resource_interval, chores_.token());
    if (!slept.ok()) break;
  }
}

void NameNode::NoteResources(bool available) {
  SafeMode& safe_mode = blocks_->safe_mode();
  if (available != safe_mode.resources_low()) return;
  if (!available) LogWarn("namenode", "NameNode low on available disk space. Entering safe mode.");
  if (available) LogInfo("namenode", "there is space on the NameNode's disks again. Leaving the safe mode that was for it.");
  safe_mode.SetResourcesLow(!available);
}

void NameNode::CheckDatanodes(TimePoint now) {
  for (DatanodeIndex dead : registry_->TakeExpired(now)) {
    LogWarn("datanodes", "lost {}: no heartbeat for {} s", registry_->datanode(dead).identity.XferAddress(),
            ToMillis(config_.datanodes.DeadAfter()) / 1000);
    blocks_->DatanodeDied(dead, now);
  }
  CheckDecommissioning(now);
}

void NameNode::RollBlockKeys(TimePoint now) {
  if (block_tokens_ == nullptr || !block_tokens_->Roll(now, env_.clock.WallMillis())) return;
  LogInfo("datanodes", "a new key for block tokens");
  for (const Datanode& node : registry_->datanodes()) registry_->mutable_datanode(node.index).keys_due = true;
}

void NameNode::CheckDecommissioning(TimePoint now) {
  for (const Datanode& node : registry_->datanodes()) {
    const bool maintained = node.admin_state == AdminState::kEnteringMaintenance || node.admin_state == AdminState::kInMaintenance;
    if (maintained) ChangeState(node, WantedState(node.identity, node.admin_state), now);  // its time may be over
  }
  if (now - decommissioning_checked_ < config_.decommission_interval) return;
  decommissioning_checked_ = now;
  for (const Datanode& node : registry_->datanodes()) {
    const bool decommissions = node.admin_state == AdminState::kDecommissionInProgress;
    if (!node.alive || (!decommissions && node.admin_state != AdminState::kEnteringMaintenance)) continue;
    if (blocks_->safe_mode().on() || blocks_->BlocksHeldBackBy(node.index) > 0) continue;
    ChangeState(node, decommissions ? AdminState::kDecommissioned : AdminState::kInMaintenance, now);
  }
}

Status NameNode::ReadHostLists() {
  ASSIGN_OR_RETURN(std::string include, ReadHostsFile(env_.disk, config_.hosts_file));
  if (HostLists::AreCombined(conf_.Get("dfs.namenode.hosts.provider.classname", ""))) {
    auto combined = HostLists::ParseCombined(include);
    if (!combined.ok()) return combined.status().WithContext(config_.hosts_file);
    hosts_ = std::move(*combined);
    return Status::Ok();
  }
  ASSIGN_OR_RETURN(std::string exclude, ReadHostsFile(env_.disk, config_.hosts_exclude_file));
  hosts_ = HostLists::Parse(include, exclude);
  return Status::Ok();
}

// What the lists say of a datanode that is in `now`; a state that is reached already stays.
AdminState NameNode::WantedState(const DatanodeIdentity& identity, AdminState now) const {
  if (hosts_.Excluded(identity)) {
    return now == AdminState::kDecommissioned ? now : AdminState::kDecommissionInProgress;
  }
  const std::optional<int64_t> until = hosts_.MaintenanceUntil(identity);
  if (until && *until > env_.clock.WallMillis()) {
    return now == AdminState::kInMaintenance ? now : AdminState::kEnteringMaintenance;
  }
  return AdminState::kNormal;
}

Status NameNode::Admit(const DatanodeIdentity& identity, AdminState& admin_state) const {
  if (!hosts_.Included(identity)) {
    return Status(Code::kDisallowedDatanode,
                  "Datanode denied communication with namenode because the host is not in the include-list: " +
                      identity.host + ":" + std::to_string(identity.xfer_port));
  }
  // One that restarts during its maintenance stays in it: nothing is to be copied because of that.
  const Datanode* before = registry_->FindByUuid(identity.uuid);
  const bool maintained = before != nullptr && before->admin_state == AdminState::kInMaintenance;
  admin_state = WantedState(identity, maintained ? AdminState::kInMaintenance : AdminState::kNormal);
  return Status::Ok();
}

void NameNode::ChangeState(const Datanode& node, AdminState wanted, TimePoint now) {
  Datanode& changed = registry_->mutable_datanode(node.index);
  const bool was_maintained = node.admin_state == AdminState::kInMaintenance;
  // One that is down already has nothing to hand over.
  if (wanted == AdminState::kEnteringMaintenance && !node.alive) wanted = AdminState::kInMaintenance;
  const std::optional<int64_t> until = hosts_.MaintenanceUntil(node.identity);
  const bool maintained = wanted == AdminState::kEnteringMaintenance || wanted == AdminState::kInMaintenance;
  changed.maintenance_until_wall_ms = maintained && until && *until != INT64_MAX ? *until : 0;
  if (wanted == node.admin_state) return;
  changed.admin_state = wanted;
  constexpr const char* kWords[] = {"taken back", "decommissioning", "decommissioned", "entering maintenance", "in maintenance"};
  LogInfo("datanodes", "{} {}", kWords[static_cast<size_t>(wanted)], node.identity.XferAddress());
  // While it was in maintenance its replicas were not missed; a dead one's are now.
  if (was_maintained && !node.alive) blocks_->DatanodeDied(node.index, now);
  blocks_->AdminStateChanged(node.index, now);
}

Status NameNode::RefreshNodes() {
  RETURN_IF_ERROR(ReadHostLists());
  racks_.Reload();
  const TimePoint now = env_.clock.Now();
  for (const Datanode& node : registry_->datanodes()) {
    if (node.alive && !hosts_.Included(node.identity)) {
      Datanode& changed = registry_->mutable_datanode(node.index);
      changed.alive = false;
      changed.needs_registration = true;
      blocks_->DatanodeDied(node.index, now);
      continue;
    }
    ChangeState(node, WantedState(node.identity, node.admin_state), now);
  }
  return Status::Ok();
}

}  // namespace tusk::dfs
