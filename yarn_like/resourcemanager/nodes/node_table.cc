// Registration and exactly-once heartbeats of node managers.
#include "yarn_like/resourcemanager/nodes/node_table.h"

#include <algorithm>

namespace tusk::yarn {

std::string_view NameOf(NodeState state) {
  switch (state) {
    case NodeState::kNew: return "NEW";
    case NodeState::kRunning: return "RUNNING";
    case NodeState::kUnhealthy: return "UNHEALTHY";
    case NodeState::kDecommissioned: return "DECOMMISSIONED";
    case NodeState::kLost: return "LOST";
    case NodeState::kRebooted: return "REBOOTED";
    case NodeState::kDecommissioning: return "DECOMMISSIONING";
    case NodeState::kShutdown: return "SHUTDOWN";
  }
  return "NEW";
}

std::string NodeRecord::http_address() const { return id.host + ":" + std::to_string(http_port); }

NodeRecord& NodeTable::Register(NodeRecord record) {
  const NodeId id = record.id;
  // One node manager has one web address: an older registration with it is the same machine before a restart.
  std::erase_if(nodes_, [&](const auto& entry) {
    return entry.first != id && !entry.second.usable() && entry.second.http_address() == record.http_address();
  });
  return nodes_.insert_or_assign(id, std::move(record)).first->second;
}

NodeRecord* NodeTable::Find(const NodeId& id) {
  const auto at = nodes_.find(id);
  return at == nodes_.end() ? nullptr : &at->second;
}

const NodeRecord* NodeTable::Find(const NodeId& id) const {
  const auto at = nodes_.find(id);
  return at == nodes_.end() ? nullptr : &at->second;
}

HeartbeatOrder NodeTable::Receive(NodeRecord& record, int32_t response_id, TimePoint now) {
  constexpr int32_t kMask = 0x7fffffff;
  if (((response_id + 1) & kMask) == record.response_id) {
    record.last_contact = now;
    return HeartbeatOrder::kDuplicate;
  }
  if (response_id != record.response_id) return HeartbeatOrder::kResync;
  record.last_contact = now;
  record.response_id = (response_id + 1) & kMask;
  return HeartbeatOrder::kNew;
}

std::vector<NodeId> NodeTable::Silent(TimePoint silent_since) const {
  std::vector<NodeId> silent;
  for (const auto& [id, record] : nodes_) {
    if ((record.usable() || record.state == NodeState::kUnhealthy) && record.last_contact <= silent_since) {
      silent.push_back(id);
    }
  }
  return silent;
}

bool NodeAdmission::Allows(const NodeRecord& node) const {
  const auto listed = [&](const std::set<std::string>& hosts) {
    return hosts.contains(node.id.host) || (!node.ip.empty() && hosts.contains(node.ip));
  };
  return (included.empty() || listed(included)) && !listed(excluded);
}

void NodeTable::Retire(NodeRecord& record, NodeState state) {
  record.state = state;
  std::erase(gone_, record.id);
  gone_.push_back(record.id);
  while (gone_.size() > gone_max_) {
    const auto oldest = nodes_.find(gone_.front());
    gone_.pop_front();
    if (oldest != nodes_.end() && !oldest->second.usable() && oldest->second.state != NodeState::kUnhealthy &&
        &oldest->second != &record) {
      nodes_.erase(oldest);
    }
  }
  record.containers_to_signal.clear();
  record.containers_to_cleanup.clear();
  record.containers_to_remove.clear();
  record.applications_to_cleanup.clear();
  record.last_reply.clear();
}

int64_t NodeTable::Count(NodeState state) const {
  return std::count_if(nodes_.begin(), nodes_.end(), [&](const auto& entry) { return entry.second.state == state; });
}

}  // namespace tusk::yarn
