// What an administrator asks one daemon by "host:port" of its RPC port: a datanode, or whatever refreshes or
// reconfigures itself. `fs` lends the connection and the user.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/async/task.h"
#include "base/core/result.h"
#include "dfs/client/file_system.h"

namespace tusk::dfs {

struct DatanodeLocalInfo {
  std::string software_version;
  std::string config_version;
  uint64_t uptime_seconds = 0;
};

struct DatanodeVolume {
  std::string path;
  int storage_type = 1;  // hdfs StorageTypeProto
  uint64_t used = 0;
  uint64_t free = 0;
  uint64_t reserved = 0;
  uint64_t reserved_for_replicas = 0;
  uint64_t blocks = 0;
};

Task<Result<DatanodeLocalInfo>> GetDatanodeInfo(FileSystem& fs, std::string address);
Task<Result<std::vector<DatanodeVolume>>> GetVolumeReport(FileSystem& fs, std::string address);
Task<Result<uint64_t>> GetBalancerBandwidth(FileSystem& fs, std::string address);
Task<Status> ShutdownDatanode(FileSystem& fs, std::string address, bool for_upgrade);
Task<Status> EvictWriters(FileSystem& fs, std::string address);
Task<Status> RefreshNamenodes(FileSystem& fs, std::string address);
Task<Status> DeleteBlockPool(FileSystem& fs, std::string address, std::string pool, bool force);
// `namenode` may be empty: to all of them.
Task<Status> TriggerBlockReport(FileSystem& fs, std::string address, bool incremental, std::string namenode);

// What the namenode of `fs` reads again.
enum class RefreshKind { kServiceAcl, kUserMappings, kSuperUserGroups, kCallQueue };
Task<Status> Refresh(FileSystem& fs, RefreshKind kind);
Task<Result<std::vector<std::string>>> GroupsOf(FileSystem& fs, std::string user);

struct RefreshAnswer {
  std::string sender;
  int32_t exit_status = 0;
  std::string message;
};
Task<Result<std::vector<RefreshAnswer>>> RefreshByName(FileSystem& fs, std::string address, std::string identifier,
                                                       std::vector<std::string> args);

struct ReconfigurationChange {
  std::string name;
  std::string old_value;
  std::string new_value;
  std::string error;  // empty: done
};
struct ReconfigurationState {
  int64_t start_wall_ms = 0;  // 0: there was none
  int64_t end_wall_ms = 0;    // 0: still running
  std::vector<ReconfigurationChange> changes;
};
enum class DaemonKind { kNamenode, kDatanode };
Task<Status> StartReconfiguration(FileSystem& fs, DaemonKind kind, std::string address);
Task<Result<ReconfigurationState>> GetReconfiguration(FileSystem& fs, DaemonKind kind, std::string address);
Task<Result<std::vector<std::string>>> ListReconfigurable(FileSystem& fs, DaemonKind kind, std::string address);

}  // namespace tusk::dfs
