// Putting a small YARN together.
#include "mapreduce/testing/mini_yarn.h"

#include <semaphore>

#include "base/cli/cli_context.h"

namespace tusk::mapreduce {

MiniYarn::MiniYarn(MiniYarnOptions options)
    : options_(std::move(options)),
      clock_(MakeSystemClock()),
      random_(MakeSystemRandom()),
      disk_(MakePosixDisk()),
      loop_(std::make_unique<AsioLoop>(*clock_)),
      pool_(MakeThreadPool("disk", 4)),
      network_(MakeAsioNetwork(*loop_, *pool_)),
      launcher_(MakeProcessLauncher(*loop_)),
      nodes_(static_cast<size_t>(options_.nodes)) {
  thread_ = std::thread([this] { loop_->Run(); });
}

Env MiniYarn::env() { return {*clock_, *random_, *disk_, *loop_, *network_, *pool_}; }

template <typename T>
T MiniYarn::Run(Task<T> task) {
  struct Driver {
    struct promise_type {
      Driver get_return_object() { return {}; }
      std::suspend_never initial_suspend() noexcept { return {}; }
      std::suspend_never final_suspend() noexcept { return {}; }
      void return_void() {}
      [[noreturn]] void unhandled_exception() { std::terminate(); }
    };
    static Driver Start(Task<T> work, std::optional<T>& result, std::binary_semaphore& done) {
      result.emplace(co_await std::move(work));
      done.release();
    }
  };
  std::binary_semaphore done(0);
  std::optional<T> result;
  loop_->Post([&] { Driver::Start(std::move(task), result, done); });
  done.acquire();
  return std::move(*result);
}

Status MiniYarn::WriteConf() {
  conf_ = Configuration(ProcessVariables(SystemUserName()));
  for (const auto& [key, entry] : options_.extra.entries()) conf_.Set(key, entry.value);
  auto set = [this](const char* key, const std::string& value) { conf_.SetIfUnset(key, value); };
  set("fs.defaultFS", "file:///");
  set("hadoop.tmp.dir", options_.folder + "/tmp");
  set("yarn.app.mapreduce.am.staging-dir", options_.folder + "/staging");
  set("mapreduce.framework.name", "yarn");
  set("mapreduce.map.memory.mb", "256");
  set("mapreduce.reduce.memory.mb", "256");
  set("yarn.scheduler.minimum-allocation-mb", "128");
  set("yarn.resourcemanager.hostname", "127.0.0.1");
  set("yarn.resourcemanager.nodemanagers.heartbeat-interval-ms", "100");
  set("yarn.nm.liveness-monitor.expiry-interval-ms", "3000");
  set("yarn.nodemanager.aux-services", "mapreduce_shuffle");
  set("yarn.nodemanager.resource.memory-mb", std::to_string(options_.memory_mb));
  set("yarn.nodemanager.resource.cpu-vcores", "8");
  set("tusk.nodemanager.cgroups", "off");
  set("yarn.nodemanager.delete.debug-delay-sec", "600");
  for (const char* key : {"yarn.resourcemanager.address", "yarn.resourcemanager.scheduler.address",
                          "yarn.resourcemanager.resource-tracker.address", "yarn.resourcemanager.admin.address",
                          "yarn.resourcemanager.webapp.address"}) {
    set(key, "127.0.0.1:0");
  }
  return disk_->MakeDirs(conf_folder(), 0755);
}

Task<Status> MiniYarn::StartNode(int node) {
  Node& made = nodes_[static_cast<size_t>(node)];
  made.conf = conf_;
  Configuration& conf = made.conf;
  std::string folder = node_folder(node);
  conf.Set("yarn.nodemanager.local-dirs", folder + "/local");
  conf.Set("yarn.nodemanager.log-dirs", folder + "/logs");
  conf.Set("yarn.nodemanager.address", "127.0.0.1:0");
  conf.Set("yarn.nodemanager.webapp.address", "127.0.0.1:0");
  conf.Set("yarn.nodemanager.localizer.address", "127.0.0.1:0");
  made.shuffle = std::make_unique<ShuffleService>(env(), HostPort{"127.0.0.1", 0});
  yarn::NodeManagerParts parts;
  parts.launcher = launcher_.get();
  parts.services = {made.shuffle.get()};
  for (const char* name : {"PATH", "LANG", "HOME"}) {
    if (auto value = EnvironmentVariable(name)) parts.environment[name] = *value;
  }
  parts.user = SystemUserName();
  CO_ASSIGN_OR_RETURN(made.manager, yarn::NodeManager::Create(env(), conf, parts));
  CO_RETURN_IF_ERROR(co_await made.manager->Start());
  for (int i = 0; i < 500 && !made.manager->registered(); ++i) {
    CO_RETURN_IF_ERROR(co_await SleepFor(*loop_, std::chrono::milliseconds(10)));
  }
  co_return made.manager->registered() ? Status::Ok() : Status(Code::kTimedOut, "a node manager does not register");
}

Task<Status> MiniYarn::StartAll() {
  CO_ASSIGN_OR_RETURN(resource_manager_, yarn::ResourceManager::Create(env(), conf_));
  CO_RETURN_IF_ERROR(co_await resource_manager_->Start());
  conf_.Set("yarn.resourcemanager.address", resource_manager_->client_address().ToString());
  conf_.Set("yarn.resourcemanager.scheduler.address", resource_manager_->scheduler_address().ToString());
  conf_.Set("yarn.resourcemanager.resource-tracker.address", resource_manager_->tracker_address().ToString());
  conf_.Set("yarn.resourcemanager.webapp.address", resource_manager_->web_address().ToString());
  for (int i = 0; i < options_.nodes; ++i) CO_RETURN_IF_ERROR(co_await StartNode(i));
  co_return disk_->WriteFileAtomic(conf_folder() + "/core-site.xml", AsBytes(conf_.ToXml()));
}

Task<Status> MiniYarn::StopAll() {
  for (Node& node : nodes_) {
    if (node.manager) co_await node.manager->Stop();
  }
  if (resource_manager_) co_await resource_manager_->Stop();
  co_return Status::Ok();
}

Result<std::unique_ptr<MiniYarn>> MiniYarn::Start(MiniYarnOptions options) {
  std::unique_ptr<MiniYarn> yarn(new MiniYarn(std::move(options)));
  RETURN_IF_ERROR(yarn->WriteConf());
  RETURN_IF_ERROR(yarn->Run(yarn->StartAll()));
  return yarn;
}

void MiniYarn::StopNode(int node) {
  struct Stop {
    static Task<Status> One(Node* stopped) {
      co_await stopped->manager->Stop();
      stopped->manager.reset();
      co_return Status::Ok();
    }
  };
  (void)Run(Stop::One(&nodes_[static_cast<size_t>(node)]));
}

MiniYarn::~MiniYarn() {
  (void)Run(StopAll());
  struct Drop {
    static Task<Status> Parts(MiniYarn* yarn) {
      yarn->nodes_.clear();
      yarn->resource_manager_.reset();
      co_return Status::Ok();
    }
  };
  (void)Run(Drop::Parts(this));
  loop_->Stop();
  thread_.join();
}

}  // namespace tusk::mapreduce
