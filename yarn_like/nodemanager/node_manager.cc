// Composition of the node manager.
#include "yarn_like/nodemanager/node_manager.h"

#include <algorithm>

#include "base/async/blocking_pool.h"
#include "base/http/server.h"
#include "base/log/log.h"
#include "base/metrics/metrics.h"
#include "base/rpc/client.h"
#include "base/rpc/server.h"
#include "base/rpc/server_metrics.h"
#include "base/server/pages.h"
#include "yarn_like/nodemanager/applications.h"
#include "yarn_like/nodemanager/container/container_host.h"
#include "yarn_like/nodemanager/container/gpu_driver.h"
#include "yarn_like/nodemanager/container/launch_script.h"
#include "yarn_like/nodemanager/localize/dfs_resource_source.h"
#include "yarn_like/nodemanager/logs/container_logs.h"
#include "yarn_like/nodemanager/logs/log_aggregator.h"
#include "yarn_like/nodemanager/logs/log_service.h"
#include "yarn_like/nodemanager/node_health.h"
#include "yarn_like/nodemanager/node_manager_config.h"
#include "yarn_like/nodemanager/node_metrics.h"
#include "yarn_like/nodemanager/rpc/container_manager_service.h"
#include "yarn_like/nodemanager/rpc/resource_tracker_client.h"
#include "yarn_like/nodemanager/rpc/token_gate.h"
#include "yarn_like/nodemanager/web/node_web.h"

namespace tusk::yarn {
namespace {

// Hadoop's ApplicationConstants for JDK 17 and later.
constexpr const char* kAddOpens =
    "--add-opens=java.base/java.lang=ALL-UNNAMED --add-exports=java.base/sun.net.dns=ALL-UNNAMED "
    "--add-exports=java.base/sun.net.util=ALL-UNNAMED";

// The major version that <java home>/release names; 0 where it cannot be told.
int JavaVersion(Disk& disk, const std::string& java_home) {
  std::string release = disk.ReadFile(java_home + "/release", 1 << 20).value_or("");
  size_t at = release.find("JAVA_VERSION=\"");
  return at == std::string::npos ? 0 : std::atoi(release.c_str() + at + 14);
}

bool IsAnyAddress(const std::string& host) { return host == "0.0.0.0" || host == "::" || host.empty(); }

// What the node manager before this one wrote down, and where this one goes on.
struct KeptState {
  std::unique_ptr<DurableMap> map;  // null: recovery is off
  NodeRecords records;
};

Result<KeptState> OpenState(Env env, const NodeManagerConfig& config) {
  KeptState kept;
  if (!config.recovery) return kept;
  RETURN_IF_ERROR(env.disk.MakeDirs(config.recovery_dir, 0700));
  ASSIGN_OR_RETURN(kept.map, DurableMap::Open(env.disk, config.recovery_dir + "/yarn-nm-state"));
  kept.records = NodeRecords::Parse(kept.map->entries());
  if (kept.records.unreadable > 0) LogWarn("nodemanager", "{} records of the state store do not parse", kept.records.unreadable);
  return kept;
}

// What "auto" means: declared fakes (for tests, and clusters that only pretend), else the driver's devices, else, where its library
// does not answer, every /dev/nvidia<n>.
Result<std::vector<GpuDevice>> DetectGpus(Disk& disk, const Configuration& configuration) {
  if (std::string fakes = configuration.Get("tusk.nodemanager.gpu.fake-devices", ""); !fakes.empty()) return GpuDevices::Parse(fakes);
  Result<std::vector<GpuDevice>> devices = AskGpuDriver(kGpuLibrary);
  if (devices.ok()) return devices;
  LogInfo("nodemanager", "the GPU driver was not asked: {}", devices.status().message());
  std::vector<GpuDevice> found;
  for (int minor = 0; minor < 64; ++minor) {
    if (disk.Exists("/dev/nvidia" + std::to_string(minor))) found.push_back({static_cast<int>(found.size()), minor});
  }
  return found;
}

// GPUs that containers may have: as configured, or ("auto") as found.
Status FindGpus(Disk& disk, const Configuration& configuration, const ResourceTypes& types, NodeManagerConfig& config) {
  std::vector<std::string> plugins = configuration.GetStrings("yarn.nodemanager.resource-plugins");
  if (std::find(plugins.begin(), plugins.end(), kGpuName) == plugins.end()) return Status::Ok();
  config.gpu_position = types.Find(kGpuName);
  if (config.gpu_position < 0) {
    return Status(Code::kInvalidArgument, "yarn.nodemanager.resource-plugins names yarn.io/gpu, yarn.resource-types does not");
  }
  std::string allowed = configuration.Get("yarn.nodemanager.resource-plugins.gpu.allowed-gpu-devices", "auto");
  ASSIGN_OR_RETURN(config.gpus, allowed == "auto" ? DetectGpus(disk, configuration) : GpuDevices::Parse(allowed));
  LogInfo("nodemanager", "GPUs for containers: {}", config.gpus.empty() ? "none" : ToText(config.gpus));
  return Status::Ok();
}

class NodeManagerImpl : public NodeManager {
 public:
  NodeManagerImpl(Env env, const Configuration& configuration, NodeManagerConfig config, KeptState kept, ResourceTypes types,
                  NodeManagerParts parts)
      : env_(env),
        config_(std::move(config)),
        parts_(std::move(parts)),
        records_(std::move(kept.records)),
        state_(env, std::move(kept.map)),
        files_(env, configuration, parts_.user),
        own_source_(files_),
        localizer_(env, parts_.source != nullptr ? *parts_.source : own_source_, LocalizerOptionsOf(config_), state_),
        host_(env, *parts_.launcher, config_, localizer_, NodeDirs(config_.local_dirs, config_.log_dirs), state_),
        applications_(env, host_, ServicesOf(config_, parts_), state_),
        gate_(std::move(types)),
        service_(env, gate_, host_, applications_, state_),
        rpc_client_(rpc::Client::Make(env)),
        tracker_(env, *rpc_client_, gate_, host_, applications_, service_),
        logs_(env.disk, config_.log_dirs),
        aggregator_(files_, logs_, AggregationOptionsOf(config_)),
        log_service_(env, aggregator_, logs_, LogOptionsOf(config_)),
        web_(env, host_, applications_, logs_),
        counts_(metrics_, host_, Offered(), env.network.LocalHostName()),
        pages_(env, metrics_, configuration, {.daemon = "NodeManager"}),
        scope_(env.loop) {}

  Task<Status> Start() override {
    for (AuxService* service : ServicesOf(config_, parts_)) CO_RETURN_IF_ERROR(co_await service->Start());
    CO_RETURN_IF_ERROR(co_await host_.Prepare(config_.recovery ? &records_ : nullptr));
    CO_RETURN_IF_ERROR(OpenPorts());
    Tell();
    if (config_.recovery) co_await Recover();
    rpc_server_->Start();
    web_server_->Start();
    co_await CheckDisks();
    scope_.Spawn(Sweep());
    scope_.Spawn(WatchDisks());
    TrackerFacts facts;
    facts.node = gate_.node();
    facts.http_port = web_server_->address().port;
    facts.node_ip = node_ip_;
    facts.resource = Offered();
    facts.tracker = config_.tracker;
    facts.user = parts_.user;
    tracker_.Start(std::move(facts), [this](std::string why) {
      LogWarn("nodemanager", "the resource manager refuses this node: {}", why);
      if (parts_.on_refused) parts_.on_refused(std::move(why));
    });
    LogInfo("nodemanager", "{} up: rpc {}, web {}, {} MB, {} vcores, {}", gate_.node().ToString(),
            rpc_server_->address().ToString(), web_server_->address().ToString(), config_.memory_mb, config_.vcores,
            host_.limits_description());
    co_return Status::Ok();
  }

  Task<void> Stop() override {
    service_.SetReady(false);
    scope_.Cancel();
    bool leave = config_.recovery && config_.supervised;
    co_await tracker_.Stop(!leave);
    if (leave) {
      co_await host_.Leave();
    } else {
      co_await host_.Shutdown();
    }
    co_await applications_.Shutdown();
    co_await log_service_.Shutdown();
    co_await localizer_.Shutdown();
    if (rpc_server_) co_await rpc_server_->Shutdown();
    if (web_server_) co_await web_server_->Shutdown();
    for (AuxService* service : ServicesOf(config_, parts_)) co_await service->Stop();
    co_await files_.Shutdown();
    co_await rpc_client_->Shutdown();
    co_await scope_.Join();
    co_await state_.Shutdown();
  }

  HostPort rpc_address() const override { return rpc_server_->address(); }
  HostPort web_address() const override { return web_server_->address(); }
  bool registered() const override { return tracker_.registered(); }
  size_t container_count() const override { return host_.containers().size(); }

 private:
  Resource Offered() const {
    Resource offered(config_.memory_mb, config_.vcores);
    if (config_.gpu_position >= 0) offered.amounts[static_cast<size_t>(config_.gpu_position)] = static_cast<int64_t>(config_.gpus.size());
    return offered;
  }
  static LocalizerOptions LocalizerOptionsOf(const NodeManagerConfig& config) {
    LocalizerOptions options;
    options.local_dirs = config.local_dirs;
    options.cache_bytes_target = static_cast<uint64_t>(config.cache_bytes_target);
    return options;
  }
  static LogAggregationOptions AggregationOptionsOf(const NodeManagerConfig& config) {
    return {config.remote_log_dir, config.remote_log_suffix};
  }
  static LogServiceOptions LogOptionsOf(const NodeManagerConfig& config) {
    LogServiceOptions options;
    options.aggregate = config.aggregate_logs;
    options.roll_interval = config.roll_interval;
    options.remote_files_max = config.remote_logs_max;
    options.policy_class = config.log_policy;
    options.policy_parameters = config.log_policy_parameters;
    options.retain = config.log_retain;
    return options;
  }
  static std::vector<AuxService*> ServicesOf(const NodeManagerConfig& config, const NodeManagerParts& parts) {
    std::vector<AuxService*> services;
    for (AuxService* service : parts.services) {
      const auto& names = config.aux_services;
      if (std::find(names.begin(), names.end(), service->name()) != names.end()) services.push_back(service);
    }
    return services;
  }

  Task<void> Recover() {
    gate_.SetSaver([this](std::string key, std::optional<std::string> value) {
      if (value) {
        state_.Put(std::move(key), std::move(*value));
      } else {
        state_.Erase(std::move(key));
      }
    });
    gate_.Recover(records_);
    co_await localizer_.Recover(records_.resources);
    service_.Recover(records_);
    applications_.Recover(records_);
    records_ = {};
  }

  Status OpenPorts() {
    rpc::ServerOptions rpc_options;
    rpc_options.bind = config_.rpc_bind;
    rpc_options.server_name = "nodemanager";
    rpc_options.allow_simple = false;
    rpc_options.secret_manager = &gate_;
    ASSIGN_OR_RETURN(rpc_server_, rpc::Server::Listen(env_, rpc_options));
    rpc_server_->AddService(service_);
    http::ServerOptions web_options;
    web_options.bind = config_.web_bind;
    web_options.name = "nodemanager-web";
    web_options.headers_always.Add("X-Content-Type-Options", "nosniff");
    web_options.headers_always.Add("X-Frame-Options", "SAMEORIGIN");
    ASSIGN_OR_RETURN(web_server_, http::Server::Listen(env_, web_options));
    pages_.Mount(*web_server_);
    web_.Mount(*web_server_);
    return Status::Ok();
  }

  // $NAME and ${NAME} by this process's environment; nothing for absent ones.
  std::string Expand(const std::string& text) const {
    std::string expanded;
    for (size_t at = 0; at < text.size();) {
      if (text[at] != '$') {
        expanded.push_back(text[at++]);
        continue;
      }
      bool braces = at + 1 < text.size() && text[at + 1] == '{';
      size_t begin = at + (braces ? 2 : 1);
      size_t end = begin;
      while (end < text.size() && IsShellName("_" + text.substr(end, 1))) ++end;
      auto value = parts_.environment.find(text.substr(begin, end - begin));
      if (value != parts_.environment.end()) expanded += value->second;
      at = end + (braces && end < text.size() ? 1 : 0);
    }
    return expanded;
  }

  // The node's name and what containers and pages are told, once the ports are known.
  void Tell() {
    std::string host = config_.rpc_bind.host;
    if (IsAnyAddress(host)) host = env_.network.LocalHostName();
    if (host == "127.0.0.1" || host == "::1") host = "localhost";  // as Java's canonical name
    node_ip_ = env_.network.ResolveBlocking(host).value_or("127.0.0.1");
    service_.SetNodeIp(node_ip_);
    gate_.SetNode({host, rpc_server_->address().port});
    NodeFacts facts;
    facts.host = host;
    facts.port = rpc_server_->address().port;
    facts.http_port = web_server_->address().port;
    for (const auto& name : config_.env_whitelist) {
      auto value = parts_.environment.find(name);
      if (value != parts_.environment.end()) facts.inherited_environment.emplace_back(name, value->second);
    }
    for (const auto& [name, value] : config_.admin_env) facts.admin_environment.emplace_back(name, Expand(value));
    std::string java_home = Expand("$JAVA_HOME");
    for (const auto& [name, value] : facts.admin_environment) {
      if (name == "JAVA_HOME") java_home = value;
    }
    if (!java_home.empty() && JavaVersion(env_.disk, java_home) >= 17) facts.add_opens = kAddOpens;
    host_.SetFacts(std::move(facts));
    host_.SetAuxMetadata(applications_.Metadata());
    applications_.SetLogHandler([this](NodeApplication application) { return log_service_.FinishApplication(std::move(application)); });
    log_service_.Start(gate_.node(), applications_);
    tracker_.SetLogReports([this] { return log_service_.TakeReports(); });
    host_.OnDone([this](const Container& container) {
      counts_.NoteDone(container);
      log_service_.NoteDone(container);
      tracker_.NoteDone(container.grant.container);
    });
    service_.OnStarted([this] { counts_.NoteStarted(); });
    applications_.OnGone([this](const ApplicationId& id) { tracker_.NoteApplicationGone(id); });
    NodeWebFacts web;
    web.node = gate_.node();
    web.web_address = (IsAnyAddress(config_.web_bind.host) ? host : config_.web_bind.host) + ":" +
                      std::to_string(web_server_->address().port);
    web.memory_mb = config_.memory_mb;
    web.vcores = config_.vcores;
    web.vmem_ratio = config_.vmem_ratio;
    web.pmem_check = config_.pmem_check;
    web.vmem_check = config_.vmem_check;
    if (config_.aggregate_logs) web.log_server_url = config_.log_server_url;
    web.started_wall_ms = env_.clock.WallMillis();
    web.health = [this] { return tracker_.health(); };
    web.last_heartbeat_wall_ms = [this] { return tracker_.last_heartbeat_wall_ms(); };
    web_.SetFacts(std::move(web));
  }

  Task<void> CheckDisks() {
    HealthOptions options{config_.local_dirs, config_.log_dirs, config_.disk_percent_max, config_.healthy_disks_min};
    HealthReport report = co_await env_.disk_pool.Run([this, options] { return CheckHealth(env_.disk, options); });
    if (!report.text.empty()) LogWarn("nodemanager", "{}", report.text);
    host_.SetDiskHealth({report.healthy, report.text});
    // A healthy node says by what its containers are limited: `yarn node -status` shows it.
    if (report.text.empty()) report.text = "containers limited by " + host_.limits_description();
    tracker_.SetHealth(std::move(report));
  }
  Task<void> WatchDisks() {
    while (!scope_.cancelled()) {
      Status slept = co_await SleepFor(env_.loop, config_.health_interval, scope_.token());
      if (!slept.ok()) co_return;
      co_await CheckDisks();
    }
  }

  // Now and then: surplus of the cache and old logs go.
  Task<void> Sweep() {
    while (!scope_.cancelled()) {
      Status slept = co_await SleepFor(env_.loop, config_.cache_sweep_interval, scope_.token());
      if (!slept.ok()) co_return;
      co_await localizer_.Sweep();
      co_await log_service_.RemoveOld();
    }
  }

  Env env_;
  NodeManagerConfig config_;
  NodeManagerParts parts_;
  NodeRecords records_;  // until they are recovered
  StateWriter state_;
  UserFileSystems files_;
  DfsResourceSource own_source_;
  Localizer localizer_;
  ContainerHost host_;
  Applications applications_;
  TokenGate gate_;
  ContainerManagerService service_;
  std::unique_ptr<rpc::Client> rpc_client_;
  ResourceTrackerClient tracker_;
  ContainerLogs logs_;
  LogAggregator aggregator_;
  LogService log_service_;
  NodeWeb web_;
  MetricRegistry metrics_;
  NodeMetrics counts_;
  DaemonPages pages_;
  std::unique_ptr<rpc::Server> rpc_server_;
  std::unique_ptr<http::Server> web_server_;
  std::string node_ip_ = "127.0.0.1";
  TaskScope scope_;
};

}  // namespace

Result<std::unique_ptr<NodeManager>> NodeManager::Create(Env env, const Configuration& configuration, NodeManagerParts parts) {
  TUSK_CHECK(parts.launcher != nullptr) << "a node manager needs a process launcher";
  ASSIGN_OR_RETURN(NodeManagerConfig config, NodeManagerConfig::Read(configuration));
  ASSIGN_OR_RETURN(ResourceTypes types, ResourceTypes::FromConfiguration(configuration));
  RETURN_IF_ERROR(FindGpus(env.disk, configuration, types, config));
  ASSIGN_OR_RETURN(KeptState kept, OpenState(env, config));
  for (const auto& name : config.aux_services) {
    bool known = std::any_of(parts.services.begin(), parts.services.end(), [&](AuxService* s) { return s->name() == name; });
    if (!known) LogWarn("nodemanager", "yarn.nodemanager.aux-services names {}, which tusk does not have", name);
  }
  return std::unique_ptr<NodeManager>(
      std::make_unique<NodeManagerImpl>(env, configuration, std::move(config), std::move(kept), std::move(types), std::move(parts)));
}

}  // namespace tusk::yarn
