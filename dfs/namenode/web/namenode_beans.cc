// NameNodePages: the JMX beans, attribute names and shapes as Hadoop 3.4's.
#include <set>

#include "dfs/namenode/web/namenode_pages.h"

namespace tusk::dfs {
namespace {

constexpr std::string_view kHadoopVersion = "3.4.2";

float Percent(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0.0f : static_cast<float>(part) * 100.0f / static_cast<float>(whole);
}

std::string_view AdminStateName(AdminState state) {
  switch (state) {
    case AdminState::kNormal: return "In Service";
    case AdminState::kDecommissionInProgress: return "Decommission In Progress";
    case AdminState::kDecommissioned: return "Decommissioned";
    case AdminState::kEnteringMaintenance: return "Entering Maintenance";
    case AdminState::kInMaintenance: return "In Maintenance";
  }
  return "";
}

// A JSON object made field by field.
class JsonObject {
 public:
  JsonObject& Text(std::string_view name, std::string_view value) { return Raw(name, JsonString(value)); }
  template <typename Number>
  JsonObject& Num(std::string_view name, Number value) {
    return Raw(name, std::to_string(value));
  }
  JsonObject& Float(std::string_view name, float value) { return Raw(name, JavaFloat(value)); }
  JsonObject& Raw(std::string_view name, std::string_view json) {
    if (text_.size() > 1) text_ += ",";
    text_ += JsonString(name);
    text_ += ":";
    text_ += json;
    return *this;
  }
  std::string Done() const { return text_ + "}"; }

 private:
  std::string text_ = "{";
};

uint64_t BlockCount(const DatanodeRegistry& registry, const Datanode& node) {
  uint64_t blocks = 0;
  for (StorageIndex storage : node.storages) blocks += registry.storage(storage).block_count;
  return blocks;
}

std::string NameOf(const Datanode& node) { return node.identity.host + ":" + std::to_string(node.identity.xfer_port); }

}  // namespace

StorageSpace NameNodePages::Totals() const {
  StorageSpace total;
  for (const Datanode& node : blocks().registry().datanodes()) {
    if (node.alive) total.Add(node.space);
  }
  return total;
}

std::string NameNodePages::LiveNodes() const {
  const int64_t now = env_.clock.WallMillis();
  JsonObject nodes;
  for (const Datanode& node : blocks().registry().datanodes()) {
    if (!node.alive) continue;
    const DatanodeIdentity& id = node.identity;
    JsonObject line;
    line.Text("infoAddr", id.ip + ":" + std::to_string(id.info_port))
        .Text("infoSecureAddr", id.ip + ":" + std::to_string(id.info_secure_port))
        .Text("xferaddr", id.XferAddress())
        .Text("location", id.location)
        .Num("lastContact", node.last_heartbeat_wall_ms == 0 ? 0 : (now - node.last_heartbeat_wall_ms) / 1000)
        .Num("usedSpace", node.space.dfs_used)
        .Text("adminState", AdminStateName(node.admin_state))
        .Num("nonDfsUsedSpace", node.space.non_dfs_used)
        .Num("capacity", node.space.capacity)
        .Num("numBlocks", BlockCount(blocks().registry(), node))
        .Text("version", id.software_version)
        .Num("used", node.space.dfs_used)
        .Num("remaining", node.space.remaining)
        .Num("blockScheduled", node.scheduled_blocks)
        .Num("blockPoolUsed", node.space.block_pool_used)
        .Float("blockPoolUsedPercent", Percent(node.space.block_pool_used, node.space.capacity))
        .Num("volfails", node.load.failed_volumes)
        .Num("lastBlockReport", node.last_report_wall_ms == 0 ? 0 : (now - node.last_report_wall_ms) / 60000);
    nodes.Raw(NameOf(node), line.Done());
  }
  return nodes.Done();
}

std::string NameNodePages::DeadNodes() const {
  const int64_t now = env_.clock.WallMillis();
  JsonObject nodes;
  for (const Datanode& node : blocks().registry().datanodes()) {
    if (node.alive) continue;
    JsonObject line;
    line.Num("lastContact", (now - node.last_heartbeat_wall_ms) / 1000)
        .Raw("decommissioned", node.admin_state == AdminState::kDecommissioned ? "true" : "false")
        .Text("adminState", AdminStateName(node.admin_state))
        .Text("xferaddr", node.identity.XferAddress());
    nodes.Raw(NameOf(node), line.Done());
  }
  return nodes.Done();
}

std::string NameNodePages::DecommissioningNodes() const {
  JsonObject nodes;
  for (const Datanode& node : blocks().registry().datanodes()) {
    if (!node.alive || node.admin_state != AdminState::kDecommissionInProgress) continue;
    JsonObject line;
    line.Text("xferaddr", node.identity.XferAddress())
        .Num("underReplicatedBlocks", blocks().BlocksHeldBackBy(node.index))
        .Num("decommissionOnlyReplicas", 0)
        .Num("underReplicateInOpenFiles", 0);
    nodes.Raw(NameOf(node), line.Done());
  }
  return nodes.Done();
}

void NameNodePages::FillInfo(Bean& bean) const {
  const StorageSpace total = Totals();
  const BlockStats stats = blocks().Stats();
  const StorageVersion& version = driver_.version();
  std::set<std::string> versions;
  std::map<std::string, int> version_counts;
  for (const Datanode& node : blocks().registry().datanodes()) {
    if (node.alive) ++version_counts[node.identity.software_version];
  }
  std::string corrupt = "[";
  for (const auto& [id, path] : CorruptFiles("/", 0)) {
    if (corrupt.size() > 1) corrupt += ",";
    corrupt += JsonString("blk_" + std::to_string(id) + "\t" + std::to_string(blocks().ReplicationOf(id)) + "\t" + path);
  }
  corrupt += "]";
  std::string version_list = "[";
  for (const auto& [text, count] : version_counts) {
    if (version_list.size() > 1) version_list += ",";
    version_list += "{\"key\":" + JsonString(text) + ",\"value\":" + std::to_string(count) + "}";
  }
  version_list += "]";
  const std::string safe_mode =
      blocks().safe_mode().on() ? "Safe mode is ON. " + blocks().safe_mode().Tip(env_.clock.Now()) : "";
  bean.Set("Version", std::string(kHadoopVersion) + ", rtusk")
      .Set("UpgradeFinalized", true)
      .Set("BlockPoolId", version.block_pool_id)
      .Set("ClusterId", version.cluster_id)
      .Set("HighestPriorityLowRedundancyReplicatedBlocks", stats.highest_priority_low_redundancy)
      .Set("HighestPriorityLowRedundancyECBlocks", 0)
      .Set("Used", total.dfs_used)
      .Set("Free", total.remaining)
      .Set("Total", total.capacity)
      .Set("ProvidedCapacity", 0)
      .Set("Safemode", safe_mode)
      .Set("NonDfsUsedSpace", total.non_dfs_used)
      .SetJson("PercentUsed", JavaFloat(Percent(total.dfs_used, total.capacity)))
      .Set("BlockPoolUsedSpace", total.block_pool_used)
      .SetJson("PercentBlockPoolUsed", JavaFloat(Percent(total.block_pool_used, total.capacity)))
      .SetJson("PercentRemaining", JavaFloat(Percent(total.remaining, total.capacity)))
      .Set("CacheCapacity", 0)
      .Set("CacheUsed", 0)
      .Set("TotalBlocks", stats.blocks)
      .Set("NumberOfMissingBlocks", stats.missing)
      .Set("NumberOfMissingBlocksWithReplicationFactorOne", stats.missing_replication_one)
      .Set("LiveNodes", LiveNodes())
      .Set("DeadNodes", DeadNodes())
      .Set("DecomNodes", DecommissioningNodes())
      .Set("EnteringMaintenanceNodes", "{}")
      .Set("NameDirStatuses", "{\"active\":{" + JsonString(config_.name_dir) + ":\"IMAGE_AND_EDITS\"},\"failed\":{}}")
      .Set("JournalTransactionInfo", "{\"MostRecentCheckpointTxId\":\"0\",\"LastAppliedOrWrittenTxId\":\"" +
                                         std::to_string(driver_.namesystem().last_txid()) + "\"}")
      .Set("NNStartedTimeInMillis", started_wall_ms_)
      .Set("CompileInfo", "tusk")
      .Set("CorruptFiles", corrupt)
      .Set("CorruptFilesCount", stats.missing)
      .Set("NumberOfSnapshottableDirs", 0)
      .Set("DistinctVersionCount", version_counts.size())
      .SetJson("DistinctVersions", version_list)
      .Set("SoftwareVersion", kHadoopVersion)
      .SetJson("RollingUpgradeStatus", "null");
}

void NameNodePages::FillStatus(Bean& bean) const {
  bean.Set("State", "active")
      .Set("NNRole", "NameNode")
      .Set("HostAndPort", rpc_address_.ToString())
      .Set("SecurityEnabled", false)
      .Set("LastHATransitionTime", 0)
      .Set("BytesWithFutureGenerationStamps", 0)
      .SetJson("SlowPeersReport", "null")
      .SetJson("SlowDisksReport", "null");
}

void NameNodePages::FillCounts(Bean& bean) const {
  const DatanodeRegistry& registry = blocks().registry();
  const StorageSpace total = Totals();
  const BlockStats stats = blocks().Stats();
  const Counters& counters = driver_.namesystem().counters();
  uint64_t load = 0, live = 0, dead = 0, decommissioned_live = 0, decommissioned_dead = 0, decommissioning = 0,
           failed_volumes = 0, stale = 0, in_service = 0, stale_storages = 0, maintenance_live = 0, maintenance_dead = 0, entering_maintenance = 0;
  const TimePoint now = env_.clock.Now();
  for (const Datanode& node : registry.datanodes()) {
    const bool decommissioned = node.admin_state == AdminState::kDecommissioned;
    if (!node.alive) {
      ++dead;
      decommissioned_dead += decommissioned;
      maintenance_dead += node.admin_state == AdminState::kInMaintenance;
      continue;
    }
    ++live;
    decommissioned_live += decommissioned;
    decommissioning += node.admin_state == AdminState::kDecommissionInProgress;
    maintenance_live += node.admin_state == AdminState::kInMaintenance;
    entering_maintenance += node.admin_state == AdminState::kEnteringMaintenance;
    in_service += node.in_service();
    load += node.load.xceivers;
    failed_volumes += node.load.failed_volumes;
    stale += registry.IsStale(node, now);
    for (StorageIndex storage : node.storages) stale_storages += registry.storage(storage).content_stale;
  }
  bean.Set("CapacityTotal", total.capacity)
      .Set("CapacityUsed", total.dfs_used)
      .Set("CapacityRemaining", total.remaining)
      .Set("ProvidedCapacityTotal", 0)
      .Set("TotalLoad", load)
      .Set("NumEncryptionZones", 0)
      .Set("CurrentTokensCount", 0)
      .Set("PendingSPSPaths", 0)
      .Set("BlocksTotal", stats.blocks)
      .Set("FilesTotal", counters.inodes)
      .Set("PendingReplicationBlocks", stats.pending_replication)
      .Set("PendingReconstructionBlocks", stats.pending_replication)
      .Set("UnderReplicatedBlocks", stats.under_replicated + stats.missing)
      .Set("LowRedundancyBlocks", stats.under_replicated + stats.missing)
      .Set("ScheduledReplicationBlocks", stats.scheduled_replication)
      .Set("PendingDeletionBlocks", stats.pending_deletion)
      .Set("NumLiveDataNodes", live)
      .Set("NumDeadDataNodes", dead)
      .Set("NumDecomLiveDataNodes", decommissioned_live)
      .Set("NumDecomDeadDataNodes", decommissioned_dead)
      .Set("NumInServiceLiveDataNodes", in_service)
      .Set("VolumeFailuresTotal", failed_volumes)
      .Set("EstimatedCapacityLostTotal", 0)
      .Set("NumDecommissioningDataNodes", decommissioning)
      .Set("NumStaleStorages", stale_storages)
      .Set("NumStaleDataNodes", stale)
      .Set("StaleDataNodes", stale)
      .Set("NumInMaintenanceLiveDataNodes", maintenance_live)
      .Set("NumInMaintenanceDeadDataNodes", maintenance_dead)
      .Set("NumEnteringMaintenanceDataNodes", entering_maintenance);
}

void NameNodePages::FillState(Bean& bean) const {
  FillCounts(bean);
  bean.Set("SnapshotStats", "{\"SnapshottableDirectories\":0,\"Snapshots\":0}")
      .Set("MaxObjects", 0)
      .Set("BlockDeletionStartTime", started_wall_ms_)
      .Set("FSState", blocks().safe_mode().on() ? "safeMode" : "Operational");
}

void NameNodePages::FillFsNamesystem(Bean& bean) const {
  FillCounts(bean);
  const BlockStats stats = blocks().Stats();
  const StorageSpace total = Totals();
  bean.Set("tag.Context", "dfs")
      .Set("tag.HAState", "active")
      .Set("tag.Hostname", env_.network.LocalHostName())
      .Set("MissingBlocks", stats.missing)
      .Set("MissingReplOneBlocks", stats.missing_replication_one)
      .Set("LastWrittenTransactionId", driver_.namesystem().last_txid())
      .Set("CapacityUsedNonDFS", total.non_dfs_used)
      .Set("NumFilesUnderConstruction", driver_.namesystem().leases().file_count())
      .Set("CorruptBlocks", stats.corrupt)
      .Set("LowRedundancyReplicatedBlocks", stats.under_replicated)
      .Set("CorruptReplicatedBlocks", stats.corrupt)
      .Set("MissingReplicatedBlocks", stats.missing)
      .Set("MissingReplicationOneBlocks", stats.missing_replication_one)
      .Set("HighestPriorityLowRedundancyReplicatedBlocks", stats.highest_priority_low_redundancy)
      .Set("PendingDeletionReplicatedBlocks", stats.pending_deletion)
      .Set("TotalReplicatedBlocks", stats.blocks)
      .Set("ExcessBlocks", stats.excess);
}

}  // namespace tusk::dfs
