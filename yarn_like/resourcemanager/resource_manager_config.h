// The resource manager's typed configuration: Hadoop's keys (yarn.resourcemanager.*, yarn.scheduler.*) and defaults.
#pragma once

#include <string>

#include "base/config/configuration.h"
#include "base/env/network.h"
#include "base/security/delegation_tokens.h"
#include "yarn_like/resourcemanager/cluster.h"
#include "yarn_like/resourcemanager/state/token_issuer.h"

namespace tusk::yarn {

struct ResourceManagerConfig {
  HostPort client_address{"0.0.0.0", 8032};     // yarn.resourcemanager.address
  HostPort scheduler_address{"0.0.0.0", 8030};  // yarn.resourcemanager.scheduler.address
  HostPort tracker_address{"0.0.0.0", 8031};    // yarn.resourcemanager.resource-tracker.address
  HostPort admin_address{"0.0.0.0", 8033};      // yarn.resourcemanager.admin.address
  HostPort web_address{"0.0.0.0", 8088};        // yarn.resourcemanager.webapp.address
  int64_t node_heartbeat_ms = 1000;             // yarn.resourcemanager.nodemanagers.heartbeat-interval-ms
  bool unmanaged_application_masters = true;    // yarn.resourcemanager.unmanaged-am.enabled (tusk: as Hadoop, on)
  bool log_aggregation = false;                 // yarn.log-aggregation-enable
  std::string cluster_id;                       // yarn.resourcemanager.cluster-id
  bool recovery = false;                        // yarn.resourcemanager.recovery.enabled
  std::string state_folder;                     // tusk.resourcemanager.state-dir
  TokenPolicy tokens;
  DelegationTokenPolicy delegation;  // yarn.resourcemanager.delegation.*
  ClusterConfig cluster;  // start_wall_ms is filled in by the caller

  // An address that is not set names the host of yarn.resourcemanager.hostname. Where nothing names a host, daemons
  // listen on 127.0.0.1: tusk answers the network only when it was told to (yarn.resourcemanager.bind-host).
  static Result<ResourceManagerConfig> From(const Configuration& configuration);
};

}  // namespace tusk::yarn
