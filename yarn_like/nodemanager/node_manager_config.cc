// Reading the node manager's keys.
#include "yarn_like/nodemanager/node_manager_config.h"

#include <algorithm>
#include <cmath>

#include "base/server/process_stats.h"

namespace tusk::yarn {
namespace {

// "file:///a" and "/a" name the same folder.
std::string LocalPath(std::string text) {
  if (text.starts_with("file://")) text.erase(0, 7);
  if (text.starts_with("file:")) text.erase(0, 5);
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

Result<std::vector<std::string>> Folders(const Configuration& configuration, std::string_view key, std::string otherwise) {
  std::vector<std::string> folders;
  for (const auto& text : configuration.GetStrings(key)) folders.push_back(LocalPath(text));
  if (folders.empty()) folders.push_back(std::move(otherwise));
  for (const auto& folder : folders) {
    if (!folder.starts_with('/')) {
      return Status(Code::kInvalidArgument, std::string(key) + ": not an absolute path: " + folder);
    }
  }
  return folders;
}

Result<HostPort> Address(const Configuration& configuration, std::string_view key, const std::string& host, uint16_t port) {
  auto text = configuration.Get(key);
  if (!text || text->empty()) return HostPort{host, port};
  Result<HostPort> parsed = HostPort::Parse(*text, port);
  if (!parsed.ok()) return parsed.status().WithContext(key);
  return parsed;
}

Status ReadDurations(const Configuration& c, NodeManagerConfig& config) {
  struct Row {
    Duration* field;
    std::string_view key;
    Duration otherwise;
    Duration unit;
  };
  const Row rows[] = {
      {&config.sigkill_delay, "yarn.nodemanager.sleep-delay-before-sigkill.ms", 250ms, 1ms},
      {&config.kill_wait, "yarn.nodemanager.process-kill-wait.ms", 5000ms, 1ms},
      {&config.debug_delay, "yarn.nodemanager.delete.debug-delay-sec", 0s, 1s},
      {&config.log_retain, "yarn.nodemanager.log.retain-seconds", 10800s, 1s},
      {&config.health_interval, "yarn.nodemanager.disk-health-checker.interval-ms", 120000ms, 1ms},
      {&config.cache_sweep_interval, "yarn.nodemanager.localizer.cache.cleanup.interval-ms", 600000ms, 1ms},
  };
  for (const Row& row : rows) {
    ASSIGN_OR_RETURN(*row.field, c.GetDuration(row.key, row.otherwise, row.unit));
  }
  ASSIGN_OR_RETURN(Duration common, c.GetDuration("yarn.nodemanager.resource-monitor.interval-ms", 3000ms, 1ms));
  ASSIGN_OR_RETURN(config.monitor_interval, c.GetDuration("yarn.nodemanager.container-monitor.interval-ms", common, 1ms));
  return Status::Ok();
}

Status ReadFlags(const Configuration& c, NodeManagerConfig& config) {
  ASSIGN_OR_RETURN(config.pmem_check, c.GetBool("yarn.nodemanager.pmem-check-enabled", true));
  ASSIGN_OR_RETURN(config.vmem_check, c.GetBool("yarn.nodemanager.vmem-check-enabled", false));
  ASSIGN_OR_RETURN(config.vmem_ratio, c.GetDouble("yarn.nodemanager.vmem-pmem-ratio", 2.1));
  ASSIGN_OR_RETURN(config.disk_percent_max,
                   c.GetDouble("yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage", 90.0));
  ASSIGN_OR_RETURN(config.healthy_disks_min, c.GetDouble("yarn.nodemanager.disk-health-checker.min-healthy-disks", 0.25));
  ASSIGN_OR_RETURN(config.copy_debug_information, c.GetBool("yarn.nodemanager.log-container-debug-info.enabled", true));
  ASSIGN_OR_RETURN(config.aggregate_logs, c.GetBool("yarn.log-aggregation-enable", false));
  ASSIGN_OR_RETURN(config.recovery, c.GetBool("yarn.nodemanager.recovery.enabled", false));
  ASSIGN_OR_RETURN(config.supervised, c.GetBool("yarn.nodemanager.recovery.supervised", false));
  config.use_cgroups = c.Get("tusk.nodemanager.cgroups", "auto") != "off";
  return Status::Ok();
}

Status ReadLogs(const Configuration& c, NodeManagerConfig& config) {
  config.remote_log_dir = c.Get("yarn.nodemanager.remote-app-log-dir", "/tmp/logs");
  config.remote_log_suffix = c.Get("yarn.nodemanager.remote-app-log-dir-suffix", "logs");
  config.log_server_url = c.Get("yarn.log.server.url", "");
  config.log_policy = c.Get("yarn.nodemanager.log-aggregation.policy.class", "");
  config.log_policy_parameters = c.Get("yarn.nodemanager.log-aggregation.policy.parameters", "");
  ASSIGN_OR_RETURN(int64_t files, c.GetInt("yarn.nodemanager.log-aggregation.num-log-files-per-app", 30));
  config.remote_logs_max = static_cast<size_t>(std::max<int64_t>(1, files));
  ASSIGN_OR_RETURN(int64_t seconds, c.GetInt("yarn.nodemanager.log-aggregation.roll-monitoring-interval-seconds", -1));
  // Less than an hour is for tests, and Hadoop wants to be told so.
  constexpr int64_t kSecondsMin = 3600;
  ASSIGN_OR_RETURN(int64_t least, c.GetInt("yarn.nodemanager.log-aggregation.roll-monitoring-interval-seconds.min", kSecondsMin));
  if (seconds > 0) config.roll_interval = std::chrono::seconds(std::max(seconds, least));
  return Status::Ok();
}

// What stands at -1: of the machine if asked for, else Hadoop's defaults. A JVM's own memory is not taken off: there is none.
Status MeasureMachine(const Configuration& c, NodeManagerConfig& config) {
  constexpr double kShareOfMemory = 0.8;
  const bool memory_open = config.memory_mb < 0, cores_open = config.vcores < 0;
  if (memory_open) config.memory_mb = 8192;
  if (cores_open) config.vcores = 8;
  ASSIGN_OR_RETURN(bool detect, c.GetBool("yarn.nodemanager.resource.detect-hardware-capabilities", false));
  if (!detect) return Status::Ok();
  const MachineStats machine = ReadMachineStats();
  ASSIGN_OR_RETURN(int64_t reserved_mb, c.GetInt("yarn.nodemanager.resource.system-reserved-memory-mb", -1));
  ASSIGN_OR_RETURN(double multiplier, c.GetDouble("yarn.nodemanager.resource.pcores-vcores-multiplier", 1.0));
  if (multiplier <= 0) return Status(Code::kInvalidArgument, "yarn.nodemanager.resource.pcores-vcores-multiplier must be above 0");
  const auto all_mb = static_cast<int64_t>(machine.memory_bytes >> 20);
  if (memory_open) {
    config.memory_mb = reserved_mb >= 0 ? all_mb - reserved_mb : static_cast<int64_t>(kShareOfMemory * static_cast<double>(all_mb));
    if (config.memory_mb <= 0) return Status(Code::kInvalidArgument, "yarn.nodemanager.resource.system-reserved-memory-mb leaves no memory");
  }
  if (cores_open) config.vcores = std::max<int64_t>(1, std::lround(machine.processors * multiplier));
  return Status::Ok();
}

}  // namespace

Result<NodeManagerConfig> NodeManagerConfig::Read(const Configuration& c) {
  NodeManagerConfig config;
  // Hadoop listens everywhere by default; tusk on loopback unless told otherwise.
  std::string host = c.Get("yarn.nodemanager.hostname", "127.0.0.1");
  ASSIGN_OR_RETURN(config.rpc_bind, Address(c, "yarn.nodemanager.address", host, 0));
  ASSIGN_OR_RETURN(config.web_bind, Address(c, "yarn.nodemanager.webapp.address", host, 8042));
  std::string rm_host = c.Get("yarn.resourcemanager.hostname", "127.0.0.1");
  if (rm_host == "0.0.0.0") rm_host = "127.0.0.1";
  ASSIGN_OR_RETURN(config.tracker, Address(c, "yarn.resourcemanager.resource-tracker.address", rm_host, 8031));
  std::string tmp = LocalPath(c.Get("hadoop.tmp.dir", "/tmp/hadoop-tusk"));
  ASSIGN_OR_RETURN(config.local_dirs, Folders(c, "yarn.nodemanager.local-dirs", tmp + "/nm-local-dir"));
  ASSIGN_OR_RETURN(config.log_dirs, Folders(c, "yarn.nodemanager.log-dirs", tmp + "/userlogs"));
  RETURN_IF_ERROR(ReadDurations(c, config));
  RETURN_IF_ERROR(ReadFlags(c, config));
  config.recovery_dir = LocalPath(c.Get("yarn.nodemanager.recovery.dir", tmp + "/yarn-nm-recovery"));
  if (config.recovery && config.rpc_bind.port == 0) {
    return Status(Code::kInvalidArgument,
                  "Cannot support recovery with an ephemeral server port. Check the setting of yarn.nodemanager.address");
  }
  ASSIGN_OR_RETURN(config.memory_mb, c.GetInt("yarn.nodemanager.resource.memory-mb", -1));
  ASSIGN_OR_RETURN(config.vcores, c.GetInt("yarn.nodemanager.resource.cpu-vcores", -1));
  RETURN_IF_ERROR(MeasureMachine(c, config));
  ASSIGN_OR_RETURN(int64_t cache_mb, c.GetInt("yarn.nodemanager.localizer.cache.target-size-mb", 10240));
  config.cache_bytes_target = cache_mb << 20;
  config.env_whitelist = c.GetStrings("yarn.nodemanager.env-whitelist");
  if (config.env_whitelist.empty()) {
    config.env_whitelist = {"JAVA_HOME",        "HADOOP_COMMON_HOME", "HADOOP_HDFS_HOME", "HADOOP_CONF_DIR",
                            "CLASSPATH_PREPEND_DISTCACHE", "HADOOP_YARN_HOME", "HADOOP_HOME", "PATH", "LANG", "TZ"};
  }
  for (const auto& setting : c.Get("yarn.nodemanager.admin-env") ? c.GetStrings("yarn.nodemanager.admin-env")
                                                                 : std::vector<std::string>{"MALLOC_ARENA_MAX=$MALLOC_ARENA_MAX"}) {
    size_t equals = setting.find('=');
    if (equals != std::string::npos) config.admin_env.emplace_back(setting.substr(0, equals), setting.substr(equals + 1));
  }
  config.home_dir = c.Get("yarn.nodemanager.user-home-dir", "/home/");
  RETURN_IF_ERROR(ReadLogs(c, config));
  config.aux_services = c.GetStrings("yarn.nodemanager.aux-services");
  ASSIGN_OR_RETURN(config.container_pids_max, c.GetInt("tusk.nodemanager.container.pids.max", 32768));
  return config;
}

}  // namespace tusk::yarn
