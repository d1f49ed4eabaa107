// Filled from /proc.
#include "base/server/process_beans.h"

#include <unistd.h>

#include <algorithm>
#include <memory>

#include "base/server/process_stats.h"

namespace tusk {
namespace {

std::string Usage(uint64_t used, int64_t max) {
  const std::string bytes = std::to_string(used);
  return "{\n      \"committed\" : " + bytes + ",\n      \"init\" : 0,\n      \"max\" : " + std::to_string(max) +
         ",\n      \"used\" : " + bytes + "\n    }";
}

void FillJvmMetrics(const std::string& daemon, const std::string& host, Bean& bean) {
  const ProcessStats stats = ReadProcessStats();
  const double megabytes = static_cast<double>(stats.resident_bytes) / (1 << 20);
  size_t running = 0;
  for (const ThreadState& thread : ReadThreads()) running += thread.state == 'R';
  bean.Set("tag.Context", "jvm").Set("tag.ProcessName", daemon).SetJson("tag.SessionId", "null").Set("tag.Hostname", host);
  bean.Set("MemNonHeapUsedM", 0.0).Set("MemNonHeapCommittedM", 0.0).Set("MemNonHeapMaxM", -1.0);
  bean.Set("MemHeapUsedM", megabytes).Set("MemHeapCommittedM", megabytes).Set("MemHeapMaxM", megabytes).Set("MemMaxM", megabytes);
  bean.Set("GcCount", 0).Set("GcTimeMillis", 0).Set("GcNumWarnThresholdExceeded", 0).Set("GcNumInfoThresholdExceeded", 0);
  bean.Set("GcTotalExtraSleepTime", 0).Set("GcTimePercentage", 0);
  bean.Set("ThreadsNew", 0).Set("ThreadsRunnable", running).Set("ThreadsBlocked", 0);
  bean.Set("ThreadsWaiting", stats.threads - std::min(running, stats.threads)).Set("ThreadsTimedWaiting", 0).Set("ThreadsTerminated", 0);
}

void FillUgiMetrics(const std::string& host, Bean& bean) {
  bean.Set("tag.Context", "ugi").Set("tag.Hostname", host);
  for (const char* name : {"GetGroups", "LoginFailure", "LoginSuccess"}) {
    bean.Set(std::string(name) + "NumOps", 0).Set(std::string(name) + "AvgTime", 0.0);
  }
  bean.Set("RenewalFailures", 0).Set("RenewalFailuresTotal", 0);
}

void FillMemory(Bean& bean) {
  const ProcessStats stats = ReadProcessStats();
  bean.Set("ObjectPendingFinalizationCount", 0);
  bean.SetJson("HeapMemoryUsage", Usage(stats.resident_bytes, static_cast<int64_t>(ReadMachineStats().memory_bytes)));
  bean.SetJson("NonHeapMemoryUsage", Usage(0, -1)).Set("Verbose", false).Set("ObjectName", "java.lang:type=Memory");
}

// Shares of the processors' time since the last answer, as Java's bean gives them.
struct LoadSample {
  ProcessorTime machine = ReadProcessorTime();
  Duration process = ReadProcessStats().cpu_time;
};

void FillLoad(LoadSample& before, Bean& bean) {
  const LoadSample now;
  const auto share = [](double part, double whole) { return whole <= 0 ? 0.0 : std::clamp(part / whole, 0.0, 1.0); };
  const auto ticks = static_cast<double>(now.machine.all_ticks - before.machine.all_ticks);
  const double machine = share(static_cast<double>(now.machine.busy_ticks - before.machine.busy_ticks), ticks);
  const double seconds = static_cast<double>((now.process - before.process).count()) / 1e9;
  bean.Set("CpuLoad", machine).Set("SystemCpuLoad", machine);
  bean.Set("ProcessCpuLoad", share(seconds, ticks / static_cast<double>(::sysconf(_SC_CLK_TCK))));
  before = now;
}

void FillOperatingSystem(Bean& bean) {
  const ProcessStats process = ReadProcessStats();
  const MachineStats machine = ReadMachineStats();
  bean.Set("OpenFileDescriptorCount", process.open_files).Set("MaxFileDescriptorCount", process.open_files_max);
  bean.Set("CommittedVirtualMemorySize", process.virtual_bytes).Set("TotalSwapSpaceSize", machine.swap_bytes);
  bean.Set("FreeSwapSpaceSize", machine.swap_free_bytes).Set("ProcessCpuTime", process.cpu_time.count());
  bean.Set("FreeMemorySize", machine.memory_free_bytes).Set("TotalMemorySize", machine.memory_bytes);
  bean.Set("FreePhysicalMemorySize", machine.memory_free_bytes).Set("TotalPhysicalMemorySize", machine.memory_bytes);
  bean.Set("Name", machine.kernel).Set("Version", machine.release).Set("AvailableProcessors", machine.processors);
  bean.Set("Arch", machine.architecture).Set("SystemLoadAverage", machine.load_average);
  bean.Set("ObjectName", "java.lang:type=OperatingSystem");
}

void FillThreading(Bean& bean) {
  std::string ids = "[ ";
  const std::vector<ThreadState> threads = ReadThreads();
  for (const ThreadState& thread : threads) ids += (ids.size() > 2 ? ", " : "") + std::to_string(thread.id);
  bean.Set("ThreadCount", threads.size()).SetJson("AllThreadIds", ids + " ]").Set("PeakThreadCount", threads.size());
  bean.Set("TotalStartedThreadCount", threads.size()).Set("DaemonThreadCount", threads.size() - std::min<size_t>(1, threads.size()));
  bean.Set("ObjectName", "java.lang:type=Threading");
}

}  // namespace

void AddProcessBeans(MetricRegistry& metrics, const std::string& daemon, const std::string& host_name, const std::string& version,
                     int64_t started_wall_ms, const Clock& clock) {
  const std::string prefix = "Hadoop:service=" + daemon + ",name=";
  metrics.AddBean(prefix + "JvmMetrics", [daemon, host_name](Bean& bean) { FillJvmMetrics(daemon, host_name, bean); });
  metrics.AddBean(prefix + "UgiMetrics", [host_name](Bean& bean) { FillUgiMetrics(host_name, bean); });
  metrics.AddBean("java.lang:type=Memory", FillMemory, "sun.management.MemoryImpl");
  metrics.AddBean("java.lang:type=OperatingSystem", [load = std::make_shared<LoadSample>()](Bean& bean) {
    FillOperatingSystem(bean);
    FillLoad(*load, bean);
  }, "com.sun.management.internal.OperatingSystemImpl");
  metrics.AddBean("java.lang:type=Threading", FillThreading, "com.sun.management.internal.HotSpotThreadImpl");
  metrics.AddBean(
      "java.lang:type=Runtime",
      [host_name, version, started_wall_ms, &clock](Bean& bean) {
        bean.Set("Name", std::to_string(::getpid()) + "@" + host_name).Set("ClassPath", "").Set("Pid", ::getpid());
        bean.Set("VmName", "tusk").Set("VmVendor", "tusk").Set("VmVersion", version).Set("SpecName", "tusk");
        bean.Set("StartTime", started_wall_ms).Set("Uptime", clock.WallMillis() - started_wall_ms);
        bean.SetJson("InputArguments", "[ ]").Set("ObjectName", "java.lang:type=Runtime");
      },
      "sun.management.RuntimeImpl");
}

}  // namespace tusk
