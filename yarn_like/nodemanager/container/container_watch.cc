// ContainerHost's looks at processes: memory beyond the grant, and what an earlier node manager left running.
#include <algorithm>
#include <csignal>
#include <sstream>

#include "base/async/blocking_pool.h"
#include "base/log/log.h"
#include "yarn_like/nodemanager/container/container_host.h"
#include "yarn_like/nodemanager/container/process_tree.h"

namespace tusk::yarn {
namespace {

// Sessions named by the pid files under nmPrivate whose leader is still the same process.
std::vector<int64_t> LeftoverLeaders(Disk& disk, const std::vector<std::string>& local_dirs) {
  std::vector<int64_t> leaders;
  for (const auto& local : local_dirs) {
    for (const auto& app : disk.List(local + "/nmPrivate").value_or({})) {
      std::string app_dir = local + "/nmPrivate/" + app;
      for (const auto& container : disk.List(app_dir).value_or({})) {
        std::string text = disk.ReadFile(app_dir + "/" + container + "/" + container + ".pid", 1000).value_or("");
        std::istringstream numbers(text);
        int64_t pid = 0;
        uint64_t start_ticks = 0;
        if (!(numbers >> pid >> start_ticks) || pid <= 1) continue;
        Result<ProcessSample> sample = ReadProcess(disk, pid);
        if (sample.ok() && sample->start_ticks == start_ticks) leaders.push_back(pid);
      }
    }
  }
  return leaders;
}

}  // namespace

Task<void> ContainerHost::EndLeftovers() {
  std::vector<std::string> groups = cgroups_ ? cgroups_->List() : std::vector<std::string>();
  for (const auto& group : groups) {
    LogInfo("containers", "ending {}, left by an earlier node manager", group);
    Status killed = cgroups_->Kill(group);
    if (!killed.ok()) LogWarn("containers", "{}", killed.ToString());
  }
  std::vector<int64_t> leaders =
      co_await env_.disk_pool.Run([this] { return LeftoverLeaders(env_.disk, dirs_.local_dirs()); });
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

Task<void> ContainerHost::WatchMemory() {
  while (!scope_.cancelled()) {
    Status slept = co_await SleepFor(env_.loop, config_.monitor_interval, scope_.token());
    if (!slept.ok()) co_return;
    auto runs = [](const auto& entry) { return entry.second->machine.state() == ContainerState::kRunning; };
    if (std::none_of(containers_.begin(), containers_.end(), runs)) continue;
    std::vector<ProcessSample> all = co_await env_.disk_pool.Run([this] { return ReadProcesses(env_.disk); });
    for (auto& [id, container] : containers_) {
      if (container->machine.state() != ContainerState::kRunning || !container->process) continue;
      std::vector<ProcessSample> tree = TreeOf(all, container->process->pid());
      TreeUsage usage = UsageOf(tree);
      container->resident_bytes = usage.resident_bytes;
      container->virtual_bytes = usage.virtual_bytes;
      container->cpu_ms = usage.cpu_ms;
      if (!cgroups_) NoteFamily(*container, tree);
      CheckMemory(*container, usage, tree);
    }
  }
}

void ContainerHost::CheckMemory(Container& container, const TreeUsage& usage, const std::vector<ProcessSample>& tree) {
  auto physical = static_cast<uint64_t>(container.grant.resource.memory_mb()) << 20;
  MemoryLimits limits{physical, static_cast<uint64_t>(static_cast<double>(physical) * config_.vmem_ratio)};
  bool over_physical = config_.pmem_check && usage.resident_bytes > limits.physical_bytes;
  bool over_virtual = config_.vmem_check && usage.virtual_bytes > limits.virtual_bytes;
  // A process that has just forked counts twice until it executes: once over the limit is forgiven, twice the limit not.
  bool far_over = (config_.pmem_check && usage.resident_bytes > 2 * limits.physical_bytes) ||
                  (config_.vmem_check && usage.virtual_bytes > 2 * limits.virtual_bytes);
  bool over = over_physical || over_virtual;
  if (far_over || (over && container.over_limit_before)) {
    std::string text = OverLimitText(container.process->pid(), container.name, usage, limits, over_physical, tree);
    LogWarn("containers", "{}", text);
    Stop(container.grant.container, over_physical ? kExitKilledExceededPmem : kExitKilledExceededVmem, text);
  }
  container.over_limit_before = over;
}

}  // namespace tusk::yarn
