// Reading the keys.
#include "yarn_like/resourcemanager/resource_manager_config.h"

#include <fmt/format.h>

namespace tusk::yarn {
namespace {

Status ReadAddress(const Configuration& configuration, std::string_view key, uint16_t port, HostPort* address) {
  const std::string host = configuration.Get("yarn.resourcemanager.hostname", "0.0.0.0");
  const std::string text = configuration.Get(key, host + ":" + std::to_string(port));
  ASSIGN_OR_RETURN(*address, HostPort::Parse(text, port));
  const std::string bind = configuration.Get("yarn.resourcemanager.bind-host", "");
  if (!bind.empty()) {
    address->host = bind;
  } else if (address->host == "0.0.0.0") {
    address->host = "127.0.0.1";
  }
  return Status::Ok();
}

Status ReadMillis(const Configuration& configuration, std::string_view key, Duration* value) {
  ASSIGN_OR_RETURN(*value, configuration.GetDuration(key, *value, std::chrono::milliseconds(1)));
  if (*value < Duration::zero()) return {Code::kInvalidArgument, fmt::format("{}: must not be negative", key)};
  return Status::Ok();
}

Status ReadScheduler(const Configuration& configuration, ClusterConfig* cluster) {
  SchedulerConfig& scheduler = cluster->scheduler;
  ASSIGN_OR_RETURN(const int64_t min_mb, configuration.GetInt("yarn.scheduler.minimum-allocation-mb", 1024));
  ASSIGN_OR_RETURN(const int64_t max_mb, configuration.GetInt("yarn.scheduler.maximum-allocation-mb", 8192));
  ASSIGN_OR_RETURN(const int64_t min_cores, configuration.GetInt("yarn.scheduler.minimum-allocation-vcores", 1));
  ASSIGN_OR_RETURN(const int64_t max_cores, configuration.GetInt("yarn.scheduler.maximum-allocation-vcores", 4));
  if (min_mb < 0 || min_mb > max_mb || min_cores < 0 || min_cores > max_cores) {
    return {Code::kInvalidArgument,
            fmt::format("Invalid resource scheduler allocation configuration: minimum <memory:{}, vCores:{}> maximum "
                        "<memory:{}, vCores:{}>; min should be non-negative and not exceed max",
                        min_mb, min_cores, max_mb, max_cores)};
  }
  scheduler.minimum = Resource(min_mb, min_cores);
  scheduler.maximum = Resource(max_mb, max_cores);
  for (size_t i = 2; i < cluster->types.size(); ++i) {
    const std::string key = fmt::format("yarn.resource-types.{}.maximum-allocation", cluster->types.name(i));
    ASSIGN_OR_RETURN(scheduler.maximum.amounts[i], configuration.GetInt(key, 0));
  }
  ASSIGN_OR_RETURN(scheduler.am_share_max,
                   configuration.GetDouble("yarn.scheduler.capacity.maximum-am-resource-percent", 0.1));
  RETURN_IF_ERROR(ReadMillis(configuration, "tusk.scheduler.locality-delay-ms", &scheduler.locality_delay));
  return ReadMillis(configuration, "tusk.scheduler.reserve-after-ms", &scheduler.reserve_after);
}

Status ReadTokens(const Configuration& configuration, ResourceManagerConfig* config) {
  const ClusterConfig& cluster = config->cluster;
  TokenPolicy& tokens = config->tokens;
  tokens.container_token_expiry_ms = ToMillis(cluster.container_expiry);
  tokens.amrm_activation = cluster.am_expiry * 3 / 2;
  tokens.node_activation = cluster.node_expiry * 3 / 2;
  const std::pair<const char*, Duration*> intervals[] = {
      {"yarn.resourcemanager.am-rm-tokens.master-key-rolling-interval-secs", &tokens.amrm_roll_interval},
      {"yarn.resourcemanager.nm-tokens.master-key-rolling-interval-secs", &tokens.nm_roll_interval},
      {"yarn.resourcemanager.container-tokens.master-key-rolling-interval-secs", &tokens.container_roll_interval}};
  for (const auto& [key, interval] : intervals) {
    ASSIGN_OR_RETURN(*interval, configuration.GetDuration(key, *interval, std::chrono::seconds(1)));
  }
  // A key that is rolled before those who verify have learned it would break their masters.
  for (const Duration interval : {tokens.amrm_roll_interval, tokens.nm_roll_interval, tokens.container_roll_interval}) {
    const Duration least = interval == tokens.amrm_roll_interval ? 2 * cluster.am_expiry : 2 * cluster.node_expiry;
    if (interval <= least / 4 * 3) {
      return {Code::kInvalidArgument,
              fmt::format("master-key-rolling-interval-secs must be more than 1.5 times the expiry of masters or nodes: "
                          "{} s",
                          ToMillis(interval) / 1000)};
    }
  }
  DelegationTokenPolicy& delegation = config->delegation;
  delegation.kind = kRmDelegationTokenKind;
  const std::pair<const char*, int64_t*> delays[] = {
      {"yarn.resourcemanager.delegation.key.update-interval", &delegation.key_interval_ms},
      {"yarn.resourcemanager.delegation.token.renew-interval", &delegation.renew_interval_ms},
      {"yarn.resourcemanager.delegation.token.max-lifetime", &delegation.lifetime_max_ms}};
  for (const auto& [key, delay] : delays) {
    Duration value = Millis(*delay);
    RETURN_IF_ERROR(ReadMillis(configuration, key, &value));
    *delay = ToMillis(value);
  }
  return Status::Ok();
}

}  // namespace

Result<ResourceManagerConfig> ResourceManagerConfig::From(const Configuration& configuration) {
  ResourceManagerConfig config;
  RETURN_IF_ERROR(ReadAddress(configuration, "yarn.resourcemanager.address", 8032, &config.client_address));
  RETURN_IF_ERROR(ReadAddress(configuration, "yarn.resourcemanager.scheduler.address", 8030, &config.scheduler_address));
  RETURN_IF_ERROR(
      ReadAddress(configuration, "yarn.resourcemanager.resource-tracker.address", 8031, &config.tracker_address));
  RETURN_IF_ERROR(ReadAddress(configuration, "yarn.resourcemanager.admin.address", 8033, &config.admin_address));
  RETURN_IF_ERROR(ReadAddress(configuration, "yarn.resourcemanager.webapp.address", 8088, &config.web_address));
  ASSIGN_OR_RETURN(config.cluster.types, ResourceTypes::FromConfiguration(configuration));
  RETURN_IF_ERROR(ReadScheduler(configuration, &config.cluster));

  ASSIGN_OR_RETURN(config.node_heartbeat_ms,
                   configuration.GetInt("yarn.resourcemanager.nodemanagers.heartbeat-interval-ms", 1000));
  ASSIGN_OR_RETURN(const int64_t attempts, configuration.GetInt("yarn.resourcemanager.am.max-attempts", 2));
  if (attempts < 1 || attempts > 1000) {
    return Status(Code::kInvalidArgument, "Invalid global max attempts configuration, yarn.resourcemanager.am.max-attempts="
                                              + std::to_string(attempts) + ", it should be a positive integer.");
  }
  ClusterConfig& cluster = config.cluster;
  cluster.am_max_attempts = static_cast<int32_t>(attempts);
  RETURN_IF_ERROR(ReadMillis(configuration, "yarn.am.liveness-monitor.expiry-interval-ms", &cluster.am_expiry));
  RETURN_IF_ERROR(ReadMillis(configuration, "yarn.nm.liveness-monitor.expiry-interval-ms", &cluster.node_expiry));
  RETURN_IF_ERROR(ReadMillis(configuration, "yarn.resourcemanager.rm.container-allocation.expiry-interval-ms",
                             &cluster.container_expiry));
  ASSIGN_OR_RETURN(const int64_t completed,
                   configuration.GetInt("yarn.resourcemanager.max-completed-applications", 1000));
  cluster.completed_applications_max = static_cast<size_t>(std::max<int64_t>(1, completed));
  ASSIGN_OR_RETURN(const int64_t applications,
                   configuration.GetInt("yarn.scheduler.capacity.maximum-applications", 10'000));
  cluster.applications_max = static_cast<size_t>(std::max<int64_t>(1, applications));
  ASSIGN_OR_RETURN(config.log_aggregation, configuration.GetBool("yarn.log-aggregation-enable", false));
  config.cluster_id = configuration.Get("yarn.resourcemanager.cluster-id", "");

  RETURN_IF_ERROR(ReadMillis(configuration, "yarn.resourcemanager.work-preserving-recovery.scheduling-wait-ms",
                             &cluster.recovery_wait));
  ASSIGN_OR_RETURN(const int64_t priority_max, configuration.GetInt("yarn.cluster.max-application-priority", 0));
  cluster.priority_max = static_cast<int32_t>(std::clamp<int64_t>(priority_max, 0, INT32_MAX));
  cluster.log_aggregation = config.log_aggregation;
  RETURN_IF_ERROR(ReadTokens(configuration, &config));
  ASSIGN_OR_RETURN(config.recovery, configuration.GetBool("yarn.resourcemanager.recovery.enabled", false));
  config.state_folder = configuration.Get("tusk.resourcemanager.state-dir",
                                          configuration.Get("hadoop.tmp.dir", "/tmp/hadoop") + "/yarn/system/rmstate");
  return config;
}

}  // namespace tusk::yarn
