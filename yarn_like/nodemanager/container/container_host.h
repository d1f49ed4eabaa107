// ContainerHost: runs containers on this machine. Drives each one's state machine: localizes, writes script and
// tokens, starts the process in its own session (and control group), waits, kills, cleans up. What may be started is
// decided before (rpc/); what is told to the resource manager after.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/async/task_scope.h"
#include "base/env/env.h"
#include "base/env/process.h"
#include "yarn_like/nodemanager/container/cgroups.h"
#include "yarn_like/nodemanager/container/container.h"
#include "yarn_like/nodemanager/container/node_dirs.h"
#include "yarn_like/nodemanager/localize/localizer.h"
#include "yarn_like/nodemanager/node_manager_config.h"

namespace tusk::yarn {

// What every container is told about its node.
struct NodeFacts {
  std::string host;
  int port = 0;
  int http_port = 0;
  std::vector<std::pair<std::string, std::string>> inherited_environment;  // whitelisted, in the list's order
  std::vector<std::pair<std::string, std::string>> admin_environment;      // behind the application's, unless it sets the name
  std::string add_opens;  // for <ADD_OPENS>: JDK 17's flags, or nothing
};

class ContainerHost {
 public:
  ContainerHost(Env env, ProcessLauncher& launcher, const NodeManagerConfig& config, Localizer& localizer, NodeDirs dirs);

  // Ends what an earlier node manager with these folders left running, clears the folders, finds out what limits work.
  Task<Status> Prepare();
  // Kills everything and waits for it.
  Task<void> Shutdown();

  // Once the servers have their ports, before the first Start.
  void SetFacts(NodeFacts facts) { facts_ = std::move(facts); }
  // Values for NM_AUX_SERVICE_*, asked at each launch.
  void SetAuxMetadata(std::vector<std::pair<std::string, std::string>> metadata) { aux_metadata_ = std::move(metadata); }
  // Called when a container is done.
  void OnDone(std::function<void(const Container&)> callback) { on_done_ = std::move(callback); }

  // kAlreadyExists where the id is known.
  Status Start(ContainerTokenIdentifier grant, LaunchContext context);
  void Stop(const ContainerId& id, int exit_status, std::string_view reason);
  // To the process group; nothing if it does not run.
  void Signal(const ContainerId& id, int number);
  Container* Find(const ContainerId& id);
  const std::map<ContainerId, std::unique_ptr<Container>>& containers() const { return containers_; }
  // Forgets a container that is done.
  void Forget(const ContainerId& id);
  // Stops the application's containers and waits until they are done.
  Task<void> StopApplication(ApplicationId application, int exit_status, std::string reason);
  // Removes the application's folders and cache.
  Task<void> RemoveApplication(std::string user, ApplicationId application);

  // "cgroups v1 (..)" or "process groups, measured limits"
  const std::string& limits_description() const { return limits_description_; }
  const NodeDirs& dirs() const { return dirs_; }

 private:
  Task<void> Run(Container* container);
  Task<ContainerMachine::Step> RunLocalization(Container* container);
  Task<ContainerMachine::Step> RunProcess(Container* container);
  Task<Status> WriteFiles(Container* container);
  Status Spawn(Container& container);
  Task<void> KillProcess(ContainerId id);
  Task<void> EndGroup(Container* container);
  static void NoteFamily(Container& container, const std::vector<struct ProcessSample>& tree);
  Task<void> CleanUp(Container* container);
  Task<void> EndLeftovers();
  Task<void> WatchMemory();
  void CheckMemory(Container& container, const struct TreeUsage& usage, const std::vector<struct ProcessSample>& tree);
  void Act(Container& container, ContainerMachine::Step step);
  std::string ErrorTails(const Container& container);

  Env env_;
  ProcessLauncher& launcher_;
  const NodeManagerConfig& config_;
  Localizer& localizer_;
  NodeDirs dirs_;
  NodeFacts facts_;
  std::vector<std::pair<std::string, std::string>> aux_metadata_;
  std::function<void(const Container&)> on_done_;
  std::unique_ptr<Cgroups> cgroups_;
  std::string limits_description_ = "process groups, measured limits";
  std::map<ContainerId, std::unique_ptr<Container>> containers_;
  std::map<ContainerId, Localizer::Outcome> localized_;  // until the script is written
  TaskScope scope_;
};

}  // namespace tusk::yarn
