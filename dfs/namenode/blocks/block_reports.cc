// BlockManager: what datanodes say about replicas, see block_manager.h.
#include <algorithm>

#include "dfs/namenode/blocks/block_manager_state.h"

namespace tusk::dfs {

// ---- one replica

bool BlockManager::State::ApplyReported(StorageIndex storage, const ReportedReplica& replica,
                                        std::string_view delete_hint, TimePoint now) {
  const DatanodeIndex node = registry.storage(storage).datanode;
  BlockRecord* record = table.Find(replica.block.id);
  if (const auto* leaving = FindInvalidation(node, replica.block.id);
      leaving != nullptr && leaving->stamp >= replica.block.stamp) {
    return record != nullptr && table.HasReplica(*record, storage);
  }
  if (record == nullptr) {
    if (next_stamp > 0 && replica.block.stamp >= next_stamp) {
      ++in_future;  // perhaps our state is older than the datanode's: deleting would lose data
    } else {
      QueueInvalidation(node, replica.block.id, replica.block.stamp);
    }
    return false;
  }
  if (record->state == BlockState::kUnderConstruction || record->state == BlockState::kUnderRecovery) {
    ApplyToBuilding(*record, storage, replica);
    return false;
  }
  return ApplyToWritten(*record, storage, replica, delete_hint, now);
}

void BlockManager::State::ApplyToBuilding(BlockRecord& record, StorageIndex storage, const ReportedReplica& replica) {
  if (replica.state == ReplicaState::kTemporary || replica.state == ReplicaState::kUnderRecovery) return;
  UnderConstruction& block = building[record.id];
  UnderConstruction::Replica entry{storage, replica.state, replica.block.stamp, replica.block.length, false};
  if (replica.block.stamp < record.stamp) {
    // Left behind by a pipeline that went on without it.
    if (block.Find(storage) == nullptr && replica.state == ReplicaState::kFinalized) {
      std::erase_if(block.outdated, [&](const auto& old) { return old.storage == storage; });
      block.outdated.push_back(entry);
    }
    return;
  }
  if (UnderConstruction::Replica* known = block.Find(storage)) {
    if (known->stamp > entry.stamp) return;
    // RECEIVING may be overtaken by RECEIVED.
    if (known->state == ReplicaState::kFinalized && known->stamp == entry.stamp &&
        entry.state == ReplicaState::kBeingWritten) {
      return;
    }
    entry.tried_as_primary = known->tried_as_primary;
    *known = entry;
    return;
  }
  block.replicas.push_back(entry);
}

bool BlockManager::State::ApplyToWritten(BlockRecord& record, StorageIndex storage, const ReportedReplica& replica,
                                         std::string_view delete_hint, TimePoint now) {
  const bool stored = table.HasReplica(record, storage);
  auto refuse = [&](std::string_view reason) {
    DropGood(record, storage);
    SetCorrupt(record, storage, replica.block.stamp, reason);
    Reevaluate(record, "", now);
    return false;
  };
  switch (replica.state) {
    case ReplicaState::kFinalized:
      if (replica.block.stamp != record.stamp) return refuse("GENSTAMP_MISMATCH");
      if (replica.block.length != record.length) return refuse("SIZE_MISMATCH");
      AddGood(record, storage, delete_hint, now);
      return table.HasReplica(record, storage);
    case ReplicaState::kBeingWritten:
      // The same stamp: its RECEIVED is still under way. Another: a leftover.
      if (replica.block.stamp != record.stamp && record.state == BlockState::kComplete) {
        return refuse("GENSTAMP_MISMATCH");
      }
      return stored;
    case ReplicaState::kWaitingRecovery:
      if (record.state == BlockState::kComplete) return refuse("INVALID_STATE");
      return stored;
    case ReplicaState::kUnderRecovery:
    case ReplicaState::kTemporary:
      return stored;
  }
  return stored;
}

void BlockManager::State::AddGood(BlockRecord& record, StorageIndex storage, std::string_view delete_hint,
                                  TimePoint now) {
  // What a reader found to be bad stays bad until it has been replaced; a wrong stamp or length may have been put right.
  if (IsCorrupt(record.id, storage)) {
    const auto& marks = corrupt[record.id];
    auto mark = std::find_if(marks.begin(), marks.end(), [&](const auto& m) { return m.storage == storage; });
    if (mark->stamp == record.stamp && mark->reason != "SIZE_MISMATCH" && mark->reason != "INVALID_STATE") return;
    ClearCorrupt(record.id, storage);
  }
  if (!table.AddReplica(record, storage)) return;
  if (auto report = report_in_progress.find(storage); report != report_in_progress.end()) MarkSeen(report->second, record.id, true);
  ++registry.mutable_storage(storage).block_count;
  const DatanodeIndex node = registry.storage(storage).datanode;
  RemovePendingTarget(record.id, node);
  const size_t count = table.ReplicaCount(record);
  const auto needed = static_cast<size_t>(limits.min_replication);
  if (record.state == BlockState::kCommitted && count >= needed) {
    CompleteBlock(record, now);
    if (safe_mode.in_startup()) {
      safe_mode.AddTotal(1);
      safe_mode.BlockSafe();
    }
  } else if (record.state == BlockState::kComplete && count == needed && safe_mode.in_startup()) {
    safe_mode.BlockSafe();
  }
  DropMovedFrom(record, storage);
  Reevaluate(record, delete_hint, now);
}

// A datanode has one copy of a block: one that it reports elsewhere has been moved there (by a mover, or between disks).
// Two would be one too many, and to delete one of them by the block's id might hit the other.
void BlockManager::State::DropMovedFrom(BlockRecord& record, StorageIndex storage) {
  const DatanodeIndex node = registry.storage(storage).datanode;
  for (StorageIndex other : table.ReplicasOf(record)) {
    if (other != storage && registry.storage(other).datanode == node) DropGood(record, other);
  }
}

void BlockManager::State::DropGood(BlockRecord& record, StorageIndex storage) {
  if (!table.RemoveReplica(record, storage)) return;
  if (auto report = report_in_progress.find(storage); report != report_in_progress.end() && IsSeen(report->second, record.id)) {
    --report->second.confirmed;
  }
  --registry.mutable_storage(storage).block_count;
  EraseExcess(record.id, storage);
  if (safe_mode.in_startup() && record.state == BlockState::kComplete &&
      table.ReplicaCount(record) + 1 == static_cast<size_t>(limits.min_replication)) {
    safe_mode.BlockUnsafe();
  }
}

void BlockManager::State::ReplicaGone(int64_t id, StorageIndex storage, TimePoint now) {
  EraseInvalidation(registry.storage(storage).datanode, id);
  BlockRecord* record = table.Find(id);
  if (record == nullptr) return;
  ClearCorrupt(id, storage);
  if (auto it = building.find(id); it != building.end()) it->second.Remove(storage);
  DropGood(*record, storage);
  Reevaluate(*record, "", now);
}

// ---- corrupt marks

bool BlockManager::State::IsCorrupt(int64_t id, StorageIndex storage) const {
  auto it = corrupt.find(id);
  return it != corrupt.end() && std::any_of(it->second.begin(), it->second.end(),
                                            [&](const CorruptReplica& mark) { return mark.storage == storage; });
}

void BlockManager::State::SetCorrupt(BlockRecord& record, StorageIndex storage, int64_t stamp,
                                     std::string_view reason) {
  for (CorruptReplica& mark : corrupt[record.id]) {
    if (mark.storage == storage) {
      mark.stamp = stamp;
      return;
    }
  }
  corrupt[record.id].push_back({storage, stamp, std::string(reason)});
}

void BlockManager::State::ClearCorrupt(int64_t id, StorageIndex storage) {
  auto it = corrupt.find(id);
  if (it == corrupt.end()) return;
  std::erase_if(it->second, [&](const CorruptReplica& mark) { return mark.storage == storage; });
  if (it->second.empty()) corrupt.erase(it);
}

void BlockManager::MarkCorrupt(const BlockSpec& block, DatanodeIndex datanode, StorageIndex storage,
                               std::string_view reason, TimePoint now) {
  BlockRecord* record = state_->table.Find(block.id);
  if (record == nullptr || (record->state != BlockState::kComplete && record->state != BlockState::kCommitted)) return;
  // A report about an older stamp says nothing about the copy that we count.
  if (block.stamp != 0 && block.stamp != record->stamp) return;
  for (StorageIndex replica : state_->table.ReplicasOf(*record)) {
    const bool meant = storage != kNoIndex ? replica == storage : state_->registry.storage(replica).datanode == datanode;
    if (!meant) continue;
    state_->DropGood(*record, replica);
    state_->SetCorrupt(*record, replica, record->stamp, reason);
  }
  state_->Reevaluate(*record, "", now);
}

// ---- reports

void BlockManager::ProcessIncremental(StorageIndex storage, const IncrementalReport& report, TimePoint now) {
  auto progress = state_->report_in_progress.find(storage);
  if (progress != state_->report_in_progress.end()) {
    if (report.kind == IncrementalKind::kDeleted) {
      progress->second.gone.insert(report.block.id);
    } else {
      progress->second.gone.erase(report.block.id);
    }
  }
  if (report.kind == IncrementalKind::kDeleted) {
    state_->ReplicaGone(report.block.id, storage, now);
    return;
  }
  ReportedReplica replica{report.block, ReplicaState::kFinalized};
  if (report.kind == IncrementalKind::kReceiving) {
    replica.state = ReplicaState::kBeingWritten;
  } else {
    Datanode& node = state_->registry.mutable_datanode(state_->registry.storage(storage).datanode);
    if (node.scheduled_blocks > 0) --node.scheduled_blocks;
  }
  (void)state_->ApplyReported(storage, replica, report.delete_hint, now);
}

void BlockManager::ProcessFullReport(const FullReport& report, TimePoint now) {
  State& state = *state_;
  if (report.first_slice) state.report_in_progress[report.storage] = ReportInProgress();
  const DatanodeIndex node = state.registry.storage(report.storage).datanode;
  for (const ReportedReplica& replica : report.replicas) {
    auto progress = state.report_in_progress.find(report.storage);
    if (progress == state.report_in_progress.end()) return;
    const int64_t id = replica.block.id;
    if (progress->second.gone.contains(id)) continue;
    const bool good = state.ApplyReported(report.storage, replica, "", now);
    state.MarkSeen(progress->second, id, good);
    if (state.FindInvalidation(node, id) != nullptr) progress->second.seen_leaving.insert(id);
  }
  if (report.last_slice) {
    while (!FinishFullReport(report.storage, report.report_id, UINT32_MAX, now)) {
    }
  }
}

bool BlockManager::FinishFullReport(StorageIndex storage, uint64_t report_id, uint32_t records_max, TimePoint now) {
  State& state = *state_;
  auto found = state.report_in_progress.find(storage);
  if (found == state.report_in_progress.end()) return true;
  ReportInProgress& report = found->second;
  if (!report.finishing) {
    report.finishing = true;
    Storage& entry = state.registry.mutable_storage(storage);
    entry.reported = true;
    entry.content_stale = false;
    entry.last_report_id = report_id;
    if (state.SettleReport(storage, report, now)) {
      state.report_in_progress.erase(found);
      return true;
    }
  }
  const uint32_t end = report.swept + std::min(records_max, state.table.numbered() - report.swept);
  std::vector<int64_t> gone;
  state.table.ForRange(report.swept, end, [&](uint32_t number, const BlockRecord& record) {
    const bool seen = number < report.seen.size() && report.seen[number];
    if (!seen && state.table.HasReplica(record, storage)) gone.push_back(record.id);
  });
  report.swept = end;
  const bool done = end == state.table.numbered();
  if (done) state.report_in_progress.erase(found);
  for (int64_t id : gone) state.ReplicaGone(id, storage, now);
  return done;
}

void BlockManager::State::MarkSeen(ReportInProgress& report, int64_t id, bool good) {
  const uint32_t number = table.NumberOf(id);
  if (number == kNoRecord) return;
  if (number >= report.seen.size()) report.seen.resize(std::max(number + 1, table.numbered()));
  if (report.seen[number]) return;
  report.seen[number] = true;
  if (good) ++report.confirmed;
}

bool BlockManager::State::IsSeen(const ReportInProgress& report, int64_t id) const {
  const uint32_t number = table.NumberOf(id);
  return number < report.seen.size() && report.seen[number];
}

bool BlockManager::State::SettleReport(StorageIndex storage, ReportInProgress& report, TimePoint now) {
  // Deletions that were told: done if no longer reported, told again if the word got lost.
  const DatanodeIndex node = registry.storage(storage).datanode;
  if (auto it = queues.find(node); it != queues.end()) {
    NodeQueues& todo = it->second;
    for (auto entry = todo.invalidations.begin(); entry != todo.invalidations.end();) {
      auto& [id, invalidation] = *entry;
      if (report.seen_leaving.contains(id)) {
        if (invalidation.handed_out) ++todo.unsent;
        invalidation.handed_out = false;
      } else if (invalidation.handed_out && registry.datanode(node).storages.size() == 1) {
        entry = todo.invalidations.erase(entry);
        continue;
      }
      ++entry;
    }
  }
  std::vector<int64_t> gone;
  for (const auto& [id, marks] : corrupt) {
    for (const CorruptReplica& mark : marks) {
      if (mark.storage == storage && !IsSeen(report, id)) gone.push_back(id);
    }
  }
  for (int64_t id : gone) ReplicaGone(id, storage, now);
  // Usually everything that is counted has been seen.
  return report.confirmed == registry.storage(storage).block_count;
}

void BlockManager::State::DropAllOf(StorageIndex storage, TimePoint now) {
  std::vector<int64_t> affected;
  for (const auto& [id, marks] : corrupt) {
    if (std::any_of(marks.begin(), marks.end(), [&](const auto& mark) { return mark.storage == storage; })) {
      affected.push_back(id);
    }
  }
  if (registry.storage(storage).block_count > 0) {
    table.ForEach([&](const BlockRecord& record) {
      if (table.HasReplica(record, storage)) affected.push_back(record.id);
    });
  }
  for (int64_t id : affected) {
    ClearCorrupt(id, storage);
    BlockRecord* record = table.Find(id);
    if (record == nullptr) continue;
    DropGood(*record, storage);
    Reevaluate(*record, "", now);
  }
  report_in_progress.erase(storage);
}

void BlockManager::StorageFailed(StorageIndex storage, TimePoint now) {
  state_->DropAllOf(storage, now);
  state_->registry.mutable_storage(storage).reported = false;
}

void BlockManager::DatanodeDied(DatanodeIndex datanode, TimePoint now) {
  // What it was told and what was on its way to it is void; when it comes back its report tells what is there.
  std::vector<int64_t> freed;
  state_->queues.erase(datanode);
  for (auto it = state_->pending.begin(); it != state_->pending.end();) {
    const std::vector<DatanodeIndex>& sources = it->second.sources;
    const bool lost = std::find(sources.begin(), sources.end(), datanode) != sources.end();
    if (lost) freed.push_back(it->first);
    it = lost ? state_->pending.erase(it) : std::next(it);
  }
  for (auto& [id, building] : state_->building) {
    if (building.recovery_primary == datanode) building.recovery_primary = kNoIndex;
  }
  for (const auto& [id, copy] : state_->pending) {
    if (std::any_of(copy.targets.begin(), copy.targets.end(), [&](StorageIndex target) {
          return state_->registry.storage(target).datanode == datanode;
        })) {
      freed.push_back(id);
    }
  }
  for (int64_t id : freed) state_->RemovePendingTarget(id, datanode);
  const std::vector<StorageIndex> storages = state_->registry.datanode(datanode).storages;
  const bool maintained = state_->registry.datanode(datanode).admin_state == AdminState::kInMaintenance;
  for (StorageIndex storage : storages) {
    // In maintenance it may come and go: what it has is not missed, and its next report says what is left.
    if (!maintained) state_->DropAllOf(storage, now);
    state_->registry.mutable_storage(storage).reported = false;
    state_->registry.mutable_storage(storage).content_stale = true;
  }
  for (int64_t id : freed) {
    if (BlockRecord* record = state_->table.Find(id)) state_->Reevaluate(*record, "", now);
  }
}

void BlockManager::AdminStateChanged(DatanodeIndex datanode, TimePoint now) {
  std::vector<int64_t> affected;
  state_->table.ForEach([&](const BlockRecord& record) {
    for (StorageIndex storage : state_->table.ReplicasOf(record)) {
      if (state_->registry.storage(storage).datanode == datanode) {
        affected.push_back(record.id);
        break;
      }
    }
  });
  for (int64_t id : affected) {
    if (BlockRecord* record = state_->table.Find(id)) state_->Reevaluate(*record, "", now);
  }
}

}  // namespace tusk::dfs
