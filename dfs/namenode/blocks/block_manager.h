// BlockManager: where every replica is, which blocks have too few or too many, and what datanodes are to do about it.
// A synchronous state machine on the namenode's owner thread: no clock (`now` is passed), no I/O, nothing stored:
// the namespace stores which blocks exist, datanodes report where they are.
//
// Who calls what: the namespace the block's life (below), the datanode protocol the reports and TakeWork, the
// namenode's timer Tick, the pages and fsck the questions at the end.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "base/env/random.h"
#include "dfs/namenode/blocks/block_types.h"
#include "dfs/namenode/blocks/safe_mode.h"
#include "dfs/namenode/datanodes/datanode_registry.h"

namespace tusk::dfs {

class BlockManager {
 public:
  BlockManager(BlockLimits limits, DatanodeRegistry& registry, Random& random);
  ~BlockManager();

  // ---- Start: every block of the namespace, in any order, then FinishLoad once (safe mode counts from there).
  void Load(const KnownBlock& block);
  void FinishLoad(TimePoint now);

  // ---- A block's life, called by the namespace after it has decided (and before or after it has logged: a replica
  // of an unknown block is never told to be deleted before its stamp has been given out and logged).

  // Storages for a new block or more replicas of one: local node first, then another rack, then that rack. Fewer than
  // asked for is fine as long as min_replication can be met; none enough gives kIOError with Hadoop's words "File %s
  // could only be written to ...".
  Result<std::vector<StorageIndex>> ChooseTargets(const TargetRequest& request, TimePoint now);
  // addBlock: the block starts with expected locations `targets`. `replication` is the file's.
  void AddUnderConstruction(const BlockSpec& block, int64_t inode, uint16_t replication,
                            std::span<const StorageIndex> targets);
  // append, truncate, lease recovery of a complete last block: it is open again; its replicas become the expected
  // locations. kFileNotFound if unknown.
  Status Reopen(int64_t id);
  // The client gave the final length and stamp: kCommitted, and kComplete at once if enough replicas have reported.
  // `true`: complete. Repeating it is fine; a stamp or length that contradicts the block is an error.
  Result<bool> Commit(const BlockSpec& final, TimePoint now);
  // Complete by decree (commitBlockSynchronization with closeFile, forced): replicas on `targets` count as reported.
  void CompleteRecovered(const BlockSpec& final, std::span<const StorageIndex> targets, TimePoint now);
  // updatePipeline, and commitBlockSynchronization without closeFile: new stamp and length, new expected locations.
  Status UpdatePipeline(int64_t id, int64_t new_stamp, int64_t new_length, std::span<const StorageIndex> targets);
  // Lease recovery: picks a primary datanode that will be told in its next heartbeat. kIOError if no replica lives
  // ("no location"); then the caller decides to drop an empty last block. Repeat with a newer stamp to retry.
  Status StartRecovery(int64_t id, int64_t recovery_stamp, int64_t truncate_length, TimePoint now);
  // The file or its last block is gone: replicas are queued for deletion.
  void Remove(int64_t id);
  // setReplication of a file, for each block.
  void SetReplication(int64_t id, uint16_t replication, TimePoint now);
  // Concat moves blocks to another file.
  void SetInode(int64_t id, int64_t inode);

  bool Contains(int64_t id) const;
  // kComplete also for a block loaded complete that no datanode has reported yet.
  BlockState StateOf(int64_t id) const;
  BlockSpec SpecOf(int64_t id) const;      // zeros if unknown
  int64_t InodeOf(int64_t id) const;       // 0 if unknown
  uint16_t ReplicationOf(int64_t id) const;
  // Live replicas >= min_replication (for a block under construction: finalized reports of the current stamp).
  bool IsMinimallyReplicated(int64_t id) const;
  // The recovery stamp in progress; 0 if none.
  int64_t RecoveryStampOf(int64_t id) const;
  // A living primary was asked not long ago: another recovery now would only void its work.
  bool RecoveryUnderWay(int64_t id, TimePoint now) const;

  // Replicas for a reader on `reader` (ip or host), nearest first: live good ones; only if there are none, the corrupt
  // ones (marked). For a block under construction the expected locations.
  std::vector<PlacedReplica> LocationsFor(int64_t id, std::string_view reader, TimePoint now) const;
  // The expected locations of a block under construction, in pipeline order.
  std::vector<StorageIndex> ExpectedLocations(int64_t id) const;

  // ---- What datanodes say.
  // One storage's full report, or one slice's part of it; `replicas` in any order. Slices of one storage between
  // `first` and `last` add up to the whole. Whatever else is said of the storage between them is newer than the report.
  // If the storage is lost meanwhile, the rest of its slices says nothing.
  struct FullReport {
    StorageIndex storage = kNoIndex;
    std::span<const ReportedReplica> replicas;
    uint64_t report_id = 0;
    bool first_slice = true;
    bool last_slice = true;
  };
  void ProcessFullReport(const FullReport& report, TimePoint now);
  // Instead of a last slice, for many blocks: drops what the report did not name, after looking at so many records of the
  // block map at most. True: done; else call it again.
  bool FinishFullReport(StorageIndex storage, uint64_t report_id, uint32_t records_max, TimePoint now);
  void ProcessIncremental(StorageIndex storage, const IncrementalReport& report, TimePoint now);
  // reportBadBlocks of clients and datanodes; `storage` kNoIndex: on every storage of `datanode`.
  void MarkCorrupt(const BlockSpec& block, DatanodeIndex datanode, StorageIndex storage, std::string_view reason,
                   TimePoint now);
  void DatanodeDied(DatanodeIndex datanode, TimePoint now);
  void StorageFailed(StorageIndex storage, TimePoint now);
  void AdminStateChanged(DatanodeIndex datanode, TimePoint now);
  // Replicas on `datanode` that have too few copies elsewhere (decommissioning waits for 0).
  size_t BlocksHeldBackBy(DatanodeIndex datanode) const;

  // ---- Work. Tick: time-outs of pending copies and recoveries, new copies scheduled, surplus chosen, safe mode's
  // clock. Call every dfs.namenode.redundancy.interval.seconds.
  void Tick(TimePoint now);
  // For the answer of one heartbeat: within its transfer limit, nothing in safe mode.
  HeartbeatWork TakeWork(DatanodeIndex datanode, TimePoint now);

  // ---- Questions.
  BlockStats Stats() const;
  ReplicaCounts CountReplicas(int64_t id) const;
  // Every replica known, with its corrupt mark; unsorted.
  std::vector<PlacedReplica> Replicas(int64_t id) const;
  // Why that replica counts as corrupt, "CORRUPTION_REPORTED"; "" if it does not.
  std::string CorruptReason(int64_t id, StorageIndex storage) const;
  // Blocks without a good replica, from `after_id` on, ascending.
  std::vector<int64_t> MissingBlocks(int64_t after_id, size_t count_max) const;
  // Complete blocks with a copy there that counts, from a random place of the table on.
  std::vector<BlockSpec> SampleBlocks(const BlockSampling& wanted) const;
  // Stamps at or above it were never given out ("blocks in the future").
  void SetNextStamp(int64_t stamp);
  SafeMode& safe_mode();
  const SafeMode& safe_mode() const;
  DatanodeRegistry& registry();
  const DatanodeRegistry& registry() const;
  const BlockLimits& limits() const;
  // metaSave's text about blocks.
  std::string DescribeQueues(TimePoint now) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tusk::dfs
