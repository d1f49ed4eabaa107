// BlockManager: start and a block's life, see the header.
#include "dfs/namenode/blocks/block_manager.h"

#include <algorithm>

#include "dfs/namenode/blocks/block_manager_state.h"

namespace tusk::dfs {

UnderConstruction::Replica* UnderConstruction::Find(StorageIndex storage) {
  auto it = std::find_if(replicas.begin(), replicas.end(), [&](const Replica& r) { return r.storage == storage; });
  return it == replicas.end() ? nullptr : &*it;
}

bool UnderConstruction::Remove(StorageIndex storage) {
  return std::erase_if(replicas, [&](const Replica& r) { return r.storage == storage; }) > 0;
}

BlockManager::BlockManager(BlockLimits limits, DatanodeRegistry& registry, Random& random)
    : state_(std::make_unique<State>(limits, registry, random)) {}
BlockManager::~BlockManager() = default;

SafeMode& BlockManager::safe_mode() { return state_->safe_mode; }
const SafeMode& BlockManager::safe_mode() const { return state_->safe_mode; }
DatanodeRegistry& BlockManager::registry() { return state_->registry; }
const DatanodeRegistry& BlockManager::registry() const { return state_->registry; }
const BlockLimits& BlockManager::limits() const { return state_->limits; }
void BlockManager::SetNextStamp(int64_t stamp) { state_->next_stamp = stamp; }

void BlockManager::Load(const KnownBlock& block) {
  BlockRecord& record = state_->table.Insert(block.block.id);
  record.stamp = block.block.stamp;
  record.length = block.block.length;
  record.inode = block.inode;
  record.replication = block.replication;
  record.state = block.state;
  if (block.state != BlockState::kComplete) state_->building.try_emplace(block.block.id);
}

void BlockManager::FinishLoad(TimePoint now) {
  state_->safe_mode.Start(state_->table.size() - state_->building.size(), now);
  if (!state_->safe_mode.in_startup()) state_->ActivateQueues(now);
}

Result<std::vector<StorageIndex>> BlockManager::ChooseTargets(const TargetRequest& request, TimePoint now) {
  std::vector<StorageIndex> targets = state_->placement.Choose(request, now);
  const auto needed = static_cast<size_t>(std::max(state_->limits.min_replication, 1));
  if (targets.size() + request.chosen.size() >= needed && (!targets.empty() || request.replication == 0)) return targets;
  const std::string excluded = request.excluded.empty() ? "no" : std::to_string(request.excluded.size());
  return Status(Code::kIOError, "File " + request.path + " could only be written to " + std::to_string(targets.size()) +
                                    " of the " + std::to_string(needed) + " minReplication nodes. There are " +
                                    std::to_string(state_->registry.live_count()) + " datanode(s) running and " +
                                    excluded + " node(s) are excluded in this operation.");
}

void BlockManager::AddUnderConstruction(const BlockSpec& block, int64_t inode, uint16_t replication,
                                        std::span<const StorageIndex> targets) {
  BlockRecord& record = state_->table.Insert(block.id);
  record.stamp = block.stamp;
  record.length = block.length;
  record.inode = inode;
  record.replication = replication;
  record.state = BlockState::kUnderConstruction;
  UnderConstruction& building = state_->building[block.id];
  for (StorageIndex target : targets) {
    building.replicas.push_back({target, ReplicaState::kBeingWritten, block.stamp, 0, false});
    ++state_->registry.mutable_datanode(state_->registry.storage(target).datanode).scheduled_blocks;
  }
  if (block.stamp >= state_->next_stamp) state_->next_stamp = block.stamp + 1;
}

Status BlockManager::Reopen(int64_t id) {
  BlockRecord* record = state_->table.Find(id);
  if (record == nullptr) return Status(Code::kFileNotFound, "block " + std::to_string(id) + " is unknown");
  if (record->state != BlockState::kComplete) {
    record->state = BlockState::kUnderConstruction;
    return Status::Ok();
  }
  UnderConstruction& building = state_->building[id];
  for (StorageIndex storage : state_->table.ReplicasOf(*record)) {
    if (!state_->IsExcess(id, storage)) {
      building.replicas.push_back({storage, ReplicaState::kFinalized, record->stamp, record->length, false});
    }
    state_->DropGood(*record, storage);
  }
  record->state = BlockState::kUnderConstruction;
  state_->low.Remove(id);
  state_->pending.erase(id);
  state_->postponed.erase(id);
  if (state_->safe_mode.in_startup()) state_->safe_mode.AddTotal(-1);
  return Status::Ok();
}

Result<bool> BlockManager::Commit(const BlockSpec& final, TimePoint now) {
  BlockRecord* record = state_->table.Find(final.id);
  if (record == nullptr) return Status(Code::kIOError, "block blk_" + std::to_string(final.id) + " is unknown");
  if (record->state == BlockState::kComplete) return true;
  if (record->state == BlockState::kCommitted) return false;
  if (!BlockRecord::Fits(final.length)) return Status(Code::kIOError, "no block has " + std::to_string(final.length) + " bytes");
  if (record->length > final.length) {
    return Status(Code::kIOError, "commitBlock length is less than the stored one " + std::to_string(final.length) +
                                      " vs " + std::to_string(record->length));
  }
  if (record->stamp != final.stamp) {
    return Status(Code::kIOError, "Commit block with mismatching GS. NN has blk_" + std::to_string(final.id) + "_" +
                                      std::to_string(record->stamp) + ", client submits blk_" +
                                      std::to_string(final.id) + "_" + std::to_string(final.stamp));
  }
  record->length = final.length;
  record->state = BlockState::kCommitted;
  UnderConstruction& building = state_->building[final.id];
  building.recovery_stamp = 0;
  std::vector<UnderConstruction::Replica> finalized;
  for (const auto& replica : building.replicas) {
    if (replica.state == ReplicaState::kFinalized) finalized.push_back(replica);
  }
  // AddGood may complete the block, which ends `building`.
  for (const auto& replica : finalized) {
    ReportedReplica reported{{final.id, replica.stamp, replica.length}, ReplicaState::kFinalized};
    (void)state_->ApplyToWritten(*record, replica.storage, reported, "", now);
  }
  return record->state == BlockState::kComplete;
}

void BlockManager::State::CompleteBlock(BlockRecord& record, TimePoint now) {
  record.state = BlockState::kComplete;
  auto node = building.extract(record.id);
  if (node.empty()) return;
  // The rest of the pipeline is about to report: no copies are made for it until the time-out.
  PendingCopy expected{{}, {}, now};
  for (const auto& replica : node.mapped().replicas) {
    if (table.HasReplica(record, replica.storage) || IsCorrupt(record.id, replica.storage)) continue;
    if (registry.DatanodeOf(replica.storage).alive) expected.targets.push_back(replica.storage);
  }
  if (!expected.targets.empty()) pending[record.id] = std::move(expected);
  for (const auto& replica : node.mapped().outdated) {
    if (!table.HasReplica(record, replica.storage)) {
      SetCorrupt(record, replica.storage, replica.stamp, "GENSTAMP_MISMATCH");
    }
  }
}

void BlockManager::CompleteRecovered(const BlockSpec& final, std::span<const StorageIndex> targets, TimePoint now) {
  BlockRecord* record = state_->table.Find(final.id);
  if (record == nullptr) return;
  if (record->state == BlockState::kComplete && record->stamp == final.stamp) return;
  UnderConstruction& building = state_->building[final.id];
  for (const auto& replica : building.replicas) {
    const bool kept = std::find(targets.begin(), targets.end(), replica.storage) != targets.end();
    if (!kept && replica.state == ReplicaState::kFinalized) building.outdated.push_back(replica);
  }
  building.replicas.clear();
  building.recovery_stamp = 0;
  record->stamp = final.stamp;
  record->length = final.length;
  record->state = BlockState::kCommitted;
  if (final.stamp >= state_->next_stamp) state_->next_stamp = final.stamp + 1;
  for (StorageIndex target : targets) state_->AddGood(*record, target, "", now);
  if (record->state != BlockState::kComplete) {
    state_->CompleteBlock(*record, now);
    if (state_->safe_mode.in_startup()) state_->safe_mode.AddTotal(1);
  }
  state_->Reevaluate(*record, "", now);
}

Status BlockManager::UpdatePipeline(int64_t id, int64_t new_stamp, int64_t new_length,
                                    std::span<const StorageIndex> targets) {
  BlockRecord* record = state_->table.Find(id);
  if (record == nullptr) return Status(Code::kFileNotFound, "block blk_" + std::to_string(id) + " is unknown");
  if (!BlockRecord::Fits(new_length)) return Status(Code::kIOError, "no block has " + std::to_string(new_length) + " bytes");
  if (record->state == BlockState::kComplete) RETURN_IF_ERROR(Reopen(id));
  UnderConstruction& building = state_->building[id];
  std::vector<UnderConstruction::Replica> expected;
  for (StorageIndex target : targets) {
    const UnderConstruction::Replica* known = building.Find(target);
    // A report of the new stamp may have come before this call.
    if (known != nullptr && known->stamp >= new_stamp) {
      expected.push_back(*known);
    } else {
      expected.push_back({target, ReplicaState::kBeingWritten, new_stamp, new_length, false});
    }
  }
  for (const auto& replica : building.replicas) {
    const bool kept = std::find(targets.begin(), targets.end(), replica.storage) != targets.end();
    if (!kept && replica.stamp < new_stamp && replica.state == ReplicaState::kFinalized) {
      building.outdated.push_back(replica);
    }
  }
  building.replicas = std::move(expected);
  building.recovery_stamp = 0;
  record->stamp = new_stamp;
  record->length = new_length;
  record->state = BlockState::kUnderConstruction;
  if (new_stamp >= state_->next_stamp) state_->next_stamp = new_stamp + 1;
  return Status::Ok();
}

Status BlockManager::StartRecovery(int64_t id, int64_t recovery_stamp, int64_t truncate_length, TimePoint now) {
  BlockRecord* record = state_->table.Find(id);
  if (record == nullptr) return Status(Code::kFileNotFound, "block blk_" + std::to_string(id) + " is unknown");
  if (record->state == BlockState::kComplete) RETURN_IF_ERROR(Reopen(id));
  UnderConstruction& building = state_->building[id];
  record->state = BlockState::kUnderRecovery;
  building.recovery_stamp = recovery_stamp;
  building.truncate_length = truncate_length;
  if (recovery_stamp >= state_->next_stamp) state_->next_stamp = recovery_stamp + 1;
  if (building.replicas.empty()) {
    return Status(Code::kIOError, "no replica of block blk_" + std::to_string(id) + " is known");
  }
  // The living replica heard from last that has not had its turn; when all had, all may again.
  for (int turn = 0; turn < 2; ++turn) {
    UnderConstruction::Replica* primary = nullptr;
    for (auto& replica : building.replicas) {
      const Datanode& node = state_->registry.DatanodeOf(replica.storage);
      if (!node.alive || replica.tried_as_primary) continue;
      if (primary == nullptr ||
          node.last_heartbeat > state_->registry.DatanodeOf(primary->storage).last_heartbeat) {
        primary = &replica;
      }
    }
    if (primary != nullptr) {
      primary->tried_as_primary = true;
      building.recovery_primary = state_->registry.storage(primary->storage).datanode;
      building.recovery_started = now;
      auto& recoveries = state_->queues[state_->registry.storage(primary->storage).datanode].recoveries;
      std::erase(recoveries, id);
      recoveries.push_back(id);
      return Status::Ok();
    }
    for (auto& replica : building.replicas) replica.tried_as_primary = false;
  }
  return Status::Ok();  // none lives now; the caller retries later
}

void BlockManager::State::ForgetQueues(int64_t id) {
  low.Remove(id);
  pending.erase(id);
  postponed.erase(id);
  excess.erase(id);
}

void BlockManager::Remove(int64_t id) {
  BlockRecord* record = state_->table.Find(id);
  if (record == nullptr) return;
  const int64_t stamp = record->stamp;
  if (state_->safe_mode.in_startup() && record->state == BlockState::kComplete) {
    if (state_->table.ReplicaCount(*record) >= static_cast<size_t>(state_->limits.min_replication)) {
      state_->safe_mode.BlockUnsafe();
    }
    state_->safe_mode.AddTotal(-1);
  }
  for (StorageIndex storage : state_->table.ReplicasOf(*record)) {
    --state_->registry.mutable_storage(storage).block_count;
    state_->QueueInvalidation(state_->registry.storage(storage).datanode, id, stamp);
  }
  if (auto it = state_->building.find(id); it != state_->building.end()) {
    for (const auto& replica : it->second.replicas) {
      state_->QueueInvalidation(state_->registry.storage(replica.storage).datanode, id, std::max(stamp, replica.stamp));
    }
    for (const auto& replica : it->second.outdated) {
      state_->QueueInvalidation(state_->registry.storage(replica.storage).datanode, id, replica.stamp);
    }
    state_->building.erase(it);
  }
  if (auto it = state_->corrupt.find(id); it != state_->corrupt.end()) {
    for (const CorruptReplica& replica : it->second) {
      state_->QueueInvalidation(state_->registry.storage(replica.storage).datanode, id, replica.stamp);
    }
    state_->corrupt.erase(it);
  }
  state_->ForgetQueues(id);
  state_->table.Erase(id);
}

void BlockManager::SetReplication(int64_t id, uint16_t replication, TimePoint now) {
  BlockRecord* record = state_->table.Find(id);
  if (record == nullptr || record->replication == replication) return;
  record->replication = replication;
  state_->Reevaluate(*record, "", now);
}

void BlockManager::SetInode(int64_t id, int64_t inode) {
  if (BlockRecord* record = state_->table.Find(id)) record->inode = inode;
}

bool BlockManager::Contains(int64_t id) const { return state_->table.Find(id) != nullptr; }
BlockState BlockManager::StateOf(int64_t id) const {
  const BlockRecord* record = state_->table.Find(id);
  return record == nullptr ? BlockState::kComplete : record->state;
}
BlockSpec BlockManager::SpecOf(int64_t id) const {
  const BlockRecord* record = state_->table.Find(id);
  return record == nullptr ? BlockSpec() : record->spec();
}
int64_t BlockManager::InodeOf(int64_t id) const {
  const BlockRecord* record = state_->table.Find(id);
  return record == nullptr ? 0 : record->inode;
}
uint16_t BlockManager::ReplicationOf(int64_t id) const {
  const BlockRecord* record = state_->table.Find(id);
  return record == nullptr ? uint16_t{0} : record->replication;
}
int64_t BlockManager::RecoveryStampOf(int64_t id) const {
  auto it = state_->building.find(id);
  return it == state_->building.end() ? 0 : it->second.recovery_stamp;
}

bool BlockManager::RecoveryUnderWay(int64_t id, TimePoint now) const {
  auto it = state_->building.find(id);
  if (it == state_->building.end() || it->second.recovery_stamp == 0) return false;
  return it->second.recovery_primary != kNoIndex && now - it->second.recovery_started < state_->limits.recovery_timeout;
}

bool BlockManager::IsMinimallyReplicated(int64_t id) const {
  const BlockRecord* record = state_->table.Find(id);
  if (record == nullptr) return false;
  size_t confirmed = state_->table.ReplicaCount(*record);
  if (auto it = state_->building.find(id); it != state_->building.end() && record->state != BlockState::kCommitted) {
    for (const auto& replica : it->second.replicas) {
      if (replica.state == ReplicaState::kFinalized && replica.stamp == record->stamp) ++confirmed;
    }
  }
  return confirmed >= static_cast<size_t>(state_->limits.min_replication);
}

std::vector<StorageIndex> BlockManager::ExpectedLocations(int64_t id) const {
  std::vector<StorageIndex> expected;
  auto it = state_->building.find(id);
  if (it == state_->building.end()) return expected;
  for (const auto& replica : it->second.replicas) expected.push_back(replica.storage);
  return expected;
}

std::vector<PlacedReplica> BlockManager::Replicas(int64_t id) const {
  std::vector<PlacedReplica> found;
  const BlockRecord* record = state_->table.Find(id);
  if (record == nullptr) return found;
  for (StorageIndex storage : state_->table.ReplicasOf(*record)) found.push_back({storage, false});
  if (auto it = state_->corrupt.find(id); it != state_->corrupt.end()) {
    for (const CorruptReplica& replica : it->second) found.push_back({replica.storage, true});
  }
  return found;
}

std::string BlockManager::CorruptReason(int64_t id, StorageIndex storage) const {
  const auto found = state_->corrupt.find(id);
  if (found == state_->corrupt.end()) return "";
  for (const CorruptReplica& replica : found->second) {
    if (replica.storage == storage) return replica.reason;
  }
  return "";
}

std::vector<PlacedReplica> BlockManager::LocationsFor(int64_t id, std::string_view reader, TimePoint now) const {
  const BlockRecord* record = state_->table.Find(id);
  if (record == nullptr) return {};
  std::vector<PlacedReplica> found;
  if (record->state == BlockState::kUnderConstruction || record->state == BlockState::kUnderRecovery) {
    for (StorageIndex storage : ExpectedLocations(id)) found.push_back({storage, false});
  } else {
    for (const PlacedReplica& replica : Replicas(id)) {
      const Datanode& node = state_->registry.DatanodeOf(replica.storage);
      const auto* leaving = state_->FindInvalidation(node.index, id);
      if (node.alive && !replica.corrupt && (leaving == nullptr || !leaving->handed_out)) found.push_back(replica);
    }
    if (found.empty()) {
      for (const PlacedReplica& replica : Replicas(id)) {
        if (replica.corrupt && state_->registry.DatanodeOf(replica.storage).alive) found.push_back(replica);
      }
    }
    // Committed, but not all have reported: the pipeline is where it is.
    if (found.empty() && record->state == BlockState::kCommitted) {
      for (StorageIndex storage : ExpectedLocations(id)) found.push_back({storage, false});
    }
  }
  for (size_t i = found.size(); i > 1; --i) std::swap(found[i - 1], found[state_->random.Below(i)]);
  // Shuffled, then by distance: readers of one file spread over its equally near replicas.
  std::vector<std::pair<int, PlacedReplica>> ranked;
  for (const PlacedReplica& location : found) {
    const Datanode& node = state_->registry.DatanodeOf(location.storage);
    int far = state_->registry.Distance(reader, node);
    if (state_->registry.IsStale(node, now)) far += 100;
    if (node.admin_state != AdminState::kNormal) far += 1000;
    ranked.emplace_back(far, location);
  }
  std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (size_t i = 0; i < found.size(); ++i) found[i] = ranked[i].second;
  return found;
}

}  // namespace tusk::dfs
