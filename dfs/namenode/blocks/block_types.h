// The words of the block map: a block, a replica as a datanode reports it, and what a datanode is told to do.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/core/time.h"
#include "dfs/namenode/datanodes/datanode.h"

namespace tusk::dfs {

struct BlockSpec {
  int64_t id = 0;
  int64_t stamp = 0;  // generation stamp
  int64_t length = 0;
  bool operator==(const BlockSpec&) const = default;
};

// A block's life. kUnderConstruction: a client writes it; kUnderRecovery: a primary datanode agrees on its length;
// kCommitted: the client has said its final length; kComplete: and enough replicas have confirmed it.
enum class BlockState : uint8_t { kUnderConstruction, kUnderRecovery, kCommitted, kComplete };

// A block that the namespace knew when the namenode started. `state` is kComplete, or kUnderConstruction for the last
// block of an open file.
struct KnownBlock {
  BlockSpec block;
  int64_t inode = 0;
  uint16_t replication = 1;
  BlockState state = BlockState::kComplete;
};

// Values as in ReplicaStateProto / the report's varints.
enum class ReplicaState : uint8_t { kFinalized = 0, kBeingWritten = 1, kWaitingRecovery = 2, kUnderRecovery = 3, kTemporary = 4 };

struct ReportedReplica {
  BlockSpec block;
  ReplicaState state = ReplicaState::kFinalized;
};

// Values as in ReceivedDeletedBlockInfoProto.BlockStatus.
enum class IncrementalKind : uint8_t { kReceiving = 1, kReceived = 2, kDeleted = 3 };

struct IncrementalReport {
  BlockSpec block;
  IncrementalKind kind = IncrementalKind::kReceived;
  std::string delete_hint;  // uuid of the datanode whose copy the balancer wants gone
};

// Where a new block may go.
struct TargetRequest {
  std::string path{};                     // for the error's text
  int replication = 1;                  // how many new targets
  int64_t block_size = 0;
  std::string writer{};                   // ip or host name of the client; "" if unknown
  bool avoid_local = false;             // NO_LOCAL_WRITE: any node but the writer's
  bool ignore_locality = false;         // IGNORE_CLIENT_LOCALITY: the writer's place does not count
  std::vector<DatanodeIndex> excluded{};
  std::vector<std::string> favored{};     // "host:port" or host
  std::vector<StorageIndex> chosen{};     // replicas that are there already; not returned again
};

// What a datanode is told in the answer to a heartbeat.
struct TransferWork {
  BlockSpec block;
  std::vector<StorageIndex> targets;
};
struct RecoveryWork {
  BlockSpec block;
  int64_t recovery_stamp = 0;
  std::vector<StorageIndex> replicas;
  int64_t truncate_length = -1;  // >= 0: cut to this length
};
struct HeartbeatWork {
  std::vector<TransferWork> transfers;
  std::vector<BlockSpec> invalidations;
  std::vector<RecoveryWork> recoveries;
};

struct BlockStats {
  uint64_t blocks = 0;
  uint64_t under_replicated = 0;     // too few, but at least one to copy from
  uint64_t highest_priority_low_redundancy = 0;
  uint64_t corrupt = 0;              // blocks with at least one corrupt replica
  uint64_t missing = 0;              // no live replica
  uint64_t missing_replication_one = 0;
  uint64_t pending_deletion = 0;     // replicas queued for invalidation
  uint64_t pending_replication = 0;
  uint64_t scheduled_replication = 0;
  uint64_t excess = 0;
  uint64_t in_future = 0;            // reported with a stamp that was never given out
  uint64_t under_construction = 0;
};

// How a block stands, for fsck, metaSave and the web pages.
struct ReplicaCounts {
  uint32_t live = 0;            // on living datanodes in service, not corrupt, not excess
  uint32_t corrupt = 0;
  uint32_t excess = 0;
  uint32_t stale = 0;           // live ones on storages whose content is stale
  uint32_t decommissioning = 0;
  uint32_t decommissioned = 0;
  uint32_t maintenance = 0;
};

struct PlacedReplica {
  StorageIndex storage = kNoIndex;
  bool corrupt = false;
};

// Some of a datanode's blocks, for the balancer.
struct BlockSampling {
  DatanodeIndex datanode = kNoIndex;
  uint64_t bytes = 0;           // about so many together
  int64_t block_bytes_min = 0;  // smaller ones are not worth moving
  int storage_type = 0;         // only on storages of this type; 0: any
};

struct BlockLimits {
  int min_replication = 1;          // dfs.namenode.replication.min
  int default_replication = 3;      // dfs.replication: enough for a datanode to leave, also of files that want more
  int max_transfers = 2;            // dfs.namenode.replication.max-streams
  int max_transfers_hard = 4;       // dfs.namenode.replication.max-streams-hard-limit
  int work_multiplier = 2;          // dfs.namenode.replication.work.multiplier.per.iteration
  int invalidate_limit = 1000;      // dfs.block.invalidate.limit
  int chosen_blocks_factor = 1;     // free space for this many blocks is asked of a target
  bool consider_load = true;        // dfs.namenode.redundancy.considerLoad
  double consider_load_factor = 2.0;
  bool avoid_stale_for_write = false;
  bool avoid_stale_for_read = false;
  Duration pending_timeout = std::chrono::seconds(300);  // dfs.namenode.reconstruction.pending.timeout-sec
  Duration recovery_timeout = std::chrono::seconds(90);  // 30 heartbeats, as Hadoop: until a block recovery is ordered again
  double safe_mode_threshold = 0.999;  // dfs.namenode.safemode.threshold-pct
  int safe_mode_datanodes_min = 0;     // dfs.namenode.safemode.min.datanodes
  Duration safe_mode_extension = std::chrono::seconds(30);  // dfs.namenode.safemode.extension
};

}  // namespace tusk::dfs
