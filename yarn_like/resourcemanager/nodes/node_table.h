// The node managers: who is registered, what the last heartbeat said, what the next one must tell them. A synchronous
// state machine; heartbeats are exactly-once by their response id.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/core/time.h"
#include "yarn_like/common/ids.h"
#include "yarn_like/common/resource.h"

namespace tusk::yarn {

// As NodeStateProto.
enum class NodeState : uint8_t {
  kNew, kRunning, kUnhealthy, kDecommissioned, kLost, kRebooted, kDecommissioning, kShutdown
};
std::string_view NameOf(NodeState state);

struct NodeUtilization {
  int64_t physical_mb = 0;
  int64_t virtual_mb = 0;
  float cpu = 0;
};

struct NodeRecord {
  NodeId id;
  std::string ip;  // of id.host, for the service field of tokens
  int32_t http_port = 0;
  std::string rack = "/default-rack";
  std::string version;
  Resource total;
  NodeState state = NodeState::kRunning;
  std::string health_report;
  int64_t health_wall_ms = 0;
  TimePoint last_contact{};
  int32_t response_id = 0;
  std::string last_reply;  // NodeHeartbeatResponseProto of response_id
  NodeUtilization containers_utilization;
  NodeUtilization node_utilization;
  // For the next heartbeat.
  std::set<ContainerId> containers_to_cleanup;
  std::set<ContainerId> containers_to_remove;
  std::set<ApplicationId> applications_to_cleanup;

  std::string http_address() const;
  bool usable() const { return state == NodeState::kRunning; }
};

enum class HeartbeatOrder : uint8_t { kNew, kDuplicate, kResync };

class NodeTable {
 public:
  // A new record; the old one's orders for the same address are dropped.
  NodeRecord& Register(NodeRecord record);
  NodeRecord* Find(const NodeId& id);
  const NodeRecord* Find(const NodeId& id) const;
  // What a heartbeat that carries `response_id` is. kNew advances the record's id.
  HeartbeatOrder Receive(NodeRecord& record, int32_t response_id, TimePoint now);
  // Usable nodes that have been silent since before `silent_since`.
  std::vector<NodeId> Silent(TimePoint silent_since) const;
  // Keeps the record for reports, without its orders.
  void Retire(NodeRecord& record, NodeState state);
  const std::map<NodeId, NodeRecord>& all() const { return nodes_; }
  int64_t Count(NodeState state) const;

 private:
  std::map<NodeId, NodeRecord> nodes_;
};

}  // namespace tusk::yarn
