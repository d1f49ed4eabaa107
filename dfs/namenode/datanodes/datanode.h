// A datanode and its storages as the namenode knows them: who they are (registration) and how they do (heartbeats).
// Plain state; DatanodeRegistry keeps it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/core/time.h"

namespace tusk::dfs {

// Dense numbers that never change meaning while the namenode runs: a datanode or storage that has been seen keeps its
// index for good, so that replicas are 4 bytes each.
using DatanodeIndex = uint32_t;
using StorageIndex = uint32_t;
inline constexpr uint32_t kNoIndex = 0xffffffffu;

// Values as in DatanodeInfoProto.AdminState.
enum class AdminState : uint8_t {
  kNormal = 0,
  kDecommissionInProgress = 1,
  kDecommissioned = 2,
  kEnteringMaintenance = 3,
  kInMaintenance = 4,
};

// What a datanode says of itself when it registers (DatanodeIDProto and the rest of the registration).
struct DatanodeIdentity {
  std::string uuid;
  std::string ip;    // the source address of its registration
  std::string host;  // the name it gave
  uint32_t xfer_port = 0;
  uint32_t info_port = 0;
  uint32_t info_secure_port = 0;
  uint32_t ipc_port = 0;
  std::string software_version;
  std::string location = "/default-rack";  // of the topology

  std::string XferAddress() const { return ip + ":" + std::to_string(xfer_port); }
};

struct StorageSpace {
  uint64_t capacity = 0;
  uint64_t dfs_used = 0;
  uint64_t remaining = 0;
  uint64_t block_pool_used = 0;
  uint64_t non_dfs_used = 0;
  void Add(const StorageSpace& other) {
    capacity += other.capacity;
    dfs_used += other.dfs_used;
    remaining += other.remaining;
    block_pool_used += other.block_pool_used;
    non_dfs_used += other.non_dfs_used;
  }
};

// One volume. `type` is a StorageTypeProto number (DISK 1).
struct Storage {
  StorageIndex index = kNoIndex;
  DatanodeIndex datanode = kNoIndex;
  std::string uuid;
  int type = 1;
  bool failed = false;
  bool reported = false;       // a full block report has come since the datanode registered
  bool content_stale = true;   // until a report after a fail-over or a registration: do not delete on its word
  StorageSpace space;
  uint32_t block_count = 0;     // replicas that the block table has on it
  uint64_t last_report_id = 0;  // id of the newest full report
};

// What a heartbeat carries beside the storages.
struct DatanodeLoad {
  uint32_t xceivers = 0;
  uint32_t xmits_in_progress = 0;
  uint32_t failed_volumes = 0;
  uint64_t cache_capacity = 0;
  uint64_t cache_used = 0;
};

struct Datanode {
  DatanodeIndex index = kNoIndex;
  DatanodeIdentity identity;
  AdminState admin_state = AdminState::kNormal;
  int64_t maintenance_until_wall_ms = 0;  // in maintenance: when it ends; 0: when an administrator says
  bool alive = false;
  bool needs_registration = false;  // answer the next heartbeat with RegisterCommand
  bool keys_due = false;            // the keys of block tokens have changed since it was told
  uint64_t bandwidth_due = 0;       // setBalancerBandwidth that it has not been told yet
  TimePoint last_heartbeat{};
  int64_t last_heartbeat_wall_ms = 0;
  int64_t last_heartbeat_monotonic_ms = 0;
  int64_t last_report_wall_ms = 0;
  int64_t last_report_monotonic_ms = 0;
  DatanodeLoad load;
  StorageSpace space;  // sum of the storages that have not failed
  std::vector<StorageIndex> storages;
  uint32_t scheduled_blocks = 0;  // writes sent here that no heartbeat has accounted for yet
  bool in_service() const { return alive && admin_state == AdminState::kNormal; }
};

}  // namespace tusk::dfs
