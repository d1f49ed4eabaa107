// The node managers: who is registered, what the last heartbeat said, what the next one must tell them. A synchronous
// state machine; heartbeats are exactly-once by their response id.
#pragma once

#include <cstdint>
#include <deque>
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
  bool heard = false;  // a heartbeat has come since it registered
  int32_t response_id = 0;
  std::string last_reply;  // NodeHeartbeatResponseProto of response_id
  NodeUtilization containers_utilization;
  NodeUtilization node_utilization;
  // For the next heartbeat.
  std::set<ContainerId> containers_to_cleanup;
  std::set<ContainerId> containers_to_remove;
  std::set<ApplicationId> applications_to_cleanup;
  std::vector<std::pair<ContainerId, int32_t>> containers_to_signal;  // with SignalContainerCommandProto
  bool resized = false;  // by an administrator: the node is told its `total`
  // While it is kDecommissioning.
  TimePoint leaves_by = kNever;
  int32_t leaves_in_s = -1;  // the timeout as it was given, for reports

  std::string http_address() const;
  // Its containers run; while it is decommissioning it gets no new ones.
  bool usable() const { return state == NodeState::kRunning || state == NodeState::kDecommissioning; }
};

enum class HeartbeatOrder : uint8_t { kNew, kDuplicate, kResync, kShutdown };

// Which nodes may take part: yarn.resourcemanager.nodes.include-path (empty: all) and exclude-path, host names or
// addresses.
struct NodeAdmission {
  std::set<std::string> included;
  std::set<std::string> excluded;

  bool Allows(const NodeRecord& node) const;
};

class NodeTable {
 public:
  // Of nodes that are gone the last `gone_max` are listed.
  explicit NodeTable(size_t gone_max = 1000) : gone_max_(gone_max) {}
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
  size_t gone_max_;
  std::map<NodeId, NodeRecord> nodes_;
  std::deque<NodeId> gone_;  // oldest first; may name nodes that came back
};

}  // namespace tusk::yarn
