// Composition and the chores: expiries, scheduling delays, key rolling.
#include "yarn_like/resourcemanager/resource_manager.h"

#include <algorithm>

#include "base/async/task_scope.h"
#include "base/http/server.h"
#include "base/log/log.h"
#include "base/metrics/metrics.h"
#include "base/rpc/server.h"
#include "base/rpc/server_metrics.h"
#include "base/server/history_sampler.h"
#include "base/server/pages.h"
#include "yarn_like/resourcemanager/access.h"
#include "yarn_like/resourcemanager/console/yarn_console.h"
#include "yarn_like/resourcemanager/master_launcher.h"
#include "yarn_like/resourcemanager/nodes/node_admission.h"
#include "yarn_like/resourcemanager/rest/rest_service.h"
#include "yarn_like/resourcemanager/rpc/admin_handler.h"
#include "yarn_like/resourcemanager/rpc/application_master_handler.h"
#include "yarn_like/resourcemanager/rpc/client_handler.h"
#include "yarn_like/resourcemanager/rpc/resource_tracker_handler.h"
#include "yarn_like/resourcemanager/state/rm_delegation_tokens.h"
#include "yarn_like/resourcemanager/web/app_proxy.h"
#include "yarn_like/resourcemanager/web/cluster_history.h"
#include "yarn_like/resourcemanager/web/cluster_pages.h"

namespace tusk::yarn {
namespace {

constexpr std::string_view kLog = "resourcemanager";
// Shorter than any scheduling delay, so that one set during the sleep is not missed.
constexpr Duration kChoreInterval = std::chrono::milliseconds(500);

AuditLogOptions AuditOptions(const Configuration& conf) {
  AuditLogOptions options;
  options.title = "resourcemanager.RMAuditLogger";
  const std::string folder = conf.Get("hadoop.log.dir", "");
  if (!folder.empty()) options.path = folder + "/rm-audit.log";
  return options;
}

class ResourceManagerImpl : public ResourceManager {
 public:
  ResourceManagerImpl(Env env, ResourceManagerConfig config, const Configuration& configuration,
                      std::unique_ptr<StateStore> store, StoredState stored, std::unique_ptr<Access> access,
                      AdminHandler::Reload reload, NodeAdmission admission, RestPolicy rest, YarnConsoleParts console_parts)
      : env_(env),
        configuration_(configuration),
        config_(std::move(config)),
        store_(std::move(store)),
        access_(std::move(access)),
        launcher_(env),
        audit_log_(AuditOptions(configuration)),
        audit_(env.clock, audit_log_),
        journal_(*store_, audit_),
        cluster_(config_.cluster, launcher_, &journal_),
        tokens_(stored.keys ? std::move(*stored.keys) : NewTokenKeys(env.random, config_.tokens), config_.tokens,
                config_.cluster.start_wall_ms, cluster_.config().types, env.clock.Now()),
        amrm_secrets_(tokens_, [this](const ApplicationAttemptId& attempt) { return IsLive(attempt); }),
        delegation_(config_.delegation, EncodeRmDelegation, DecodeRmDelegation, store_.get(), env.random),
        delegation_secrets_(delegation_, env.clock),
        client_handler_(env, cluster_, *access_, tokens_, delegation_, *store_, audit_),
        master_handler_(env, cluster_, tokens_, *store_, audit_),
        tracker_handler_(env, cluster_, tokens_, config_.node_heartbeat_ms),
        admin_handler_(env, cluster_, *access_, std::move(reload), audit_),
        daemon_pages_(env, metrics_, configuration, {.daemon = "ResourceManager", .guarded = true}),
        cluster_pages_(env, cluster_),
        rest_(env, cluster_, *access_, client_handler_, std::move(rest)),
        app_proxy_(env, cluster_),
        console_parts_(std::move(console_parts)),
        scope_(env.loop) {
    cluster_.set_stopwatch(&env_.clock);
    launcher_.Attach(cluster_, tokens_, *store_);
    store_->KeysChanged(tokens_.Export(env.clock.Now()));
    recovered_ = std::move(stored.applications);
    delegation_.Restore(stored.delegation);
    cluster_.SetAdmission(std::move(admission), /*graceful=*/false, {}, {env.clock.Now(), env.clock.WallMillis()});
  }

  Task<Status> Start() override {
    // Tokens that are handed out must be good after a restart.
    CO_RETURN_IF_ERROR(co_await store_->Sync());
    cluster_.Recover(std::move(recovered_), {env_.clock.Now(), env_.clock.WallMillis()});
    Status opened = Open();
    if (!opened.ok()) {
      if (console_ != nullptr) co_await console_->Stop();
      co_await CloseServers();
      co_return opened;
    }
    for (auto* server : {&client_server_, &master_server_, &tracker_server_, &admin_server_}) (*server)->Start();
    web_server_->Start();
    console_->Start();
    scope_.Spawn(Chores());
    scope_.Spawn(SampleHistory(env_, history_, scope_.token()));
    LogInfo(kLog, "started: clients {}, application masters {}, node managers {}, web {}",
            client_server_->address().ToString(), master_server_->address().ToString(),
            tracker_server_->address().ToString(), web_server_->address().ToString());
    co_return Status::Ok();
  }

  Task<void> Stop() override {
    scope_.Cancel();
    co_await scope_.Join();
    if (console_ != nullptr) co_await console_->Stop();
    co_await CloseServers();
    co_await launcher_.Shutdown();
    co_await store_->Shutdown();
  }

  HostPort client_address() const override { return client_server_->address(); }
  HostPort scheduler_address() const override { return master_server_->address(); }
  HostPort tracker_address() const override { return tracker_server_->address(); }
  HostPort admin_address() const override { return admin_server_->address(); }
  HostPort web_address() const override { return web_server_->address(); }
  const Cluster& cluster() const override { return cluster_; }

 private:
  Status Open() {
    RETURN_IF_ERROR(OpenRpc(config_.client_address, "resourcemanager-client", client_handler_, &client_server_));
    RETURN_IF_ERROR(OpenRpc(config_.scheduler_address, "resourcemanager-master", master_handler_, &master_server_));
    RETURN_IF_ERROR(OpenRpc(config_.tracker_address, "resourcemanager-tracker", tracker_handler_, &tracker_server_));
    RETURN_IF_ERROR(OpenRpc(config_.admin_address, "resourcemanager-admin", admin_handler_, &admin_server_));
    ASSIGN_OR_RETURN(web_server_, http::Server::Listen(env_, {.bind = config_.web_address, .name = "resourcemanager"}));
    daemon_pages_.Mount(*web_server_);
    RETURN_IF_ERROR(OpenConsole());  // first: its redirects go before the pages that they replace
    cluster_pages_.Mount(*web_server_);
    rest_.Mount(*web_server_);
    app_proxy_.Mount(*web_server_);
    cluster_pages_.AddMetrics(metrics_);
    AddSeries();
    return Status::Ok();
  }

  Status OpenConsole() {
    ASSIGN_OR_RETURN(console_, YarnConsole::Open(env_, cluster_, *access_, configuration_, history_, audit_log_, audit_, std::move(console_parts_)));
    console_->Mount(*web_server_);
    return Status::Ok();
  }

  void AddSeries() {
    const std::vector<const rpc::Server*> servers = {client_server_.get(), master_server_.get(), tracker_server_.get(),
                                                     admin_server_.get()};
    for (const rpc::Server* server : servers) rpc::ExportServerMetrics(*server, "ResourceManager", env_.network.LocalHostName(), metrics_);
    AddClusterSeries(history_, cluster_);
    rpc::AddRpcSeries(history_, [servers] { return servers; });
    AddProcessSeries(history_);
  }

  Status OpenRpc(const HostPort& at, std::string name, rpc::Service& service, std::unique_ptr<rpc::Server>* server) {
    rpc::ServerOptions options;
    options.bind = at;
    options.server_name = std::move(name);
    if (&service == &master_handler_) {
      // Application masters prove who they are, on an insecure cluster too.
      options.allow_simple = false;
      options.secret_manager = &amrm_secrets_;
    }
    options.authorize_proxy = [this](const std::string& real, const std::string& effective, const std::string& host) {
      return access_->Authorize(real, effective, host);
    };
    if (&service == &client_handler_) options.secret_manager = &delegation_secrets_;
    ASSIGN_OR_RETURN(*server, rpc::Server::Listen(env_, std::move(options)));
    (*server)->AddService(service);
    return Status::Ok();
  }

  Task<void> CloseServers() {
    for (auto* server : {&client_server_, &master_server_, &tracker_server_, &admin_server_}) {
      if (*server != nullptr) co_await (*server)->Shutdown();
    }
    if (web_server_ != nullptr) co_await web_server_->Shutdown();
  }

  Task<void> Chores() {
    while (!scope_.cancelled()) {
      const TimePoint wake = std::min(env_.loop.In(kChoreInterval), cluster_.next_deadline());
      const Status slept = co_await SleepUntil(env_.loop, wake, scope_.token());
      if (!slept.ok()) co_return;
      delegation_.Tick(env_.clock.WallMillis());
      cluster_.Tick({env_.clock.Now(), env_.clock.WallMillis()});
      const int32_t nm_key = tokens_.nm_signing_key_id();
      if (tokens_.Tick(env_.clock.Now(), env_.random)) {
        if (tokens_.nm_signing_key_id() != nm_key) cluster_.NmKeyChanged();
        LogInfo(kLog, "a token master key was rolled or activated");
        store_->KeysChanged(tokens_.Export(env_.clock.Now()));
      }
    }
  }

  bool IsLive(const ApplicationAttemptId& id) const {
    const Attempt* attempt = cluster_.FindAttempt(id);
    return attempt != nullptr && !IsOver(attempt->state);
  }

  Env env_;
  const Configuration& configuration_;
  ResourceManagerConfig config_;
  std::unique_ptr<StateStore> store_;
  std::unique_ptr<Access> access_;
  std::vector<Application> recovered_;
  MetricRegistry metrics_;
  History history_;
  MasterLauncher launcher_;
  AuditLog audit_log_;
  RmAudit audit_;
  AuditedJournal journal_;
  Cluster cluster_;
  TokenIssuer tokens_;
  AmRmSecretManager amrm_secrets_;
  DelegationTokens delegation_;
  RmDelegationSecretManager delegation_secrets_;
  ClientHandler client_handler_;
  ApplicationMasterHandler master_handler_;
  ResourceTrackerHandler tracker_handler_;
  AdminHandler admin_handler_;
  DaemonPages daemon_pages_;
  ClusterPages cluster_pages_;
  RestService rest_;
  AppProxy app_proxy_;
  YarnConsoleParts console_parts_;  // until Open
  std::unique_ptr<YarnConsole> console_;
  std::unique_ptr<rpc::Server> client_server_;
  std::unique_ptr<rpc::Server> master_server_;
  std::unique_ptr<rpc::Server> tracker_server_;
  std::unique_ptr<rpc::Server> admin_server_;
  std::unique_ptr<http::Server> web_server_;
  TaskScope scope_;
};

YarnConsoleParts ConsoleParts(const Configuration& conf, const ResourceManagerConfig& config, ResourceManagerParts& parts) {
  YarnConsoleParts console;
  console.process_user = parts.user;
  console.facts.cluster_id = config.cluster_id.empty() ? std::to_string(config.cluster.start_wall_ms) : config.cluster_id;
  console.facts.version = DaemonPagesOptions().version;
  console.facts.submit_acl = conf.Get("yarn.scheduler.capacity.root.acl_submit_applications", "*");
  console.facts.admin_acl = conf.Get("yarn.scheduler.capacity.root.acl_administer_queue", "*");
  console.finished = parts.finished;
  console.submit = {conf.Get("fs.defaultFS", "file:///"), std::move(parts.ml_algorithms), std::move(parts.quant_types)};
  console.submissions.launcher = parts.launcher;
  console.submissions.executable = std::move(parts.executable);
  console.submissions.conf_folder = std::move(parts.conf_folder);
  console.submissions.folder = conf.Get("hadoop.tmp.dir", "/tmp/hadoop") + "/yarn/console/" + std::to_string(config.cluster.start_wall_ms);
  return console;
}

}  // namespace

Result<std::unique_ptr<ResourceManager>> ResourceManager::Create(Env env, const Configuration& configuration,
                                                                 ResourceManagerParts parts) {
  ASSIGN_OR_RETURN(ResourceManagerConfig config, ResourceManagerConfig::From(configuration));
  config.cluster.start_wall_ms = env.clock.WallMillis();
  config.cluster.web_address = config.web_address.ToString();
  StoredState stored;
  ASSIGN_OR_RETURN(auto store, StateStore::Open(env, config.recovery ? config.state_folder : "", config.cluster.types,
                                                &stored));
  config.cluster.scheduler.epoch = stored.epoch;
  ASSIGN_OR_RETURN(RestPolicy rest, RestPolicy::From(configuration, config.web_address, parts.user));
  ASSIGN_OR_RETURN(auto access, Access::Make(env, configuration, parts.user));
  Result<NodeAdmission> admission = ReadAdmission(env.disk, configuration);
  if (!admission.ok()) LogWarn(kLog, "all nodes may take part: {}", admission.status().ToString());
  AdminHandler::Reload reload = std::move(parts.reload);
  if (!reload) reload = [same = configuration] { return Result<Configuration>(same); };
  YarnConsoleParts console = ConsoleParts(configuration, config, parts);
  console.reload = reload;
  return std::unique_ptr<ResourceManager>(
      new ResourceManagerImpl(env, std::move(config), configuration, std::move(store), std::move(stored),
                              std::move(access), std::move(reload), std::move(admission).value_or(NodeAdmission()), std::move(rest),
                              std::move(console)));
}

}  // namespace tusk::yarn
