// ClientNamenodeProtocol: the cluster's state, see the header.
#include "dfs/namenode/rpc/client_cluster_handlers.h"

#include <time.h>

#include <algorithm>
#include <cstdio>

#include "base/async/blocking_pool.h"
#include "base/log/log.h"
#include "dfs/namenode/blocks/block_messages.h"
#include "dfs/namenode/namespace/file_ops.h"
#include "dfs/namenode/rpc/datanode_protocol.h"

namespace tusk::dfs {

namespace pb = hadoop::hdfs;

namespace {

constexpr size_t kOpenFilesPerAnswer = 1000;  // dfs.namenode.list.openfiles.num.responses
constexpr size_t kCorruptFilesPerAnswer = 100;  // dfs.corruptfilesreturned.max
constexpr uint32_t kAdditionalNodesMax = 512;

bool Wanted(const Datanode& node, pb::DatanodeReportTypeProto type) {
  switch (type) {
    case pb::ALL: return true;
    case pb::LIVE: return node.alive;
    case pb::DEAD: return !node.alive;
    case pb::DECOMMISSIONING: return node.alive && node.admin_state == AdminState::kDecommissionInProgress;
    case pb::ENTERING_MAINTENANCE: return node.alive && node.admin_state == AdminState::kEnteringMaintenance;
    case pb::IN_MAINTENANCE: return node.alive && node.admin_state == AdminState::kInMaintenance;
  }
  return false;
}

std::string Percent(uint64_t part, uint64_t whole) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.2f%%",
                whole == 0 ? 100.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole));
  return text;
}

// metaSave's lines: space, cache, time of the last sign of life.
std::string DescribeDatanodes(const DatanodeRegistry& registry) {
  auto space = [](uint64_t bytes) {
    return " " + std::to_string(bytes) + "(" + ShortBytes(static_cast<int64_t>(bytes)) + ")";
  };
  std::string text = "Metasave: Number of datanodes: " + std::to_string(registry.datanodes().size()) + "\n";
  for (const Datanode& node : registry.datanodes()) {
    text += node.identity.XferAddress();
    text += node.admin_state == AdminState::kDecommissioned           ? " DD"
            : node.admin_state == AdminState::kDecommissionInProgress ? " DP"
                                                                      : " IN";
    text += space(node.space.capacity) + space(node.space.dfs_used) + " " +
            Percent(node.space.dfs_used, node.space.capacity) + space(node.space.remaining);
    const DatanodeLoad& load = node.load;
    text += space(load.cache_capacity) + space(load.cache_used) + " " + Percent(load.cache_used, load.cache_capacity) +
            space(load.cache_capacity - std::min(load.cache_capacity, load.cache_used));
    const auto seconds = static_cast<time_t>(node.last_heartbeat_wall_ms / 1000);
    tm utc{};
    ::gmtime_r(&seconds, &utc);
    char date[64];
    std::strftime(date, sizeof(date), " %a %b %d %H:%M:%S UTC %Y\n", &utc);
    text += date;
  }
  return text;
}

}  // namespace

std::vector<rpc::Method> ClientClusterHandlers::methods() {
  constexpr std::string_view kServed[] = {
      "getAdditionalDatanode", "reportBadBlocks", "getFsStats", "getFsReplicatedBlockStats", "getFsECBlockGroupStats",
      "getDatanodeReport", "getDatanodeStorageReport", "getSlowDatanodeReport", "setSafeMode", "refreshNodes",
      "saveNamespace", "rollEdits", "restoreFailedStorage", "finalizeUpgrade", "upgradeStatus", "rollingUpgrade",
      "listCorruptFileBlocks", "listOpenFiles", "metaSave", "setBalancerBandwidth", "getHAServiceState"};
  return OnlyMethods(ClientNamenodeProtocolService::methods(), kServed);
}

Status ClientClusterHandlers::RequireSuperuser(const rpc::CallContext& call, std::string_view operation) const {
  const Caller caller = CallerOf(call);
  if (caller.superuser) return Status::Ok();
  return Status(Code::kAccessControl, "Access denied for user " + caller.user +
                                          ". Superuser privilege is required for operation " + std::string(operation));
}

// ---- pipelines and replicas

Task<Result<pb::GetAdditionalDatanodeResponseProto>> ClientClusterHandlers::GetAdditionalDatanode(
    rpc::CallContext& call, const pb::GetAdditionalDatanodeRequestProto& request) {
  const Caller caller = CallerOf(call);
  const Call at = At(caller);
  CO_RETURN_IF_ERROR(ns().RefuseInSafeMode("add datanode; src=" + request.src() + ", blk=" +
                                               BlockName(SpecFrom(request.blk())), at.now));
  const auto id = static_cast<InodeId>(request.fileid());
  CO_ASSIGN_OR_RETURN(ResolvedPath path, ns().ResolveOpenFile(at, request.src(), id, PathUse::kWrite));
  CO_ASSIGN_OR_RETURN(InodeRef file, CheckLease(ns(), path, id, request.clientname()));
  const DatanodeRegistry& registry = blocks().registry();
  TargetRequest target;
  target.path = request.src();
  target.replication = static_cast<int>(std::min(request.numadditionalnodes(), kAdditionalNodesMax));
  target.block_size = file->block_size;
  target.writer = caller.host;
  for (const pb::DatanodeInfoProto& node : request.excludes()) {
    if (const Datanode* known = registry.FindByUuid(node.id().datanodeuuid())) target.excluded.push_back(known->index);
  }
  for (int i = 0; i < request.existings_size(); ++i) {
    const std::string& uuid = request.existings(i).id().datanodeuuid();
    StorageIndex storage = kNoIndex;
    if (i < request.existingstorageuuids_size()) storage = registry.FindStorage(uuid, request.existingstorageuuids(i));
    const Datanode* node = registry.FindByUuid(uuid);
    if (storage == kNoIndex && node != nullptr && !node->storages.empty()) storage = node->storages.front();
    if (storage != kNoIndex) target.chosen.push_back(storage);
  }
  std::vector<StorageIndex> all = target.chosen;
  // None to be had: the client sees only those that it has and decides.
  if (auto added = blocks().ChooseTargets(target, at.now); added.ok()) all.insert(all.end(), added->begin(), added->end());
  pb::GetAdditionalDatanodeResponseProto response;
  FillLocatedBlock(registry, ns().identity().block_pool_id, SpecFrom(request.blk()), -1, all,
                         *response.mutable_block());
  Sign(caller, kAccessCopy, response.mutable_block());
  co_return response;
}

Task<Result<pb::ReportBadBlocksResponseProto>> ClientClusterHandlers::ReportBadBlocks(
    rpc::CallContext&, const pb::ReportBadBlocksRequestProto& request) {
  MarkBadBlocks(blocks(), request.blocks(), context().env.clock.Now());
  co_return pb::ReportBadBlocksResponseProto();
}

Task<Result<pb::ListCorruptFileBlocksResponseProto>> ClientClusterHandlers::ListCorruptFileBlocks(
    rpc::CallContext& call, const pb::ListCorruptFileBlocksRequestProto& request) {
  CO_RETURN_IF_ERROR(RequireSuperuser(call, "listCorruptFileBlocks"));
  int64_t after = INT64_MIN;
  if (!request.cookie().empty()) after = std::strtoll(request.cookie().c_str(), nullptr, 10);
  pb::ListCorruptFileBlocksResponseProto response;
  std::string prefix = request.path();
  if (!prefix.ends_with('/')) prefix += '/';
  for (int64_t id : blocks().MissingBlocks(after, kCorruptFilesPerAnswer)) {
    after = id;
    auto inode = ns().tree().ById(blocks().InodeOf(id));
    if (!inode.ok() || *inode == nullptr) continue;
    auto chain = ns().tree().ChainOf(*inode);
    if (!chain.ok() || chain->empty()) continue;
    std::string path;
    for (size_t i = 1; i < chain->size(); ++i) path += "/" + (*chain)[i]->name;
    if (path == request.path() || path.starts_with(prefix)) response.mutable_corrupt()->add_files(path);
  }
  response.mutable_corrupt()->set_cookie(std::to_string(after == INT64_MIN ? 0 : after));
  co_return response;
}

// ---- statistics

Task<Result<pb::GetFsStatsResponseProto>> ClientClusterHandlers::GetFsStats(rpc::CallContext&,
                                                                            const pb::GetFsStatusRequestProto&) {
  StorageSpace total;
  for (const Datanode& node : blocks().registry().datanodes()) {
    if (node.alive) total.Add(node.space);
  }
  const BlockStats stats = blocks().Stats();
  pb::GetFsStatsResponseProto response;
  response.set_capacity(total.capacity);
  response.set_used(total.dfs_used);
  response.set_remaining(total.remaining);
  response.set_under_replicated(stats.under_replicated);
  response.set_corrupt_blocks(stats.corrupt);
  response.set_missing_blocks(stats.missing);
  response.set_missing_repl_one_blocks(stats.missing_replication_one);
  response.set_blocks_in_future(stats.in_future);
  response.set_pending_deletion_blocks(stats.pending_deletion);
  co_return response;
}

Task<Result<pb::GetFsReplicatedBlockStatsResponseProto>> ClientClusterHandlers::GetFsReplicatedBlockStats(
    rpc::CallContext&, const pb::GetFsReplicatedBlockStatsRequestProto&) {
  const BlockStats stats = blocks().Stats();
  pb::GetFsReplicatedBlockStatsResponseProto response;
  response.set_low_redundancy(stats.under_replicated);
  response.set_corrupt_blocks(stats.corrupt);
  response.set_missing_blocks(stats.missing);
  response.set_missing_repl_one_blocks(stats.missing_replication_one);
  response.set_blocks_in_future(stats.in_future);
  response.set_pending_deletion_blocks(stats.pending_deletion);
  response.set_highest_prio_low_redundancy_blocks(stats.highest_priority_low_redundancy);
  co_return response;
}

Task<Result<pb::GetFsECBlockGroupStatsResponseProto>> ClientClusterHandlers::GetFsECBlockGroupStats(
    rpc::CallContext&, const pb::GetFsECBlockGroupStatsRequestProto&) {
  pb::GetFsECBlockGroupStatsResponseProto response;
  response.set_low_redundancy(0);
  response.set_corrupt_blocks(0);
  response.set_missing_blocks(0);
  response.set_blocks_in_future(0);
  response.set_pending_deletion_blocks(0);
  response.set_highest_prio_low_redundancy_blocks(0);
  co_return response;
}

Task<Result<pb::GetDatanodeReportResponseProto>> ClientClusterHandlers::GetDatanodeReport(
    rpc::CallContext& call, const pb::GetDatanodeReportRequestProto& request) {
  CO_RETURN_IF_ERROR(RequireSuperuser(call, "datanodeReport"));
  pb::GetDatanodeReportResponseProto response;
  for (const Datanode& node : blocks().registry().datanodes()) {
    if (Wanted(node, request.type())) FillDatanodeInfo(blocks().registry(), node, *response.add_di());
  }
  co_return response;
}

Task<Result<pb::GetDatanodeStorageReportResponseProto>> ClientClusterHandlers::GetDatanodeStorageReport(
    rpc::CallContext& call, const pb::GetDatanodeStorageReportRequestProto& request) {
  CO_RETURN_IF_ERROR(RequireSuperuser(call, "getDatanodeStorageReport"));
  pb::GetDatanodeStorageReportResponseProto response;
  for (const Datanode& node : blocks().registry().datanodes()) {
    if (!Wanted(node, request.type())) continue;
    FillStorageReports(blocks().registry(), node, *response.add_datanodestoragereports());
  }
  co_return response;
}

Task<Result<pb::GetSlowDatanodeReportResponseProto>> ClientClusterHandlers::GetSlowDatanodeReport(
    rpc::CallContext&, const pb::GetSlowDatanodeReportRequestProto&) {
  co_return pb::GetSlowDatanodeReportResponseProto();
}

// ---- orders

Task<Result<pb::SetSafeModeResponseProto>> ClientClusterHandlers::SetSafeMode(rpc::CallContext& call,
                                                                              const pb::SetSafeModeRequestProto& request) {
  SafeMode& safe_mode = blocks().safe_mode();
  switch (request.action()) {
    case pb::SAFEMODE_GET:
      break;
    case pb::SAFEMODE_ENTER:
      CO_RETURN_IF_ERROR(RequireSuperuser(call, "safemode_enter"));
      safe_mode.Enter();
      LogInfo("namenode", "safe mode entered by {}", call.user.name);
      break;
    case pb::SAFEMODE_LEAVE:
    case pb::SAFEMODE_FORCE_EXIT:
      CO_RETURN_IF_ERROR(RequireSuperuser(
          call, request.action() == pb::SAFEMODE_LEAVE ? "safemode_leave" : "safemode_force_exit"));
      safe_mode.Leave();
      LogInfo("namenode", "safe mode left by {}", call.user.name);
      blocks().Tick(context().env.clock.Now());
      break;
  }
  pb::SetSafeModeResponseProto response;
  response.set_result(safe_mode.on());
  co_return response;
}

Task<Result<pb::RefreshNodesResponseProto>> ClientClusterHandlers::RefreshNodes(rpc::CallContext& call,
                                                                                const pb::RefreshNodesRequestProto&) {
  CO_RETURN_IF_ERROR(RequireSuperuser(call, "refreshNodes"));
  if (hooks_.refresh_nodes) CO_RETURN_IF_ERROR(hooks_.refresh_nodes());
  co_return pb::RefreshNodesResponseProto();
}

// A checkpoint here: everything is in synced tables, and the edit log is replayed from after it.
Task<Result<pb::SaveNamespaceResponseProto>> ClientClusterHandlers::SaveNamespace(
    rpc::CallContext& call, const pb::SaveNamespaceRequestProto&) {
  CO_RETURN_IF_ERROR(RequireSuperuser(call, "saveNamespace"));
  if (!blocks().safe_mode().on()) {
    co_return Status(Code::kIOError, "Safe mode should be turned ON in order to create namespace image.");
  }
  CO_RETURN_IF_ERROR(co_await context().driver.Checkpoint());
  LogInfo("namenode", "namespace saved by {}", call.user.name);
  pb::SaveNamespaceResponseProto response;
  response.set_saved(true);
  co_return response;
}

Task<Result<pb::RollEditsResponseProto>> ClientClusterHandlers::RollEdits(rpc::CallContext& call,
                                                                          const pb::RollEditsRequestProto&) {
  CO_RETURN_IF_ERROR(RequireSuperuser(call, "rollEditLog"));
  if (blocks().safe_mode().on()) {
    Status refused = ns().RefuseInSafeMode("", context().env.clock.Now());
    std::string text(refused.message());
    co_return Status(refused.code(), "Log not rolled. " + text.substr(std::min(text.size(), text.find("Name node"))));
  }
  pb::RollEditsResponseProto response;
  response.set_newsegmenttxid(context().driver.RollSegment());
  co_return response;
}

Task<Result<pb::RestoreFailedStorageResponseProto>> ClientClusterHandlers::RestoreFailedStorage(
    rpc::CallContext& call, const pb::RestoreFailedStorageRequestProto& request) {
  const bool check = request.arg() == "check";
  const bool on = request.arg() == "true";
  CO_RETURN_IF_ERROR(RequireSuperuser(
      call, check ? "checkRestoreFailedStorage" : on ? "setRestoreFailedStorage" : "unsetRestoreFailedStorage"));
  if (!check) context().driver.SetRestoreFailed(on);
  pb::RestoreFailedStorageResponseProto response;
  response.set_result(context().driver.restore_failed());
  co_return response;
}

Task<Result<pb::FinalizeUpgradeResponseProto>> ClientClusterHandlers::FinalizeUpgrade(
    rpc::CallContext& call, const pb::FinalizeUpgradeRequestProto&) {
  CO_RETURN_IF_ERROR(RequireSuperuser(call, "finalizeUpgrade"));
  co_return pb::FinalizeUpgradeResponseProto();
}

Task<Result<pb::UpgradeStatusResponseProto>> ClientClusterHandlers::UpgradeStatus(rpc::CallContext&,
                                                                                  const pb::UpgradeStatusRequestProto&) {
  pb::UpgradeStatusResponseProto response;
  response.set_upgradefinalized(true);
  co_return response;
}

Task<Result<pb::RollingUpgradeResponseProto>> ClientClusterHandlers::RollingUpgrade(
    rpc::CallContext& call, const pb::RollingUpgradeRequestProto& request) {
  const pb::RollingUpgradeActionProto action = request.action();
  CO_RETURN_IF_ERROR(RequireSuperuser(call, action == pb::QUERY   ? "queryRollingUpgrade"
                                            : action == pb::START ? "startRollingUpgrade"
                                                                  : "finalizeRollingUpgrade"));
  if (action == pb::START) {
    co_return Status(Code::kUnsupported, "tusk's namenode does not do rolling upgrades");
  }
  co_return pb::RollingUpgradeResponseProto();  // none in progress
}

Task<Result<pb::SetBalancerBandwidthResponseProto>> ClientClusterHandlers::SetBalancerBandwidth(
    rpc::CallContext& call, const pb::SetBalancerBandwidthRequestProto& request) {
  CO_RETURN_IF_ERROR(RequireSuperuser(call, "setBalancerBandwidth"));
  if (hooks_.balancer_bandwidth) hooks_.balancer_bandwidth(request.bandwidth());
  co_return pb::SetBalancerBandwidthResponseProto();
}

Task<Result<pb::ListOpenFilesResponseProto>> ClientClusterHandlers::ListOpenFiles(
    rpc::CallContext& call, const pb::ListOpenFilesRequestProto& request) {
  CO_RETURN_IF_ERROR(RequireSuperuser(call, "listOpenFiles"));
  pb::ListOpenFilesResponseProto response;
  bool all = request.types().empty();
  for (int type : request.types()) all = all || type == pb::ALL_OPEN_FILES;
  if (!all) {  // those that hold back a decommissioning only: writers move on by themselves here
    response.set_hasmore(false);
    for (int type : request.types()) response.add_types(static_cast<pb::OpenFilesTypeProto>(type));
    co_return response;
  }
  std::vector<int64_t> files = ns().leases().FilesAfter(request.id(), kOpenFilesPerAnswer + 1);
  response.set_hasmore(files.size() > kOpenFilesPerAnswer);
  if (response.hasmore()) files.pop_back();
  for (int64_t id : files) {
    auto inode = ns().tree().ById(id);
    if (!inode.ok() || *inode == nullptr) continue;
    auto chain = ns().tree().ChainOf(*inode);
    if (!chain.ok() || chain->empty()) continue;
    std::string path;
    for (size_t i = 1; i < chain->size(); ++i) path += "/" + (*chain)[i]->name;
    if (!request.path().empty() && !path.starts_with(request.path())) continue;
    pb::OpenFilesBatchResponseProto& entry = *response.add_entries();
    entry.set_id(id);
    entry.set_path(path);
    entry.set_clientname((*inode)->client_name);
    entry.set_clientmachine((*inode)->client_machine);
  }
  for (int type : request.types()) response.add_types(static_cast<pb::OpenFilesTypeProto>(type));
  co_return response;
}

Task<Result<pb::MetaSaveResponseProto>> ClientClusterHandlers::MetaSave(rpc::CallContext& call,
                                                                        const pb::MetaSaveRequestProto& request) {
  CO_RETURN_IF_ERROR(RequireSuperuser(call, "metaSave"));
  if (request.filename().empty() || request.filename().find('/') != std::string::npos) {
    co_return Status(Code::kIOError, "metaSave writes a plain file name in the log folder, not " + request.filename());
  }
  const std::string path = JoinPath(hooks_.log_dir, request.filename());
  const Counters& counters = ns().counters();
  const std::string text = std::to_string(counters.inodes) + " files and directories, " +
                           std::to_string(counters.blocks) + " blocks = " +
                           std::to_string(counters.inodes + counters.blocks) + " total filesystem objects\n" +
                           blocks().DescribeQueues(context().env.clock.Now()) +
                           DescribeDatanodes(blocks().registry());
  Disk& disk = context().env.disk;
  Status written = co_await context().env.disk_pool.Run([&disk, &path, &text, this]() -> Status {
    RETURN_IF_ERROR(disk.MakeDirs(hooks_.log_dir, 0755));
    return disk.WriteFileAtomic(path, AsBytes(text));
  });
  CO_RETURN_IF_ERROR(written);
  co_return pb::MetaSaveResponseProto();
}

// ---- what a cluster without HA answers

Task<Result<pb::HAServiceStateResponseProto>> ClientClusterHandlers::GetHAServiceState(
    rpc::CallContext&, const pb::HAServiceStateRequestProto&) {
  co_return Status(Code::kServiceFailed, "HA for namenode is not enabled");
}

}  // namespace tusk::dfs
