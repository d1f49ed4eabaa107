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
#include "base/metrics/metrics.h"
#include "base/store/state_writer.h"
#include "yarn_like/nodemanager/container/cgroups.h"
#include "yarn_like/nodemanager/container/container.h"
#include "yarn_like/nodemanager/container/deletion_queue.h"
#include "yarn_like/nodemanager/container/gpu_devices.h"
#include "yarn_like/nodemanager/container/launch_script.h"
#include "yarn_like/nodemanager/container/node_dirs.h"
#include "yarn_like/nodemanager/localize/localizer.h"
#include "yarn_like/nodemanager/node_manager_config.h"
#include "yarn_like/nodemanager/recovery/node_records.h"

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

struct DiskHealth {
  bool healthy = true;
  std::string text;
};

class ContainerHost {
 public:
  ContainerHost(Env env, ProcessLauncher& launcher, const NodeManagerConfig& config, Localizer& localizer, NodeDirs dirs,
                StateWriter& state);

  // Ends what an earlier node manager with these folders left running, but for the containers of `recovered`; without
  // any records (null) clears the folders. Finds out what limits work.
  Task<Status> Prepare(const NodeRecords* recovered);
  // Kills everything and waits for it.
  Task<void> Shutdown();
  // Leaves everything running for the next node manager.
  Task<void> Leave();

  // Once the servers have their ports, before the first Start.
  void SetFacts(NodeFacts facts) { facts_ = std::move(facts); }
  // Values for NM_AUX_SERVICE_*, asked at each launch.
  void SetAuxMetadata(std::vector<std::pair<std::string, std::string>> metadata) { aux_metadata_ = std::move(metadata); }
  // Nothing is launched on a node whose disks have failed.
  void SetDiskHealth(DiskHealth health) { disk_health_ = std::move(health); }
  const GpuDevices& gpus() const { return gpus_; }
  // Does the kernel keep containers from others' GPUs?
  bool limits_devices() const { return cgroups_ != nullptr && cgroups_->limits_devices(); }
  // Called when a container is done.
  void OnDone(std::function<void(const Container&)> callback) { on_done_ = std::move(callback); }

  // kAlreadyExists where the id is known. `request`: what the state store keeps, to be given to Recover.
  Status Start(ContainerTokenIdentifier grant, LaunchContext context, std::string request);
  // A container of the node manager before this one: done, running, or not yet launched.
  void Recover(ContainerTokenIdentifier grant, LaunchContext context, ContainerRecord record);
  void Stop(const ContainerId& id, int exit_status, std::string_view reason);
  // The grant is another one now: limits follow.
  Status ChangeGrant(const ContainerId& id, ContainerTokenIdentifier grant, const ResourceTypes& types);
  // Puts another launch context in the place of the one that runs (null: starts that one again). The container must be
  // running. `request`: as Start's, with the new context.
  void Reinitialize(const ContainerId& id, std::unique_ptr<LaunchContext> next, bool auto_commit, std::string request);
  // Back to the one before; the machine must allow it.
  void RollBack(const ContainerId& id);
  void Commit(const ContainerId& id);
  // Fetches more files for a container that runs and links them into its folder; Container::extra_files tells how it went.
  void LocalizeMore(const ContainerId& id, std::vector<ResourceRequest> requests);
  // To the process group; nothing if it does not run.
  void Signal(const ContainerId& id, int number);
  Container* Find(const ContainerId& id);
  const std::map<ContainerId, std::unique_ptr<Container>>& containers() const { return containers_; }
  // From a request to the process.
  const LatencyHistogram& launch_times() const { return launch_times_; }
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
  Container* Add(ContainerTokenIdentifier grant, LaunchContext context);
  Task<void> Run(Container* container);
  Task<void> RunRecovered(Container* container, ContainerRecord record);
  Task<void> RunLaunches(Container* container, ContainerMachine::Step step);
  Task<void> Finish(Container* container);
  Task<ContainerMachine::Step> RunLocalization(Container* container);
  Task<ContainerMachine::Step> RunProcess(Container* container);
  Task<ContainerMachine::Step> AwaitEnd(Container* container);
  Task<void> RunReinitialization(Container* container, std::unique_ptr<LaunchContext> next, bool auto_commit, std::string request);
  Task<void> RunLocalizeMore(Container* container, ResourceRequest request);
  Task<Status> WriteFiles(Container* container);
  LaunchPlan PlanOf(const Container& container) const;
  Status MakeContainerFolders(Container& container, LaunchPlan& plan);
  Status AssignGpus(const Container& container);
  Task<Status> Spawn(Container* container);
  CgroupLimits LimitsOf(const Container& container) const;
  Task<void> KillProcess(ContainerId id);
  Task<void> EndGroup(Container* container);
  static void NoteFamily(Container& container, const std::vector<struct ProcessSample>& tree);
  Task<void> CleanUp(Container* container);
  Task<void> EndLeftovers(const NodeRecords* recovered);
  Task<void> WatchMemory();
  void CheckMemory(Container& container, const struct TreeUsage& usage, const std::vector<struct ProcessSample>& tree);
  void Act(Container& container, ContainerMachine::Step step);
  std::string ErrorTails(const Container& container);

  Env env_;
  ProcessLauncher& launcher_;
  const NodeManagerConfig& config_;
  Localizer& localizer_;
  NodeDirs dirs_;
  StateWriter& state_;
  DeletionQueue deletions_;
  NodeFacts facts_;
  std::vector<std::pair<std::string, std::string>> aux_metadata_;
  std::function<void(const Container&)> on_done_;
  std::unique_ptr<Cgroups> cgroups_;
  std::string limits_description_ = "process groups, measured limits";
  std::map<ContainerId, std::unique_ptr<Container>> containers_;
  LatencyHistogram launch_times_;
  bool leaving_ = false;
  DiskHealth disk_health_;
  GpuDevices gpus_;
  TaskScope scope_;
};

}  // namespace tusk::yarn
