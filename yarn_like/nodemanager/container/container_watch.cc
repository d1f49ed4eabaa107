// ContainerHost's looks at processes: memory beyond the grant.
#include <algorithm>

#include "base/async/blocking_pool.h"
#include "base/log/log.h"
#include "yarn_like/nodemanager/container/container_host.h"
#include "yarn_like/nodemanager/container/process_tree.h"

namespace tusk::yarn {

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
