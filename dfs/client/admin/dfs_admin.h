// What an administrator asks a namenode: capacity, datanodes, block health, safe mode, upgrades, open files, snapshots.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/async/task.h"
#include "base/core/result.h"
#include "dfs/client/file_system.h"

namespace tusk::dfs {

constexpr int64_t kQuotaUnchanged = INT64_MAX;
constexpr int64_t kQuotaNone = -1;

// Numbers are the wire's.
enum class DatanodeKind { kAll = 1, kLive = 2, kDead = 3, kDecommissioning = 4, kEnteringMaintenance = 5, kInMaintenance = 6 };
enum class SafeModeAction { kLeave = 1, kEnter = 2, kGet = 3, kForceExit = 4 };

struct DatanodeReport {
  std::string address;  // "ip:port"
  std::string host_name;
  std::string rack;
  std::string upgrade_domain;  // may be empty
  int admin_state = 0;  // 0 normal, 1 decommissioning, 2 decommissioned, 3 entering maintenance, 4 in maintenance
  uint64_t capacity = 0;
  uint64_t used = 0;
  uint64_t non_dfs_used = 0;
  uint64_t remaining = 0;
  uint64_t cache_capacity = 0;
  uint64_t cache_used = 0;
  uint32_t xceivers = 0;
  uint32_t blocks = 0;
  int64_t last_contact_wall_ms = 0;
  int64_t last_block_report_wall_ms = 0;  // 0: never
};

struct BlockHealth {
  uint64_t low_redundancy = 0;
  uint64_t corrupt = 0;
  uint64_t missing = 0;
  uint64_t missing_replication_one = 0;
  uint64_t highest_priority = 0;
  uint64_t pending_deletion = 0;
};

enum class RollingUpgradeAction { kQuery = 1, kStart = 2, kFinalize = 3 };
struct RollingUpgradeState {
  std::string block_pool;
  uint64_t start_wall_ms = 0;
  uint64_t finalize_wall_ms = 0;
  bool finalized = false;
  bool created_rollback_images = false;
};

struct SnapshottableFolder {
  FileStatus status;
  uint32_t snapshots = 0;
  uint32_t snapshots_max = 0;
};

struct OpenFile {
  int64_t id = 0;
  std::string path;
  std::string client_name;
  std::string client_machine;
};
struct OpenFilesPage {
  std::vector<OpenFile> files;
  bool more = false;
};

// `fs` is of hdfs://, else kInvalidArgument.
Task<Result<std::vector<DatanodeReport>>> ReportDatanodes(FileSystem& fs, DatanodeKind kind);
Task<Result<BlockHealth>> ReplicatedBlockHealth(FileSystem& fs);
Task<Result<BlockHealth>> ErasureCodedBlockHealth(FileSystem& fs);
// Whether the namenode is in safe mode afterwards.
Task<Result<bool>> SetSafeMode(FileSystem& fs, SafeModeAction action);
// Quotas of a folder; `storage_type` 0: of all types. kInvalidArgument for what is no quota.
Task<Status> SetQuota(FileSystem& fs, std::string path, int64_t names, int64_t bytes, int storage_type);
// False where the last one was inside `window_seconds` and fewer than `transactions_max` were made since.
Task<Result<bool>> SaveNamespace(FileSystem& fs, uint64_t window_seconds = 0, uint64_t transactions_max = 0);
Task<Status> RefreshNodes(FileSystem& fs);
Task<Result<std::vector<DatanodeReport>>> ReportSlowDatanodes(FileSystem& fs);
// The first transaction of the new segment.
Task<Result<uint64_t>> RollEdits(FileSystem& fs);
// `action`: "true", "false", "check". What is set afterwards.
Task<Result<bool>> RestoreFailedStorage(FileSystem& fs, std::string action);
Task<Status> FinalizeUpgrade(FileSystem& fs);
Task<Result<bool>> UpgradeFinalized(FileSystem& fs);
// Nothing where none is in progress.
Task<Result<std::optional<RollingUpgradeState>>> RollUpgrade(FileSystem& fs, RollingUpgradeAction action);
// Writes `file_name` in the namenode's log folder.
Task<Status> SaveMeta(FileSystem& fs, std::string file_name);
Task<Status> SetBalancerBandwidth(FileSystem& fs, int64_t bytes_per_second);
// Up to what the namenode gives at once, after the entry `after_id`; `more` where there are others.
Task<Result<OpenFilesPage>> ListOpenFiles(FileSystem& fs, int64_t after_id, bool blocking_decommission, std::string path);
Task<Status> AllowSnapshot(FileSystem& fs, std::string path);
Task<Status> DisallowSnapshot(FileSystem& fs, std::string path);
// The snapshot's path. `name` may be empty: the namenode makes one up.
Task<Result<std::string>> CreateSnapshot(FileSystem& fs, std::string path, std::string name);
Task<Status> RenameSnapshot(FileSystem& fs, std::string path, std::string from, std::string to);
// Folders that allow snapshots, of the caller or, for a superuser, all.
Task<Result<std::vector<SnapshottableFolder>>> ListSnapshottable(FileSystem& fs);
Task<Status> DeleteSnapshot(FileSystem& fs, std::string path, std::string name);
// True if the file is closed now.
Task<Result<bool>> RecoverLease(FileSystem& fs, std::string path);

}  // namespace tusk::dfs
