// resourcemanager, nodemanager with the MapReduce shuffle plugged in, historyserver.
#include <csignal>

#include "base/log/log.h"
#include "mapreduce/history/history_server.h"
#include "mapreduce/shuffle/shuffle_service.h"
#include "mlkit/catalog/catalog.h"
#include "quant/plan/mix.h"
#include "tools/tusk/daemons/daemon_main.h"
#include "tools/tusk/daemons/daemons.h"
#include "tools/tusk/daemons/kept_jobs.h"
#include "yarn_like/nodemanager/node_manager.h"
#include "yarn_like/resourcemanager/resource_manager.h"

extern char** environ;

namespace tusk::tools {
namespace {

// The resource manager and what it asks about jobs that are over.
class ResourcemanagerDaemon : public Daemon {
 public:
  ResourcemanagerDaemon(std::unique_ptr<KeptJobs> kept, std::unique_ptr<yarn::ResourceManager> manager)
      : kept_(std::move(kept)), manager_(std::move(manager)) {}
  Task<Status> Start() override { return manager_->Start(); }
  Task<void> Stop() override { return manager_->Stop(); }

 private:
  std::unique_ptr<KeptJobs> kept_;
  std::unique_ptr<yarn::ResourceManager> manager_;
};

Result<std::unique_ptr<Daemon>> MakeResourcemanager(DaemonParts parts) {
  auto kept = std::make_unique<KeptJobs>(parts.env, parts.context.conf, parts.context.user);
  yarn::ResourceManagerParts rm_parts;
  rm_parts.finished = kept.get();
  rm_parts.user = parts.context.user;
  rm_parts.reload = [&disk = parts.env.disk, folder = parts.context.conf_folder,
                     started = parts.context.conf]() -> Result<Configuration> {
    Configuration fresh(ProcessVariables(SystemUserName()));
    if (!folder.empty()) RETURN_IF_ERROR(fresh.LoadFolder(disk, folder));
    // -D settings of the command line stay.
    for (const auto& [key, entry] : started.entries()) {
      if (folder.empty() || !entry.source.starts_with(folder)) fresh.Set(key, entry.value, entry.source);
    }
    return fresh;
  };
  rm_parts.launcher = &parts.launcher;
  rm_parts.executable = "/proc/self/exe";
  rm_parts.conf_folder = parts.context.conf_folder;
  for (const ml::AlgorithmEntry& entry : ml::Algorithms()) rm_parts.ml_algorithms.push_back({entry.name, entry.summary});
  for (const quant::MixEntry& entry : quant::Mixes()) rm_parts.quant_types.push_back({std::string(entry.name), std::string(entry.summary)});
  ASSIGN_OR_RETURN(auto rm, yarn::ResourceManager::Create(parts.env, parts.context.conf, std::move(rm_parts)));
  return std::unique_ptr<Daemon>(std::make_unique<ResourcemanagerDaemon>(std::move(kept), std::move(rm)));
}

// The node manager and the shuffle service that it serves.
class NodemanagerDaemon : public Daemon {
 public:
  static Result<std::unique_ptr<Daemon>> Make(DaemonParts parts) {
    ASSIGN_OR_RETURN(HostPort shuffle_at, mapreduce::ShuffleService::BindAddress(parts.context.conf));
    auto daemon = std::make_unique<NodemanagerDaemon>();
    daemon->shuffle_ = std::make_unique<mapreduce::ShuffleService>(parts.env, shuffle_at);
    yarn::NodeManagerParts node_parts;
    node_parts.launcher = &parts.launcher;
    node_parts.services = {daemon->shuffle_.get()};
    node_parts.environment = ProcessEnvironment();
    node_parts.user = parts.context.user;
    node_parts.on_refused = [](std::string why) {
      LogError("nodemanager", "refused by the resource manager: {}", why);
      std::raise(SIGTERM);
    };
    ASSIGN_OR_RETURN(daemon->node_, yarn::NodeManager::Create(parts.env, parts.context.conf, std::move(node_parts)));
    return std::unique_ptr<Daemon>(std::move(daemon));
  }
  Task<Status> Start() override { return node_->Start(); }
  bool ready() const override { return node_->registered(); }
  Task<void> Stop() override { return node_->Stop(); }

 private:
  static std::map<std::string, std::string> ProcessEnvironment() {
    std::map<std::string, std::string> environment;
    for (char** entry = environ; *entry != nullptr; ++entry) {
      std::string text = *entry;
      size_t equals = text.find('=');
      // What the supervisor, or systemd, says to this daemon is not for its containers.
      if (equals == std::string::npos || text.starts_with("TUSK_") || text.starts_with("NOTIFY_") || text.starts_with("WATCHDOG_")) continue;
      environment[text.substr(0, equals)] = text.substr(equals + 1);
    }
    return environment;
  }

  std::unique_ptr<mapreduce::ShuffleService> shuffle_;
  std::unique_ptr<yarn::NodeManager> node_;
};

Result<std::unique_ptr<Daemon>> MakeHistoryserver(DaemonParts parts) {
  ASSIGN_OR_RETURN(auto server, mapreduce::HistoryServer::Create(parts.env, parts.context.conf, parts.context.user));
  return std::unique_ptr<Daemon>(std::make_unique<DaemonOf<mapreduce::HistoryServer>>(std::move(server)));
}

int RunPlain(CliContext& context, const std::vector<std::string>& args, const std::string& name, const DaemonFactory& make) {
  if (args.empty()) return RunDaemon(context, name, make);
  std::fprintf(context.err, "Usage: %s %s\n", name == "historyserver" ? "mapred" : "yarn", name.c_str());
  return 1;
}

}  // namespace

int RunResourcemanager(CliContext& context, std::vector<std::string> args) {
  return RunPlain(context, args, "resourcemanager", MakeResourcemanager);
}

int RunNodemanager(CliContext& context, std::vector<std::string> args) {
  return RunPlain(context, args, "nodemanager", NodemanagerDaemon::Make);
}

int RunHistoryserver(CliContext& context, std::vector<std::string> args) {
  return RunPlain(context, args, "historyserver", MakeHistoryserver);
}

}  // namespace tusk::tools
