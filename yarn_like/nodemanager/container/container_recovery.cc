// ContainerHost across restarts of the node manager: containers of the one before are found again or ended.
#include <csignal>
#include <set>

#include "base/async/blocking_pool.h"
#include "base/log/log.h"
#include "yarn_like/nodemanager/container/container_host.h"
#include "yarn_like/nodemanager/container/process_tree.h"

namespace tusk::yarn {
namespace {

using Step = ContainerMachine::Step;

// Containers whose processes this node manager takes over.
std::set<std::string> Launched(const NodeRecords& records) {
  std::set<std::string> names;
  for (const auto& [name, record] : records.containers) {
    if (record.launch && !record.done) names.insert(name);
  }
  return names;
}

// Sessions named by the pid files under nmPrivate whose leader is still the same process.
std::vector<int64_t> LeftoverLeaders(Disk& disk, const std::vector<std::string>& local_dirs, const std::set<std::string>& kept) {
  std::vector<int64_t> leaders;
  for (const auto& local : local_dirs) {
    for (const auto& app : disk.List(local + "/nmPrivate").value_or({})) {
      std::string app_dir = local + "/nmPrivate/" + app;
      for (const auto& container : disk.List(app_dir).value_or({})) {
        if (kept.contains(container)) continue;
        Result<ProcessSample> began = ParseStat(disk.ReadFile(app_dir + "/" + container + "/" + container + ".pid", 4096).value_or(""));
        if (!began.ok() || began->pid <= 1) continue;
        Result<ProcessSample> now = ReadProcess(disk, began->pid);
        if (now.ok() && now->start_ticks == began->start_ticks) leaders.push_back(began->pid);
      }
    }
  }
  return leaders;
}

}  // namespace

Task<void> ContainerHost::EndLeftovers(const NodeRecords* recovered) {
  std::set<std::string> kept = recovered == nullptr ? std::set<std::string>() : Launched(*recovered);
  std::vector<std::string> groups = cgroups_ ? cgroups_->List() : std::vector<std::string>();
  std::erase_if(groups, [&](const std::string& group) { return kept.contains(group); });
  for (const auto& group : groups) {
    LogInfo("containers", "ending {}, left by an earlier node manager", group);
    Status killed = cgroups_->Kill(group);
    if (!killed.ok()) LogWarn("containers", "{}", killed.ToString());
  }
  std::vector<int64_t> leaders =
      co_await env_.disk_pool.Run([this, kept] { return LeftoverLeaders(env_.disk, dirs_.local_dirs(), kept); });
  if (!leaders.empty()) {
    std::vector<ProcessSample> all = co_await env_.disk_pool.Run([this] { return ReadProcesses(env_.disk); });
    for (int64_t leader : leaders) {
      LogInfo("containers", "ending process {}, left by an earlier node manager", leader);
      for (const auto& sample : TreeOf(all, leader)) ::kill(static_cast<pid_t>(sample.pid), SIGKILL);
    }
  }
  TimePoint give_up = env_.clock.Now() + config_.kill_wait;
  for (const auto& group : groups) {
    while (!cgroups_->Empty(group) && env_.clock.Now() < give_up) {
      Status slept = co_await SleepFor(env_.loop, 2ms);
      if (!slept.ok()) break;
    }
    Status removed = cgroups_->Remove(group);
    if (!removed.ok()) LogWarn("containers", "{}", removed.ToString());
  }
}

void ContainerHost::Recover(ContainerTokenIdentifier grant, LaunchContext context, ContainerRecord record) {
  Container* container = Add(std::move(grant), std::move(context));
  if (record.launch) {
    container->work_dir = record.launch->work_dir;
    container->private_dir = record.launch->private_dir;
    container->log_dir = record.launch->log_dir;
    container->start_wall_ms = record.launch->start_wall_ms;
  }
  Result<std::vector<GpuDevice>> gpus = GpuDevices::Parse(record.gpus);
  if (gpus.ok() && !record.done) gpus_.Restore(container->name, *gpus);
  if (record.done) {
    container->machine.RecoverDone(record.done->exit_status, record.done->text);
    container->finish_wall_ms = record.done->wall_ms;
    container->done.Set();
    return;
  }
  scope_.Spawn(RunRecovered(container, std::move(record)));
}

Task<void> ContainerHost::RunRecovered(Container* container, ContainerRecord record) {
  if (!record.launch) {  // it waited for its files
    if (record.kill) container->machine.Kill(record.kill->exit_status, record.kill->text, record.kill->wall_ms);
    co_await Run(container);
    co_return;
  }
  localizer_.Hold(container->name, container->launch.context.resources);
  container->machine.Recover("");
  ProcessFiles files = ProcessFilesOf(container->name, container->private_dir, container->work_dir);
  auto process = co_await ContainerProcess::Recover(env_, &launcher_, files);
  Step step;
  if (process.ok()) {
    container->process = std::move(*process);
    LogInfo("containers", "{} found again as process {}{}", container->name, container->process->pid(),
            container->process->running() ? "" : ", which has ended");
    if (record.kill) Act(*container, container->machine.Kill(record.kill->exit_status, record.kill->text, record.kill->wall_ms));
    step = co_await AwaitEnd(container);
  } else {
    LogWarn("containers", "{} is lost: {}", container->name, process.status().ToString());
    step = container->machine.Ended(kExitLost, process.status().ToString(), env_.clock.WallMillis());
  }
  co_await RunLaunches(container, step);
  co_await Finish(container);
}

Task<void> ContainerHost::Leave() {
  leaving_ = true;
  for (auto& [id, container] : containers_) {
    container->abandon.request_stop();
    container->done.Set();
  }
  scope_.Cancel();
  co_await scope_.Join();
  co_await deletions_.Shutdown();
}

}  // namespace tusk::yarn
