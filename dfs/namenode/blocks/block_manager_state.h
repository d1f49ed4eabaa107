// BlockManager's insides, shared by its .cc files only: block_manager.cc (a block's life), block_reports.cc (what
// datanodes say), block_redundancy.cc (too few, too many), block_work.cc (what datanodes are told).
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "dfs/namenode/blocks/block_manager.h"
#include "dfs/namenode/blocks/block_table.h"
#include "dfs/namenode/blocks/low_redundancy.h"
#include "dfs/namenode/blocks/placement.h"

namespace tusk::dfs {

// A block that is not complete: where its bytes are being written, in pipeline order.
struct UnderConstruction {
  struct Replica {
    StorageIndex storage = kNoIndex;
    ReplicaState state = ReplicaState::kBeingWritten;
    int64_t stamp = 0;
    int64_t length = 0;
    bool tried_as_primary = false;
  };
  std::vector<Replica> replicas;
  std::vector<Replica> outdated;  // finalized with an older stamp: garbage once the block is complete
  int64_t recovery_stamp = 0;
  int64_t truncate_length = -1;
  DatanodeIndex recovery_primary = kNoIndex;  // who was asked last; kNoIndex: nobody, or it has died or restarted
  TimePoint recovery_started{};

  Replica* Find(StorageIndex storage);
  bool Remove(StorageIndex storage);
};

struct CorruptReplica {
  StorageIndex storage = kNoIndex;
  int64_t stamp = 0;  // of the bad copy
  std::string reason;
};

struct PendingCopy {
  std::vector<StorageIndex> targets;
  std::vector<DatanodeIndex> sources;  // who was told to copy: when one dies its order is lost
  TimePoint started{};
};

// What a datanode is to do or is doing.
struct NodeQueues {
  struct Invalidation {
    int64_t stamp = 0;
    bool handed_out = false;  // told, but not confirmed: what it reports of the replica meanwhile does not count
  };
  std::map<int64_t, Invalidation> invalidations;
  size_t unsent = 0;  // of them
  std::deque<TransferWork> transfers;
  std::deque<int64_t> recoveries;
};

// A full report that is taken in slices.
struct ReportInProgress {
  std::vector<bool> seen;                    // by the number of the block's record
  std::unordered_set<int64_t> seen_leaving;  // of the blocks that the datanode is to delete
  std::unordered_set<int64_t> gone;          // deleted since it was written
  uint64_t confirmed = 0;                    // at most so many are seen and counted as good there
  bool finishing = false;
  uint32_t swept = 0;                        // records that were looked at
};

struct BlockManager::State {
  State(BlockLimits block_limits, DatanodeRegistry& datanodes, Random& random_source)
      : limits(block_limits),
        registry(datanodes),
        random(random_source),
        placement(limits, datanodes, random_source),
        safe_mode(SafeModeLimits{limits.safe_mode_threshold, limits.safe_mode_datanodes_min, limits.min_replication,
                                 limits.safe_mode_extension}) {}

  const BlockLimits limits;
  DatanodeRegistry& registry;
  Random& random;
  Placement placement;
  SafeMode safe_mode;
  BlockTable table;
  std::unordered_map<int64_t, UnderConstruction> building;
  std::map<int64_t, std::vector<CorruptReplica>> corrupt;
  std::unordered_map<int64_t, std::vector<StorageIndex>> excess;
  std::unordered_map<int64_t, PendingCopy> pending;
  std::set<int64_t> postponed;  // surplus that waits for stale storages to report
  LowRedundancy low;
  std::unordered_map<DatanodeIndex, NodeQueues> queues;
  std::unordered_map<StorageIndex, ReportInProgress> report_in_progress;
  int64_t next_stamp = 0;
  uint64_t in_future = 0;
  TimePoint scheduled_forgotten{};  // when Datanode::scheduled_blocks was halved last
  bool queues_active = false;  // false until start-up safe mode ends: nothing is missing before all have reported

  // block_manager.cc
  void CompleteBlock(BlockRecord& record, TimePoint now);
  void ForgetQueues(int64_t id);

  // block_reports.cc. True if the table has the replica as good afterwards.
  bool ApplyReported(StorageIndex storage, const ReportedReplica& replica, std::string_view delete_hint, TimePoint now);
  void ApplyToBuilding(BlockRecord& record, StorageIndex storage, const ReportedReplica& replica);
  bool ApplyToWritten(BlockRecord& record, StorageIndex storage, const ReportedReplica& replica,
                      std::string_view delete_hint, TimePoint now);
  void AddGood(BlockRecord& record, StorageIndex storage, std::string_view delete_hint, TimePoint now);
  void DropMovedFrom(BlockRecord& record, StorageIndex storage);
  void DropGood(BlockRecord& record, StorageIndex storage);  // the caller re-evaluates
  void ReplicaGone(int64_t id, StorageIndex storage, TimePoint now);
  void MarkSeen(ReportInProgress& report, int64_t id, bool good);
  bool IsSeen(const ReportInProgress& report, int64_t id) const;
  // Deletions that were told and corrupt marks, after a full report. True: the block map needs no look.
  bool SettleReport(StorageIndex storage, ReportInProgress& report, TimePoint now);
  void DropAllOf(StorageIndex storage, TimePoint now);
  void SetCorrupt(BlockRecord& record, StorageIndex storage, int64_t stamp, std::string_view reason);
  bool IsCorrupt(int64_t id, StorageIndex storage) const;
  void ClearCorrupt(int64_t id, StorageIndex storage);

  // block_redundancy.cc
  ReplicaCounts Count(const BlockRecord& record) const;
  // Hadoop's default of dfs.namenode.maintenance.replication.min.
  static constexpr uint32_t kMaintenanceReplicationMin = 1;
  static uint32_t LiveWanted(const BlockRecord& record, const ReplicaCounts& counts);
  size_t PendingCount(int64_t id) const;
  bool OnOneRackOnly(const BlockRecord& record) const;
  // Looks at one block afresh and puts it into, or takes it out of, the queues. Idempotent; every event calls it.
  void Reevaluate(BlockRecord& record, std::string_view delete_hint, TimePoint now);
  void ChooseExcess(BlockRecord& record, std::string_view delete_hint);
  void CancelExcess(BlockRecord& record);
  void InvalidateCorrupt(BlockRecord& record);
  bool IsExcess(int64_t id, StorageIndex storage) const;
  void EraseExcess(int64_t id, StorageIndex storage);

  // block_work.cc
  void QueueInvalidation(DatanodeIndex node, int64_t id, int64_t stamp);
  void EraseInvalidation(DatanodeIndex node, int64_t id);
  const NodeQueues::Invalidation* FindInvalidation(DatanodeIndex node, int64_t id) const;
  void RemovePendingTarget(int64_t id, DatanodeIndex node);
  void ActivateQueues(TimePoint now);
  void ExpirePending(TimePoint now);
  void ForgetScheduled(TimePoint now);
  void ScheduleCopies(TimePoint now);
  bool ScheduleCopy(BlockRecord& record, TimePoint now);
  DatanodeIndex ChooseSource(const BlockRecord& record, bool urgent);
};

}  // namespace tusk::dfs
