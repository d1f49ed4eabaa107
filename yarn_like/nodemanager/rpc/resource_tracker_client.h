// ResourceTrackerClient: this node's line to the resource manager: registers, sends heartbeats with what the
// containers do, and carries out what the answers ask. An unreachable resource manager is tried for ever; containers
// go on meanwhile.
#pragma once

#include <functional>
#include <memory>
#include <set>

#include "base/async/sync.h"
#include "base/async/task_scope.h"
#include "base/env/env.h"
#include "base/rpc/client.h"
#include "yarn_like/nodemanager/applications.h"
#include "yarn_like/nodemanager/container/container_host.h"
#include "yarn_like/nodemanager/logs/log_report.h"
#include "yarn_like/nodemanager/node_health.h"
#include "yarn_like/nodemanager/rpc/container_manager_service.h"
#include "yarn_like/nodemanager/rpc/token_gate.h"

namespace tusk::yarn {

struct TrackerFacts {
  NodeId node;
  int http_port = 0;
  std::string node_ip;
  Resource resource;
  HostPort tracker;
  std::string user;  // whom the calls are made as
};

class ResourceTrackerClient {
 public:
  ResourceTrackerClient(Env env, rpc::Client& client, TokenGate& gate, ContainerHost& host, Applications& applications,
                        ContainerManagerService& service);

  // `on_shutdown`: the resource manager refuses this node, with its words.
  void Start(TrackerFacts facts, std::function<void(std::string)> on_shutdown);
  // With `unregister` the resource manager is told that this node goes.
  Task<void> Stop(bool unregister);
  // A container has ended: the next heartbeat tells it, and goes soon.
  void NoteDone(const ContainerId& id);
  void NoteApplicationGone(const ApplicationId& id);
  // Asked at each heartbeat for what has become of applications' logs.
  void SetLogReports(std::function<std::vector<LogReport>()> take) { take_log_reports_ = std::move(take); }
  bool registered() const { return registered_; }
  // Told with every heartbeat.
  void SetHealth(HealthReport health) {
    health_ = std::move(health);
    health_wall_ms_ = env_.clock.WallMillis();
  }
  const HealthReport& health() const { return health_; }
  int64_t last_heartbeat_wall_ms() const { return last_heartbeat_wall_ms_; }

 private:
  Task<void> Run();
  Task<Status> Register();
  Task<Status> Beat();
  void Obey(const struct HeartbeatOrders& orders);
  void ForgetReported(const std::vector<ContainerId>& sent);

  Env env_;
  rpc::Client& client_;
  TokenGate& gate_;
  ContainerHost& host_;
  Applications& applications_;
  ContainerManagerService& service_;
  TrackerFacts facts_;
  std::function<void(std::string)> on_shutdown_;
  std::function<std::vector<LogReport>()> take_log_reports_;
  std::vector<LogReport> log_reports_;  // not yet told
  bool registered_ = false;
  bool refused_ = false;
  int32_t response_id_ = 0;
  int64_t token_sequence_ = 0;
  int64_t last_heartbeat_wall_ms_ = 0;
  Duration interval_ = std::chrono::seconds(1);
  HealthReport health_;
  int64_t health_wall_ms_ = 0;
  std::set<ContainerId> to_report_;  // done, not yet told in a heartbeat that was answered
  AsyncEvent wake_;
  TaskScope scope_;
};

}  // namespace tusk::yarn
