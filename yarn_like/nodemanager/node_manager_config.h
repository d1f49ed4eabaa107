// Typed configuration of the node manager: Hadoop's keys and defaults, and the few of tusk's own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/config/configuration.h"
#include "base/env/network.h"
#include "yarn_like/nodemanager/container/gpu_devices.h"
#include "yarn_like/nodemanager/localize/localizer.h"

namespace tusk::yarn {

struct NodeManagerConfig {
  // yarn.nodemanager.address, .hostname, .webapp.address; the host a client is told stands in node_host.
  HostPort rpc_bind;
  HostPort web_bind;
  HostPort tracker;  // yarn.resourcemanager.resource-tracker.address
  std::vector<std::string> local_dirs;
  std::vector<std::string> log_dirs;
  int64_t memory_mb = 8192;
  int64_t vcores = 8;
  bool pmem_check = true;
  bool vmem_check = false;  // Hadoop's default is true: see docs/deviations.md
  double vmem_ratio = 2.1;
  Duration monitor_interval{};         // yarn.nodemanager.resource-monitor.interval-ms
  Duration sigkill_delay{};            // yarn.nodemanager.sleep-delay-before-sigkill.ms
  Duration kill_wait{};                // yarn.nodemanager.process-kill-wait.ms
  Duration debug_delay{};              // yarn.nodemanager.delete.debug-delay-sec
  Duration log_retain{};               // yarn.nodemanager.log.retain-seconds
  Duration cache_sweep_interval{};     // yarn.nodemanager.localizer.cache.cleanup.interval-ms
  int64_t cache_bytes_target = 0;      // yarn.nodemanager.localizer.cache.target-size-mb
  std::vector<std::string> env_whitelist;
  std::vector<std::pair<std::string, std::string>> admin_env;  // yarn.nodemanager.admin-env: NAME -> value, $X not expanded
  std::string home_dir;                // yarn.nodemanager.user-home-dir
  bool copy_debug_information = true;  // yarn.nodemanager.log-container-debug-info.enabled
  bool aggregate_logs = false;         // yarn.log-aggregation-enable
  std::string remote_log_dir;          // yarn.nodemanager.remote-app-log-dir
  std::string remote_log_suffix;       // yarn.nodemanager.remote-app-log-dir-suffix
  Duration roll_interval{};            // yarn.nodemanager.log-aggregation.roll-monitoring-interval-seconds; 0: off
  size_t remote_logs_max = 30;         // yarn.nodemanager.log-aggregation.num-log-files-per-app
  std::string log_policy;              // yarn.nodemanager.log-aggregation.policy.class, .parameters
  std::string log_policy_parameters;
  std::string log_server_url;          // yarn.log.server.url
  std::vector<std::string> aux_services;
  Duration health_interval{};          // yarn.nodemanager.disk-health-checker.interval-ms
  double disk_percent_max = 90;        // yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage
  double healthy_disks_min = 0.25;     // yarn.nodemanager.disk-health-checker.min-healthy-disks
  // tusk.nodemanager.cgroups: "auto" (use what is there), "off".
  bool use_cgroups = true;
  int64_t container_pids_max = 0;      // tusk.nodemanager.container.pids.max

  std::vector<GpuDevice> gpus;         // yarn.nodemanager.resource-plugins.gpu.allowed-gpu-devices; empty without the plugin
  int gpu_position = -1;               // of yarn.io/gpu in a Resource; -1: none
  bool recovery = false;               // yarn.nodemanager.recovery.enabled
  std::string recovery_dir;            // yarn.nodemanager.recovery.dir
  bool supervised = false;             // yarn.nodemanager.recovery.supervised: a stop leaves the containers running

  static Result<NodeManagerConfig> Read(const Configuration& configuration);
};

}  // namespace tusk::yarn
