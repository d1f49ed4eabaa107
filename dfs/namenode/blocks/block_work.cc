// BlockManager: what datanodes are told to do, and the questions of pages and tools, see block_manager.h.
#include <algorithm>

#include "dfs/namenode/blocks/block_manager_state.h"

namespace tusk::dfs {

// ---- deletions

void BlockManager::State::QueueInvalidation(DatanodeIndex node, int64_t id, int64_t stamp) {
  if (!registry.datanode(node).alive) return;  // its report will tell, should it come back
  NodeQueues& todo = queues[node];
  auto [it, added] = todo.invalidations.try_emplace(id, NodeQueues::Invalidation{stamp, false});
  if (added) {
    ++todo.unsent;
    return;
  }
  if (stamp > it->second.stamp) {
    it->second.stamp = stamp;
    if (it->second.handed_out) ++todo.unsent;
    it->second.handed_out = false;
  }
}

void BlockManager::State::EraseInvalidation(DatanodeIndex node, int64_t id) {
  auto queue = queues.find(node);
  if (queue == queues.end()) return;
  auto it = queue->second.invalidations.find(id);
  if (it == queue->second.invalidations.end()) return;
  if (!it->second.handed_out) --queue->second.unsent;
  queue->second.invalidations.erase(it);
}

const NodeQueues::Invalidation* BlockManager::State::FindInvalidation(DatanodeIndex node, int64_t id) const {
  auto queue = queues.find(node);
  if (queue == queues.end()) return nullptr;
  auto it = queue->second.invalidations.find(id);
  return it == queue->second.invalidations.end() ? nullptr : &it->second;
}

// ---- copies

void BlockManager::State::RemovePendingTarget(int64_t id, DatanodeIndex node) {
  auto it = pending.find(id);
  if (it == pending.end()) return;
  std::erase_if(it->second.targets, [&](StorageIndex target) { return registry.storage(target).datanode == node; });
  if (it->second.targets.empty()) pending.erase(it);
}

void BlockManager::State::ActivateQueues(TimePoint now) {
  queues_active = true;
  std::vector<int64_t> all;
  all.reserve(table.size());
  table.ForEach([&](const BlockRecord& record) {
    if (record.state == BlockState::kComplete) all.push_back(record.id);
  });
  for (int64_t id : all) {
    if (BlockRecord* record = table.Find(id)) Reevaluate(*record, "", now);
  }
}

void BlockManager::State::ExpirePending(TimePoint now) {
  std::vector<int64_t> expired;
  for (const auto& [id, copy] : pending) {
    if (now - copy.started > limits.pending_timeout) expired.push_back(id);
  }
  for (int64_t id : expired) {
    pending.erase(id);
    if (BlockRecord* record = table.Find(id)) Reevaluate(*record, "", now);
  }
}

// Writes that were scheduled and never came (abandoned, failed) must not make a node look full for ever.
void BlockManager::State::ForgetScheduled(TimePoint now) {
  constexpr Duration kHalfLife = std::chrono::minutes(5);
  if (now - scheduled_forgotten < kHalfLife) return;
  scheduled_forgotten = now;
  for (const Datanode& node : registry.datanodes()) registry.mutable_datanode(node.index).scheduled_blocks /= 2;
}

// A node that has the block, preferably one that is leaving anyway, with a free transfer slot.
DatanodeIndex BlockManager::State::ChooseSource(const BlockRecord& record, bool urgent) {
  const auto slots = static_cast<size_t>(urgent ? limits.max_transfers_hard : limits.max_transfers);
  std::vector<DatanodeIndex> leaving, ordinary;
  for (StorageIndex storage : table.ReplicasOf(record)) {
    const Datanode& node = registry.DatanodeOf(storage);
    if (!node.alive || registry.storage(storage).failed) continue;
    const auto* removal = FindInvalidation(node.index, record.id);
    if (removal != nullptr && removal->handed_out) continue;
    auto queue = queues.find(node.index);
    const size_t busy = queue == queues.end() ? 0 : queue->second.transfers.size();
    if (busy >= slots) continue;
    (node.admin_state == AdminState::kDecommissionInProgress ? leaving : ordinary).push_back(node.index);
  }
  const auto& from = leaving.empty() ? ordinary : leaving;
  return from.empty() ? kNoIndex : from[random.Below(from.size())];
}

bool BlockManager::State::ScheduleCopy(BlockRecord& record, TimePoint now) {
  const ReplicaCounts counts = Count(record);
  const size_t coming = PendingCount(record.id);
  const size_t have = counts.live + coming;
  const bool spread = have >= LiveWanted(record, counts);
  if (spread && (coming > 0 || !OnOneRackOnly(record))) {
    Reevaluate(record, "", now);
    return false;
  }
  const DatanodeIndex source = ChooseSource(record, counts.live <= 1);
  if (source == kNoIndex) return false;
  TargetRequest request;
  request.replication = spread ? 1 : static_cast<int>(LiveWanted(record, counts) - have);
  request.block_size = record.length;
  request.writer = registry.datanode(source).identity.ip;
  request.chosen = table.ReplicasOf(record);
  if (auto it = pending.find(record.id); it != pending.end()) {
    request.chosen.insert(request.chosen.end(), it->second.targets.begin(), it->second.targets.end());
  }
  if (auto it = corrupt.find(record.id); it != corrupt.end()) {
    for (const CorruptReplica& mark : it->second) request.excluded.push_back(registry.storage(mark.storage).datanode);
  }
  for (const auto& [node, todo] : queues) {
    if (todo.invalidations.contains(record.id)) request.excluded.push_back(node);
  }
  // A node that has come but not reported may have the block already.
  for (const Datanode& node : registry.datanodes()) {
    const auto has_reported = [&](StorageIndex storage) { return registry.storage(storage).reported; };
    if (std::none_of(node.storages.begin(), node.storages.end(), has_reported)) request.excluded.push_back(node.index);
  }
  if (spread) {  // only a node of another rack is of use
    const std::string& rack = registry.datanode(source).identity.location;
    for (const Datanode& node : registry.datanodes()) {
      if (node.identity.location == rack) request.excluded.push_back(node.index);
    }
  }
  std::vector<StorageIndex> targets = placement.Choose(request, now);
  if (targets.empty()) return false;
  PendingCopy& copy = pending[record.id];
  copy.started = now;
  copy.targets.insert(copy.targets.end(), targets.begin(), targets.end());
  copy.sources.push_back(source);
  for (StorageIndex target : targets) {
    ++registry.mutable_datanode(registry.storage(target).datanode).scheduled_blocks;
  }
  queues[source].transfers.push_back({record.spec(), std::move(targets)});
  Reevaluate(record, "", now);
  return true;
}

void BlockManager::State::ScheduleCopies(TimePoint now) {
  const size_t budget = registry.live_count() * static_cast<size_t>(limits.work_multiplier);
  for (int64_t id : low.Next(budget)) {
    if (BlockRecord* record = table.Find(id)) (void)ScheduleCopy(*record, now);
  }
}

// ---- the clock and the heartbeats

void BlockManager::Tick(TimePoint now) {
  State& state = *state_;
  state.ForgetScheduled(now);
  state.safe_mode.Check(state.registry.live_count(), now);
  if (!state.queues_active) {
    if (state.safe_mode.in_startup()) return;
    state.ActivateQueues(now);
  }
  state.ExpirePending(now);
  if (state.safe_mode.on()) return;
  const std::vector<int64_t> waiting(state.postponed.begin(), state.postponed.end());
  for (int64_t id : waiting) {
    if (BlockRecord* record = state.table.Find(id)) state.Reevaluate(*record, "", now);
  }
  state.ScheduleCopies(now);
}

HeartbeatWork BlockManager::TakeWork(DatanodeIndex datanode, TimePoint now) {
  (void)now;
  HeartbeatWork work;
  State& state = *state_;
  auto queue = state.queues.find(datanode);
  if (queue == state.queues.end() || state.safe_mode.on()) return work;
  NodeQueues& todo = queue->second;
  const auto busy = static_cast<int64_t>(state.registry.datanode(datanode).load.xmits_in_progress);
  int64_t slots = std::max<int64_t>(state.limits.max_transfers_hard - busy, 0);
  while (!todo.transfers.empty() && slots-- > 0) {
    TransferWork transfer = std::move(todo.transfers.front());
    todo.transfers.pop_front();
    const BlockRecord* record = state.table.Find(transfer.block.id);
    if (record == nullptr || record->spec() != transfer.block) continue;  // deleted or appended to since
    work.transfers.push_back(std::move(transfer));
  }
  int left = state.limits.invalidate_limit;
  if (todo.unsent > 0) {
    for (auto& [id, invalidation] : todo.invalidations) {
      if (invalidation.handed_out) continue;
      if (left-- <= 0) break;
      invalidation.handed_out = true;
      --todo.unsent;
      work.invalidations.push_back({id, invalidation.stamp, 0});
    }
  }
  while (!todo.recoveries.empty()) {
    const int64_t id = todo.recoveries.front();
    todo.recoveries.pop_front();
    const BlockRecord* record = state.table.Find(id);
    auto building = state.building.find(id);
    if (record == nullptr || building == state.building.end() || building->second.recovery_stamp == 0) continue;
    RecoveryWork recovery{record->spec(), building->second.recovery_stamp, {}, building->second.truncate_length};
    for (const auto& replica : building->second.replicas) {
      if (state.registry.DatanodeOf(replica.storage).alive) recovery.replicas.push_back(replica.storage);
    }
    if (!recovery.replicas.empty()) work.recoveries.push_back(std::move(recovery));
  }
  return work;
}

// ---- questions

BlockStats BlockManager::Stats() const {
  BlockStats stats;
  const State& state = *state_;
  stats.blocks = state.table.size();
  stats.missing = state.low.size(LowRedundancy::kNone);
  stats.under_replicated = state.low.size() - stats.missing;
  stats.highest_priority_low_redundancy = state.low.size(LowRedundancy::kHighest);
  stats.corrupt = state.corrupt.size();
  for (int64_t id : state.low.at(LowRedundancy::kNone)) {
    if (state.table.Find(id)->replication == 1) ++stats.missing_replication_one;
  }
  for (const auto& [node, todo] : state.queues) {
    stats.pending_deletion += todo.unsent;
    stats.scheduled_replication += todo.transfers.size();
  }
  stats.pending_replication = state.pending.size();
  for (const auto& [id, storages] : state.excess) stats.excess += storages.size();
  stats.in_future = state.in_future;
  stats.under_construction = state.building.size();
  return stats;
}

std::vector<int64_t> BlockManager::MissingBlocks(int64_t after_id, size_t count_max) const {
  std::vector<int64_t> found;
  const std::set<int64_t>& missing = state_->low.at(LowRedundancy::kNone);
  for (auto it = missing.upper_bound(after_id); it != missing.end() && found.size() < count_max; ++it) {
    found.push_back(*it);
  }
  return found;
}

std::vector<BlockSpec> BlockManager::SampleBlocks(const BlockSampling& wanted) const {
  std::vector<BlockSpec> found;
  uint64_t bytes = 0;
  const State& state = *state_;
  state.table.Walk(state.random.Next64(), [&](const BlockRecord& record) {
    if (record.state != BlockState::kComplete || record.length < wanted.block_bytes_min) return true;
    for (StorageIndex index : state.table.ReplicasOf(record)) {
      const Storage& storage = state.registry.storage(index);
      const bool meant = storage.datanode == wanted.datanode && (wanted.storage_type == 0 || storage.type == wanted.storage_type);
      if (!meant || state.IsExcess(record.id, index)) continue;
      found.push_back(record.spec());
      bytes += static_cast<uint64_t>(record.length);
      break;
    }
    return bytes < wanted.bytes;
  });
  return found;
}

size_t BlockManager::BlocksHeldBackBy(DatanodeIndex datanode) const {
  size_t held = 0;
  // What it has is not known before it has said so.
  for (StorageIndex storage : state_->registry.datanode(datanode).storages) {
    if (!state_->registry.storage(storage).failed && !state_->registry.storage(storage).reported) ++held;
  }
  const bool maintained = state_->registry.datanode(datanode).admin_state == AdminState::kEnteringMaintenance;
  const auto enough = maintained ? State::kMaintenanceReplicationMin : static_cast<uint32_t>(state_->limits.default_replication);
  state_->table.ForEach([&](const BlockRecord& record) {
    for (StorageIndex storage : state_->table.ReplicasOf(record)) {
      if (state_->registry.storage(storage).datanode != datanode) continue;
      if (state_->Count(record).live < std::min<uint32_t>(record.replication, enough)) ++held;
      break;
    }
  });
  // A block that is being written may go on without this node where enough others are in its pipeline.
  for (const auto& [id, building] : state_->building) {
    int others = 0;
    bool here = false;
    for (const auto& replica : building.replicas) {
      const Datanode& node = state_->registry.DatanodeOf(replica.storage);
      here = here || node.index == datanode;
      others += node.in_service() ? 1 : 0;
    }
    if (here && others < state_->limits.min_replication) ++held;
  }
  return held;
}

std::string BlockManager::DescribeQueues(TimePoint now) const {
  const State& state = *state_;
  std::string text = "Live Datanodes: " + std::to_string(state.registry.live_count()) + "\n";
  text += "Dead Datanodes: " + std::to_string(state.registry.datanodes().size() - state.registry.live_count()) + "\n";
  text += "Metasave: Blocks waiting for reconstruction: " + std::to_string(state.low.size()) + "\n";
  for (size_t level = 0; level < LowRedundancy::kLevels; ++level) {
    for (int64_t id : state.low.at(static_cast<LowRedundancy::Level>(level))) {
      const BlockRecord* record = state.table.Find(id);
      const ReplicaCounts counts = state.Count(*record);
      text += "blk_" + std::to_string(id) + "_" + std::to_string(record->stamp) + " (replicas: live: " +
              std::to_string(counts.live) + " decommissioning and decommissioned: " +
              std::to_string(counts.decommissioning + counts.decommissioned) + " corrupt: " +
              std::to_string(counts.corrupt) + " in excess: " + std::to_string(counts.excess) + ")\n";
    }
  }
  const std::vector<int64_t> missing = MissingBlocks(INT64_MIN, state.low.size());
  text += "Metasave: Blocks currently missing: " + std::to_string(missing.size()) + "\n";
  for (int64_t id : missing) text += "blk_" + std::to_string(id) + "\n";
  text += "Mis-replicated blocks that have been postponed:\n";
  for (int64_t id : state.postponed) text += "blk_" + std::to_string(id) + "\n";
  text += "Metasave: Blocks being reconstructed: " + std::to_string(state.pending.size()) + "\n";
  for (const auto& [id, copy] : state.pending) {
    text += "blk_" + std::to_string(id) + " " + std::to_string(ToMillis(now - copy.started)) + " ms, " +
            std::to_string(copy.targets.size()) + " copies\n";
  }
  size_t deleting = 0, nodes = 0;
  std::string lines;
  for (const auto& [node, todo] : state.queues) {
    if (todo.unsent == 0) continue;
    ++nodes;
    deleting += todo.unsent;
    lines += state.registry.datanode(node).identity.XferAddress() + ": " + std::to_string(todo.unsent) + " blocks\n";
  }
  text += "Metasave: Blocks " + std::to_string(deleting) + " waiting deletion from " + std::to_string(nodes) +
          " datanodes.\n" + lines;
  text += "Corrupt Blocks:\n";
  for (const auto& [id, marks] : state.corrupt) {
    for (const CorruptReplica& mark : marks) {
      text += "Block=" + std::to_string(id) + "\tNode=" +
              state.registry.DatanodeOf(mark.storage).identity.XferAddress() + "\tStorageID=" +
              state.registry.storage(mark.storage).uuid + "\tReason=" + mark.reason + "\n";
    }
  }
  return text;
}

}  // namespace tusk::dfs
