// Counting containers.
#include "yarn_like/nodemanager/node_metrics.h"

#include <algorithm>
#include <memory>

#include "base/server/process_stats.h"

namespace tusk::yarn {
namespace {

constexpr const char* kBean = "Hadoop:service=NodeManager,name=NodeManagerMetrics";

MetricSpec Spec(std::string name, std::string help, std::string attribute) {
  return {.name = std::move(name), .help = std::move(help), .bean = kBean, .attribute = std::move(attribute)};
}

int64_t GigabytesHeld(const ContainerHost& host, uint64_t Container::*bytes) {
  uint64_t sum = 0;
  for (const auto& [id, container] : host.containers()) {
    if (!container->machine.done()) sum += (*container).*bytes;
  }
  return static_cast<int64_t>(sum >> 30);
}

}  // namespace

NodeMetrics::NodeMetrics(MetricRegistry& registry, const ContainerHost& host, Resource capacity, std::string host_name)
    : launched_(registry.NewCounter(Spec("tusk_nodemanager_containers_launched_total", "Containers started.", "ContainersLaunched"))),
      completed_(registry.NewCounter(Spec("tusk_nodemanager_containers_completed_total", "Containers that ended with 0.", "ContainersCompleted"))),
      failed_(registry.NewCounter(Spec("tusk_nodemanager_containers_failed_total", "Containers that failed.", "ContainersFailed"))),
      killed_(registry.NewCounter(Spec("tusk_nodemanager_containers_killed_total", "Containers that were stopped.", "ContainersKilled"))) {
  auto held = [&host] {
    std::pair<Resource, int64_t> sum;
    for (const auto& [id, container] : host.containers()) {
      if (container->machine.done()) continue;
      sum.first += container->grant.resource;
      ++sum.second;
    }
    return sum;
  };
  auto last = std::make_shared<ProcessorTime>(ReadProcessorTime());
  registry.AddBean(kBean, [held, capacity, &host, host_name = std::move(host_name), last](Bean& bean) {
    auto [used, count] = held();
    bean.Set("tag.Context", "yarn").Set("tag.Hostname", host_name);
    bean.Set("ContainerLaunchDurationNumOps", host.launch_times().count()).Set("ContainerLaunchDurationAvgTime", host.launch_times().MeanMillis());
    bean.Set("ContainerUsedMemGB", GigabytesHeld(host, &Container::resident_bytes));
    bean.Set("ContainerUsedVMemGB", GigabytesHeld(host, &Container::virtual_bytes));
    const MachineStats machine = ReadMachineStats();
    const ProcessorTime time = ReadProcessorTime();
    const auto ticks = static_cast<double>(std::max<uint64_t>(1, time.all_ticks - last->all_ticks));
    bean.Set("NodeCpuUtilization", 100 * static_cast<double>(time.busy_ticks - last->busy_ticks) / ticks);  // since the last answer
    *last = time;
    bean.Set("NodeUsedVMemGB", static_cast<int64_t>((machine.memory_bytes - machine.memory_free_bytes + machine.swap_bytes - machine.swap_free_bytes) >> 30));
    bean.Set("NodeUsedMemGB", static_cast<int64_t>((machine.memory_bytes - machine.memory_free_bytes) >> 30));
    bean.Set("ContainersRunning", count);
    for (const char* name : {"AllocatedOpportunisticGB", "AllocatedOpportunisticVCores", "RunningOpportunisticContainers", "ContainersPaused",
                             "ContainersOpportunisticQueued", "ContainersGuaranteedQueued", "ContainersReIniting",
                             "ContainersRolledBackOnFailure", "BadLocalDirs", "BadLogDirs", "ContainersIniting"}) {
      bean.Set(name, 0);
    }
    bean.Set("AllocatedContainers", count);
    bean.Set("AllocatedGB", used.memory_mb() / 1024);
    bean.Set("AvailableGB", (capacity.memory_mb() - used.memory_mb()) / 1024);
    bean.Set("AllocatedVCores", used.vcores());
    bean.Set("AvailableVCores", capacity.vcores() - used.vcores());
  });
  registry.AddBean("Hadoop:service=NodeManager,name=NodeManager", [](Bean& bean) { bean.Set("SecurityEnabled", false); },
                   "org.apache.hadoop.yarn.server.nodemanager.NodeManager");
  registry.AddCollector([held, capacity, &host](MetricSink& sink) {
    sink.Latency("tusk_nodemanager_container_launch_seconds", "Time from the request to a container's process, with its files.", {}, host.launch_times());
    sink.Gauge("tusk_nodemanager_memory_bytes", "Memory that containers may have.", {}, static_cast<double>(capacity.memory_mb() << 20));
    sink.Gauge("tusk_nodemanager_vcores", "Cores that containers may have.", {}, static_cast<double>(capacity.vcores()));
    auto [used, count] = held();
    sink.Gauge("tusk_nodemanager_containers", "Containers that run now.", {}, static_cast<double>(count));
    sink.Gauge("tusk_nodemanager_memory_held_bytes", "Memory granted to containers.", {}, static_cast<double>(used.memory_mb() << 20));
  });
}

void NodeMetrics::NoteStarted() { launched_.Add(1); }

void NodeMetrics::NoteDone(const Container& container) {
  int status = container.machine.exit_status();
  bool stopped = status == kExitKilledByAppMaster || status == kExitKilledByResourceManager || status == kExitKilledAfterAppCompletion;
  (status == kExitSuccess ? completed_ : stopped ? killed_ : failed_).Add(1);
}

}  // namespace tusk::yarn
