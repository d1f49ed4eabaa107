// NameNodePages: the JMX beans, attribute names and shapes as Hadoop 3.4's.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "base/server/process_stats.h"
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

// {"active":{FOLDER:"IMAGE_AND_EDITS"},"failed":{...}}, as Hadoop's pages and monitors read it.
std::string NameDirStatuses(const NameFolders& folders) {
  std::string active;
  std::string failed;
  for (const NameFolders::Entry& entry : folders.entries()) {
    const NameFolder& folder = entry.folder;
    const char* type = !folder.image ? "EDITS" : folder.edits ? "IMAGE_AND_EDITS" : "IMAGE";
    std::string& list = entry.state == NameFolders::State::kFailed ? failed : active;
    list += (list.empty() ? "" : ",") + JsonString(folder.path) + ":\"" + type + "\"";
  }
  return "{\"active\":{" + active + "},\"failed\":{" + failed + "}}";
}

std::string NameJournalStatus(const NameFolders& folders) {
  std::string journals;
  for (const NameFolders::Entry& entry : folders.entries()) {
    if (!entry.folder.edits) continue;
    const bool failed = entry.state == NameFolders::State::kFailed;
    const std::string stream = failed ? "Failed to write txn" : "EditLogFileOutputStream(" + CurrentFolder(entry.folder.path) + ")";
    journals += (journals.empty() ? "" : ",") + ("{\"manager\":" + JsonString("FileJournalManager(root=" + entry.folder.path + ")")) +
                ",\"stream\":" + JsonString(stream) + ",\"disabled\":\"" + (failed ? "true" : "false") + "\",\"required\":\"" +
                (entry.folder.required ? "true" : "false") + "\"}";
  }
  return "[" + journals + "]";
}

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
      .Set("NameDirStatuses", NameDirStatuses(driver_.folders()))
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
      .SetJson("RollingUpgradeStatus", "null")
      .Set("Threads", ReadProcessStats().threads)
      .Set("NodeUsage", NodeUsage())
      .Set("NameJournalStatus", NameJournalStatus(driver_.folders()))
      .Set("NameDirSize", "{" + JsonString(driver_.name_dir()) + ":0}")
      .Set("VerifyECWithTopologyResult", "{\"isSupported\":\"true\",\"resultMessage\":\"No erasure coding policy is enabled.\"}");
}

// How full the living datanodes are.
std::string NameNodePages::NodeUsage() const {
  std::vector<double> used;
  for (const Datanode& node : blocks().registry().datanodes()) {
    if (node.alive) used.push_back(static_cast<double>(Percent(node.space.dfs_used, node.space.capacity)));
  }
  std::sort(used.begin(), used.end());
  double mean = 0, deviation = 0;
  for (double one : used) mean += one / static_cast<double>(used.size());
  for (double one : used) deviation += (one - mean) * (one - mean) / static_cast<double>(used.size());
  const auto text = [](double value) {
    char shown[32];
    std::snprintf(shown, sizeof shown, "%.2f%%", value);
    return JsonString(shown);
  };
  const bool none = used.empty();
  return "{\"nodeUsage\":{\"min\":" + text(none ? 0 : used.front()) + ",\"median\":" + text(none ? 0 : used[used.size() / 2]) +
         ",\"max\":" + text(none ? 0 : used.back()) + ",\"stdDev\":" + text(std::sqrt(deviation)) + "}}";
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

void NameNodePages::FillCounts(Bean& bean, bool state) const {
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
      .Set(state ? "NumStaleDataNodes" : "StaleDataNodes", stale)
      .Set("NumInMaintenanceLiveDataNodes", maintenance_live)
      .Set("NumInMaintenanceDeadDataNodes", maintenance_dead)
      .Set("NumEnteringMaintenanceDataNodes", entering_maintenance);
}

void NameNodePages::FillState(Bean& bean) const {
  FillCounts(bean, /*state=*/true);
  bean.Set("SnapshotStats", "{\"SnapshottableDirectories\":0,\"Snapshots\":0}")
      .Set("MaxObjects", 0)
      .Set("ReconstructionQueuesInitProgress", 1.0)
      .Set("FsLockQueueLength", 0)
      .Set("TopUserOpCounts", "{\"timestamp\":\"\",\"windows\":[]}")
      .Set("TotalSyncCount", driver_.sync_time().count())
      .Set("TotalSyncTimes", std::to_string(ToMillis(driver_.sync_time().sum())) + " ")
      .Set("BlockDeletionStartTime", started_wall_ms_)
      .Set("FSState", blocks().safe_mode().on() ? "safeMode" : "Operational");
}

void NameNodePages::FillFsNamesystem(Bean& bean) const {
  FillCounts(bean, /*state=*/false);
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
      .Set("ExcessBlocks", stats.excess)
      .Set("tag.EnabledEcPolicies", "")
      .Set("tag.TotalSyncTimes", std::to_string(ToMillis(driver_.sync_time().sum())) + " ")
      .Set("TotalSyncCount", driver_.sync_time().count());
  for (const auto& [name, bytes] : {std::pair{"CapacityTotalGB", total.capacity}, std::pair{"CapacityUsedGB", total.dfs_used},
                                    std::pair{"CapacityRemainingGB", total.remaining}}) {
    bean.Set(name, std::round(static_cast<double>(bytes) / (1 << 30)));
  }
  for (const char* name : {"ExpiredHeartbeats", "LastCheckpointTime", "Snapshots", "SnapshottableDirectories", "LockQueueLength",
                           "ReadLockLongHoldCount", "WriteLockLongHoldCount", "BytesInFutureReplicatedBlocks",
                           "NumTimedOutPendingReconstructions", "PostponedMisreplicatedBlocks", "PendingDataNodeMessageCount",
                           "MillisSinceLastLoadedEdits", "BytesInFutureECBlockGroups", "CorruptECBlockGroups",
                           "HighestPriorityLowRedundancyECBlocks", "LowRedundancyECBlockGroups", "MissingECBlockGroups",
                           "PendingDeletionECBlocks", "TotalECBlockGroups"}) {
    bean.Set(name, 0);
  }
  bean.Set("NumActiveClients", driver_.namesystem().leases().file_count()).Set("BlockCapacity", stats.blocks);
  bean.Set("ReconstructionQueuesInitProgress", 1.0);
  bean.Set("TransactionsSinceLastCheckpoint", driver_.synced_records()).Set("TransactionsSinceLastLogRoll", driver_.synced_records());
}

void NameNodePages::AddSmallBeans(MetricRegistry& metrics) {
  const std::string prefix = "Hadoop:service=NameNode,name=";
  const std::string host = env_.network.LocalHostName();
  metrics.AddBean(prefix + "StartupProgress", [this, host](Bean& bean) {
    bean.Set("tag.Hostname", host).Set("ElapsedTime", 0).Set("PercentComplete", blocks().safe_mode().on() ? 0.75 : 1.0);
    for (const std::string phase : {"LoadingFsImage", "LoadingEdits", "SavingCheckpoint", "SafeMode"}) {
      const bool done = phase != "SafeMode" || !blocks().safe_mode().on();
      bean.Set(phase + "Count", 0).Set(phase + "ElapsedTime", 0).Set(phase + "Total", 0).Set(phase + "PercentComplete", done ? 1.0 : 0.0);
    }
  });
  metrics.AddBean(prefix + "NameNodeActivity", [this, host](Bean& bean) {
    bean.Set("tag.ProcessName", "NameNode").SetJson("tag.SessionId", "null").Set("tag.Context", "dfs").Set("tag.Hostname", host);
    bean.Set("SyncsNumOps", driver_.sync_time().count()).Set("SyncsAvgTime", driver_.sync_time().MeanMillis());
    bean.Set("TransactionsNumOps", driver_.synced_records()).Set("TransactionsAvgTime", 0.0);
    bean.Set("TransactionsBatchedInSync", driver_.synced_records() - std::min(driver_.synced_records(), driver_.sync_time().count()));
  });
  metrics.AddBean(prefix + "ReplicatedBlocksState", [this](Bean& bean) {
    const BlockStats stats = blocks().Stats();
    bean.Set("LowRedundancyReplicatedBlocks", stats.under_replicated + stats.missing).Set("CorruptReplicatedBlocks", stats.corrupt);
    bean.Set("MissingReplicatedBlocks", stats.missing).Set("MissingReplicationOneBlocks", stats.missing_replication_one);
    bean.Set("BytesInFutureReplicatedBlocks", 0).Set("PendingDeletionReplicatedBlocks", stats.pending_deletion);
    bean.Set("TotalReplicatedBlocks", stats.blocks);
  }, "org.apache.hadoop.hdfs.server.namenode.FSNamesystem");
  metrics.AddBean(prefix + "ECBlockGroupsState", [](Bean& bean) {
    for (const char* name : {"LowRedundancyECBlockGroups", "CorruptECBlockGroups", "MissingECBlockGroups", "BytesInFutureECBlockGroups",
                             "PendingDeletionECBlocks", "TotalECBlockGroups"}) {
      bean.Set(name, 0);
    }
    bean.Set("EnabledEcPolicies", "");
  }, "org.apache.hadoop.hdfs.server.namenode.FSNamesystem");
  metrics.AddBean(prefix + "SnapshotInfo", [](Bean& bean) { bean.SetJson("SnapshottableDirectories", "[ ]").SetJson("Snapshots", "[ ]"); },
                  "org.apache.hadoop.hdfs.server.namenode.snapshot.SnapshotManager");
  metrics.AddBean(prefix + "NameNode", [host](Bean& bean) { bean.Set("tag.Context", "dfs").Set("tag.Hostname", host).Set("NameNodeState", 1); });
  metrics.AddCollector([this](MetricSink& sink) { Collect(sink); });
}

void NameNodePages::Collect(MetricSink& sink) const {
  const BlockStats stats = blocks().Stats();
  const StorageSpace total = Totals();
  uint64_t live = 0, dead = 0, stale = 0;
  for (const Datanode& node : blocks().registry().datanodes()) {
    ++(node.alive ? live : dead);
    stale += node.alive && blocks().registry().IsStale(node, env_.clock.Now());
  }
  const auto gauge = [&sink](const char* name, const char* help, auto value) { sink.Gauge(name, help, {}, static_cast<double>(value)); };
  double failed_folders = 0;
  for (const NameFolders::Entry& entry : driver_.folders().entries()) failed_folders += entry.state == NameFolders::State::kFailed;
  gauge("tusk_namenode_name_dirs_failed", "Folders of dfs.namenode.name.dir and edits.dir that are not written any more.",
        failed_folders);
  gauge("tusk_namenode_capacity_bytes", "Capacity of the living datanodes.", total.capacity);
  gauge("tusk_namenode_used_bytes", "Bytes of blocks.", total.dfs_used);
  gauge("tusk_namenode_remaining_bytes", "Bytes that new blocks may take.", total.remaining);
  gauge("tusk_namenode_datanodes_live", "Datanodes that send heartbeats.", live);
  gauge("tusk_namenode_datanodes_dead", "Datanodes that do not.", dead);
  gauge("tusk_namenode_datanodes_stale", "Datanodes whose last heartbeat is old.", stale);
  gauge("tusk_namenode_files", "Files and directories.", driver_.namesystem().counters().inodes);
  gauge("tusk_namenode_blocks", "Blocks.", stats.blocks);
  gauge("tusk_namenode_blocks_missing", "Blocks without a live replica.", stats.missing);
  gauge("tusk_namenode_blocks_corrupt", "Blocks with a corrupt replica.", stats.corrupt);
  gauge("tusk_namenode_blocks_under_replicated", "Blocks with too few replicas.", stats.under_replicated);
  gauge("tusk_namenode_blocks_pending_replication", "Blocks that are being copied.", stats.pending_replication);
  gauge("tusk_namenode_safe_mode", "1 in safe mode.", blocks().safe_mode().on());
  gauge("tusk_namenode_leases", "Files that are being written.", driver_.namesystem().leases().file_count());
  sink.Counter("tusk_namenode_edits_total", "Records written to the edit log.", {}, static_cast<double>(driver_.synced_records()));
  sink.Latency("tusk_namenode_edit_sync_seconds", "Time to write and sync a group of edits.", {}, driver_.sync_time());
}

}  // namespace tusk::dfs
