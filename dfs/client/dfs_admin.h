// What an administrator asks a namenode: capacity, datanodes, block health, safe mode.
#pragma once

#include <cstdint>
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

// `fs` is of hdfs://, else kInvalidArgument.
Task<Result<std::vector<DatanodeReport>>> ReportDatanodes(FileSystem& fs, DatanodeKind kind);
Task<Result<BlockHealth>> ReplicatedBlockHealth(FileSystem& fs);
Task<Result<BlockHealth>> ErasureCodedBlockHealth(FileSystem& fs);
// Whether the namenode is in safe mode afterwards.
Task<Result<bool>> SetSafeMode(FileSystem& fs, SafeModeAction action);
// Quotas of a folder; `storage_type` 0: of all types. kInvalidArgument for what is no quota.
Task<Status> SetQuota(FileSystem& fs, std::string path, int64_t names, int64_t bytes, int storage_type);
Task<Status> SaveNamespace(FileSystem& fs);
Task<Status> RefreshNodes(FileSystem& fs);

}  // namespace tusk::dfs
