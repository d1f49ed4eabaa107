// DatanodeRegistry: every datanode and storage that has been seen, which of them live, and where they are in the
// network. A synchronous state machine: `now` comes from the caller.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/core/result.h"
#include "base/core/time.h"
#include "dfs/namenode/datanodes/datanode.h"

namespace tusk::dfs {

struct DatanodeLimits {
  Duration heartbeat_interval = 3s;   // dfs.heartbeat.interval
  Duration recheck_interval = 300s;   // dfs.namenode.heartbeat.recheck-interval
  Duration stale_interval = 30s;      // dfs.namenode.stale.datanode.interval
  // A datanode that has been silent this long is dead.
  Duration DeadAfter() const { return 2 * recheck_interval + 10 * heartbeat_interval; }
};

// One line of a heartbeat's or a report's storages.
struct StorageReport {
  std::string uuid;
  int type = 1;
  bool failed = false;
  StorageSpace space;
};

class DatanodeRegistry {
 public:
  explicit DatanodeRegistry(DatanodeLimits limits) : limits_(limits) {}

  // First or repeated registration. A datanode that comes back with the address of another uuid replaces it (the old
  // one is reported in `replaced`). Its storages are stale until they report.
  struct Registered {
    DatanodeIndex datanode = kNoIndex;
    std::optional<DatanodeIndex> replaced;
    bool was_alive = false;
  };
  Registered Register(DatanodeIdentity identity, TimePoint now);
  // kUnregisteredNode for a uuid that never registered. Returns storages that this heartbeat reports failed for the
  // first time: their replicas are gone.
  Result<std::vector<StorageIndex>> Heartbeat(std::string_view uuid, const DatanodeLoad& load,
                                              std::span<const StorageReport> storages, TimePoint now,
                                              int64_t now_wall_ms);
  // The storage of that uuid on `datanode`, added if new.
  StorageIndex FindOrAddStorage(DatanodeIndex datanode, const std::string& uuid, int type);
  // Datanodes that have died by `now` since the last call; they are no longer alive.
  std::vector<DatanodeIndex> TakeExpired(TimePoint now);

  const Datanode* FindByUuid(std::string_view uuid) const;
  // By "ip:xferPort", "host:xferPort", ip or host name; null if none (an unknown writer is ordinary).
  const Datanode* FindByAddress(std::string_view address) const;
  // The living datanodes on the machine with that ip or host name.
  std::vector<DatanodeIndex> AliveOnHost(std::string_view host) const;
  StorageIndex FindStorage(std::string_view datanode_uuid, std::string_view storage_uuid) const;  // kNoIndex if none
  StorageIndex FindStorage(std::string_view storage_uuid) const;                                  // kNoIndex if none

  const Datanode& datanode(DatanodeIndex index) const { return datanodes_[index]; }
  Datanode& mutable_datanode(DatanodeIndex index) { return datanodes_[index]; }
  const Storage& storage(StorageIndex index) const { return storages_[index]; }
  Storage& mutable_storage(StorageIndex index) { return storages_[index]; }
  const Datanode& DatanodeOf(StorageIndex index) const { return datanodes_[storages_[index].datanode]; }
  const std::deque<Datanode>& datanodes() const { return datanodes_; }
  const std::deque<Storage>& storages() const { return storages_; }

  bool IsStale(const Datanode& node, TimePoint now) const {
    return now - node.last_heartbeat > limits_.stale_interval;
  }
  size_t live_count() const;
  const DatanodeLimits& limits() const { return limits_; }
  // Network distance as Hadoop counts it: 0 same node or machine, 2 same rack, 4 rack of the same parent, 6 ...; far
  // for an unknown `host`.
  int Distance(std::string_view host, const Datanode& node) const;
  static int RackDistance(std::string_view a, std::string_view b);

 private:
  void Unindex(const Datanode& node);

  DatanodeLimits limits_;
  std::deque<Datanode> datanodes_;  // never shrinks: references stay good
  std::deque<Storage> storages_;
  std::unordered_map<std::string, DatanodeIndex> by_uuid_;
  std::unordered_map<std::string, DatanodeIndex> by_address_;  // ip:xferPort
  std::unordered_multimap<std::string, DatanodeIndex> by_host_;  // ip and host name
  std::unordered_multimap<std::string, StorageIndex> storage_by_uuid_;
};

}  // namespace tusk::dfs
