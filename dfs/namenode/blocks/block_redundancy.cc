// BlockManager: too few, too many, or bad replicas of a block, see block_manager.h.
#include <algorithm>

#include "dfs/namenode/blocks/block_manager_state.h"

namespace tusk::dfs {

ReplicaCounts BlockManager::State::Count(const BlockRecord& record) const {
  ReplicaCounts counts;
  for (StorageIndex storage : table.ReplicasOf(record)) {
    const Datanode& node = registry.DatanodeOf(storage);
    // A datanode in maintenance may be down: its replicas come back with it.
    if ((!node.alive && node.admin_state != AdminState::kInMaintenance) || registry.storage(storage).failed) continue;
    if (IsExcess(record.id, storage)) {
      ++counts.excess;
      continue;
    }
    switch (node.admin_state) {
      case AdminState::kNormal:
        ++counts.live;
        if (registry.storage(storage).content_stale) ++counts.stale;
        break;
      case AdminState::kDecommissionInProgress:
        ++counts.decommissioning;
        break;
      case AdminState::kDecommissioned:
        ++counts.decommissioned;
        break;
      case AdminState::kEnteringMaintenance:
      case AdminState::kInMaintenance:
        ++counts.maintenance;
        break;
    }
  }
  if (auto it = corrupt.find(record.id); it != corrupt.end()) counts.corrupt = static_cast<uint32_t>(it->second.size());
  return counts;
}

ReplicaCounts BlockManager::CountReplicas(int64_t id) const {
  const BlockRecord* record = state_->table.Find(id);
  return record == nullptr ? ReplicaCounts() : state_->Count(*record);
}

// As many as the file wants, less those that are in maintenance, but dfs.namenode.maintenance.replication.min.
uint32_t BlockManager::State::LiveWanted(const BlockRecord& record, const ReplicaCounts& counts) {
  const uint32_t rest = record.replication - std::min<uint32_t>(record.replication, counts.maintenance);
  return std::max(rest, std::min<uint32_t>(record.replication, kMaintenanceReplicationMin));
}

size_t BlockManager::State::PendingCount(int64_t id) const {
  auto it = pending.find(id);
  return it == pending.end() ? 0 : it->second.targets.size();
}

bool BlockManager::State::IsExcess(int64_t id, StorageIndex storage) const {
  auto it = excess.find(id);
  return it != excess.end() && std::find(it->second.begin(), it->second.end(), storage) != it->second.end();
}

void BlockManager::State::EraseExcess(int64_t id, StorageIndex storage) {
  auto it = excess.find(id);
  if (it == excess.end()) return;
  std::erase(it->second, storage);
  if (it->second.empty()) excess.erase(it);
}

// Whether the copies that count sit on one rack though there are others.
bool BlockManager::State::OnOneRackOnly(const BlockRecord& record) const {
  if (record.replication < 2) return false;
  const std::string* rack = nullptr;
  for (StorageIndex storage : table.ReplicasOf(record)) {
    const Datanode& node = registry.DatanodeOf(storage);
    if (!node.in_service() || IsExcess(record.id, storage)) continue;
    if (rack != nullptr && *rack != node.identity.location) return false;
    rack = &node.identity.location;
  }
  if (rack == nullptr) return false;
  for (const Datanode& node : registry.datanodes()) {
    if (node.in_service() && node.identity.location != *rack) return true;
  }
  return false;
}

void BlockManager::State::Reevaluate(BlockRecord& record, std::string_view delete_hint, TimePoint now) {
  (void)now;
  if (!queues_active) return;
  if (record.state != BlockState::kComplete) {
    low.Remove(record.id);
    return;
  }
  ReplicaCounts counts = Count(record);
  if (counts.live < LiveWanted(record, counts) && counts.excess > 0) {
    CancelExcess(record);
    counts = Count(record);
  }
  const size_t coming = PendingCount(record.id);
  if (counts.live > record.replication) {
    ChooseExcess(record, delete_hint);
  } else {
    postponed.erase(record.id);
  }
  // Bad replicas go when good ones are enough, and when together they are more than wanted: they hold the places that
  // copies of the good ones need (as Hadoop, but looked at again whenever the good ones change).
  const bool in_the_way = counts.live >= static_cast<uint32_t>(limits.min_replication) && counts.live + counts.corrupt > record.replication;
  if (counts.corrupt > 0 && (counts.live >= record.replication || in_the_way)) InvalidateCorrupt(record);
  const uint32_t wanted = LiveWanted(record, counts);
  const bool one_rack = counts.live >= record.replication && OnOneRackOnly(record);
  if (counts.live + coming >= wanted && !(one_rack && coming == 0)) {
    low.Remove(record.id);
    return;
  }
  LowRedundancy::Level level = LowRedundancy::kLow;
  if (counts.live == 0) {
    level = counts.decommissioned + counts.decommissioning + counts.maintenance > 0 ? LowRedundancy::kHighest
                                                                                   : LowRedundancy::kNone;
  } else if (one_rack) {
    level = LowRedundancy::kBadlyDistributed;
  } else if (counts.live == 1) {
    level = LowRedundancy::kHighest;
  } else if (counts.live * 3 < record.replication) {
    level = LowRedundancy::kVeryLow;
  }
  low.Put(record.id, level);
}

// Takes copies away until `replication` are left: never the last of a rack while a rack has two, the copy the balancer
// pointed at first, then the fullest node. Waits while any copy's storage has not reported since it came (back).
void BlockManager::State::ChooseExcess(BlockRecord& record, std::string_view delete_hint) {
  std::vector<StorageIndex> kept;
  for (StorageIndex storage : table.ReplicasOf(record)) {
    const Datanode& node = registry.DatanodeOf(storage);
    if (!node.alive || IsExcess(record.id, storage)) continue;
    if (registry.storage(storage).content_stale) {
      postponed.insert(record.id);
      return;
    }
    if (node.admin_state == AdminState::kNormal) kept.push_back(storage);
  }
  postponed.erase(record.id);
  while (kept.size() > record.replication) {
    std::map<std::string, int> on_rack;
    std::map<DatanodeIndex, int> on_node;
    for (StorageIndex storage : kept) {
      ++on_rack[registry.DatanodeOf(storage).identity.location];
      ++on_node[registry.storage(storage).datanode];
    }
    auto score = [&](StorageIndex storage) {
      const Datanode& node = registry.DatanodeOf(storage);
      const bool twice_on_node = on_node[node.index] > 1;
      const bool crowded = on_rack[node.identity.location] > 1 || on_rack.size() > 2;
      return std::tuple(twice_on_node, crowded, node.identity.uuid == delete_hint,
                        ~registry.storage(storage).space.remaining);
    };
    auto victim = std::max_element(kept.begin(), kept.end(),
                                   [&](StorageIndex a, StorageIndex b) { return score(a) < score(b); });
    excess[record.id].push_back(*victim);
    QueueInvalidation(registry.storage(*victim).datanode, record.id, record.stamp);
    kept.erase(victim);
  }
}

// Surplus copies that have not been told to go yet are copies again.
void BlockManager::State::CancelExcess(BlockRecord& record) {
  auto it = excess.find(record.id);
  if (it == excess.end()) return;
  const std::vector<StorageIndex> marked = it->second;
  for (StorageIndex storage : marked) {
    const DatanodeIndex node = registry.storage(storage).datanode;
    const auto* leaving = FindInvalidation(node, record.id);
    if (leaving != nullptr && leaving->handed_out) continue;
    if (Count(record).live >= record.replication) return;
    EraseInvalidation(node, record.id);
    EraseExcess(record.id, storage);
  }
}

void BlockManager::State::InvalidateCorrupt(BlockRecord& record) {
  auto node = corrupt.extract(record.id);
  if (node.empty()) return;
  for (const CorruptReplica& mark : node.mapped()) {
    const DatanodeIndex datanode = registry.storage(mark.storage).datanode;
    if (registry.datanode(datanode).alive) QueueInvalidation(datanode, record.id, mark.stamp);
  }
}

}  // namespace tusk::dfs
