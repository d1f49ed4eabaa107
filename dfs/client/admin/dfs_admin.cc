// Administrative calls of ClientProtocol.
#include "dfs/client/admin/dfs_admin.h"

#include "dfs/client/dfs_context.h"
#include "dfs/client/dfs_file_system.h"
#include "dfs/client/status_from_proto.h"
#include "dfs/proto/ClientNamenodeProtocol.pb.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs {
namespace {

namespace pb = hadoop::hdfs;

Status NotHdfs(const FileSystem& fs) {
  std::string uri = fs.uri() == "file:" ? "file:///" : fs.uri();
  return Status(Code::kInvalidArgument, "FileSystem " + uri + " is not an HDFS file system.");
}

DatanodeReport ReportOf(const pb::DatanodeInfoProto& node) {
  DatanodeReport report;
  report.address = TransferAddress(node.id());
  report.host_name = node.id().hostname();
  report.rack = node.location();
  report.upgrade_domain = node.upgradedomain();
  report.admin_state = static_cast<int>(node.adminstate());
  report.capacity = node.capacity();
  report.used = node.dfsused();
  report.remaining = node.remaining();
  uint64_t rest = node.capacity() - std::min(node.capacity(), node.dfsused() + node.remaining());
  report.non_dfs_used = node.has_nondfsused() ? node.nondfsused() : rest;
  report.cache_capacity = node.cachecapacity();
  report.cache_used = node.cacheused();
  report.xceivers = node.xceivercount();
  report.blocks = node.numblocks();
  report.last_contact_wall_ms = static_cast<int64_t>(node.lastupdate());
  report.last_block_report_wall_ms = static_cast<int64_t>(node.lastblockreporttime());
  return report;
}

}  // namespace

Task<Result<std::vector<DatanodeReport>>> ReportDatanodes(FileSystem& fs, DatanodeKind kind) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) co_return NotHdfs(fs);
  pb::GetDatanodeReportRequestProto request;
  request.set_type(static_cast<pb::DatanodeReportTypeProto>(kind));
  auto response = co_await context->namenode().GetDatanodeReport(std::move(request));
  if (!response.ok()) co_return response.status();
  std::vector<DatanodeReport> reports;
  for (const auto& node : response->di()) reports.push_back(ReportOf(node));
  co_return reports;
}

Task<Result<std::vector<DatanodeReport>>> ReportSlowDatanodes(FileSystem& fs) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) co_return NotHdfs(fs);
  auto response = co_await context->namenode().GetSlowDatanodeReport(pb::GetSlowDatanodeReportRequestProto());
  if (!response.ok()) co_return response.status();
  std::vector<DatanodeReport> reports;
  for (const auto& node : response->datanodeinfoproto()) reports.push_back(ReportOf(node));
  co_return reports;
}

Task<Result<BlockHealth>> ReplicatedBlockHealth(FileSystem& fs) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) co_return NotHdfs(fs);
  auto response = co_await context->namenode().GetFsReplicatedBlockStats(pb::GetFsReplicatedBlockStatsRequestProto());
  if (!response.ok()) co_return response.status();
  BlockHealth health;
  health.low_redundancy = response->low_redundancy();
  health.corrupt = response->corrupt_blocks();
  health.missing = response->missing_blocks();
  health.missing_replication_one = response->missing_repl_one_blocks();
  health.highest_priority = response->highest_prio_low_redundancy_blocks();
  health.pending_deletion = response->pending_deletion_blocks();
  co_return health;
}

Task<Result<BlockHealth>> ErasureCodedBlockHealth(FileSystem& fs) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) co_return NotHdfs(fs);
  auto response = co_await context->namenode().GetFsECBlockGroupStats(pb::GetFsECBlockGroupStatsRequestProto());
  if (!response.ok()) co_return response.status();
  BlockHealth health;
  health.low_redundancy = response->low_redundancy();
  health.corrupt = response->corrupt_blocks();
  health.missing = response->missing_blocks();
  health.highest_priority = response->highest_prio_low_redundancy_blocks();
  health.pending_deletion = response->pending_deletion_blocks();
  co_return health;
}

Task<Result<bool>> SetSafeMode(FileSystem& fs, SafeModeAction action) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) co_return NotHdfs(fs);
  pb::SetSafeModeRequestProto request;
  request.set_action(static_cast<pb::SafeModeActionProto>(action));
  request.set_checked(false);
  auto response = co_await context->namenode().SetSafeMode(std::move(request));
  if (!response.ok()) co_return response.status();
  co_return response->result();
}

Task<Status> SetQuota(FileSystem& fs, std::string path, int64_t names, int64_t bytes, int storage_type) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) co_return NotHdfs(fs);
  if ((names <= 0 && names != kQuotaNone) || bytes < kQuotaNone) {
    co_return Status(Code::kInvalidArgument,
                     "Invalid values for quota : " + std::to_string(names) + " and " + std::to_string(bytes));
  }
  pb::SetQuotaRequestProto request;
  request.set_path(path);
  request.set_namespacequota(static_cast<uint64_t>(names));
  request.set_storagespacequota(static_cast<uint64_t>(bytes));
  if (storage_type != 0) request.set_storagetype(static_cast<pb::StorageTypeProto>(storage_type));
  auto response = co_await context->namenode().SetQuota(std::move(request));
  co_return response.ok() ? Status::Ok() : response.status();
}

Task<Result<bool>> SaveNamespace(FileSystem& fs, uint64_t window_seconds, uint64_t transactions_max) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) co_return NotHdfs(fs);
  pb::SaveNamespaceRequestProto request;
  request.set_timewindow(window_seconds);
  request.set_txgap(transactions_max);
  auto response = co_await context->namenode().SaveNamespace(std::move(request));
  if (!response.ok()) co_return response.status();
  co_return response->saved();
}

Task<Status> RefreshNodes(FileSystem& fs) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) co_return NotHdfs(fs);
  auto response = co_await context->namenode().RefreshNodes(pb::RefreshNodesRequestProto());
  co_return response.ok() ? Status::Ok() : response.status();
}

Task<Result<uint64_t>> RollEdits(FileSystem& fs) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) co_return NotHdfs(fs);
  auto response = co_await context->namenode().RollEdits(pb::RollEditsRequestProto());
  if (!response.ok()) co_return response.status();
  co_return response->newsegmenttxid();
}

Task<Result<bool>> RestoreFailedStorage(FileSystem& fs, std::string action) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) co_return NotHdfs(fs);
  pb::RestoreFailedStorageRequestProto request;
  request.set_arg(action);
  auto response = co_await context->namenode().RestoreFailedStorage(std::move(request));
  if (!response.ok()) co_return response.status();
  co_return response->result();
}

Task<Status> FinalizeUpgrade(FileSystem& fs) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) co_return NotHdfs(fs);
  auto response = co_await context->namenode().FinalizeUpgrade(pb::FinalizeUpgradeRequestProto());
  co_return response.ok() ? Status::Ok() : response.status();
}

Task<Result<bool>> UpgradeFinalized(FileSystem& fs) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) co_return NotHdfs(fs);
  auto response = co_await context->namenode().UpgradeStatus(pb::UpgradeStatusRequestProto());
  if (!response.ok()) co_return response.status();
  co_return response->upgradefinalized();
}

Task<Result<std::optional<RollingUpgradeState>>> RollUpgrade(FileSystem& fs, RollingUpgradeAction action) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) co_return NotHdfs(fs);
  pb::RollingUpgradeRequestProto request;
  request.set_action(static_cast<pb::RollingUpgradeActionProto>(action));
  auto response = co_await context->namenode().RollingUpgrade(std::move(request));
  if (!response.ok()) co_return response.status();
  if (!response->has_rollingupgradeinfo()) co_return std::optional<RollingUpgradeState>();
  const auto& info = response->rollingupgradeinfo();
  RollingUpgradeState state;
  state.block_pool = info.status().blockpoolid();
  state.start_wall_ms = info.starttime();
  state.finalize_wall_ms = info.finalizetime();
  state.finalized = info.status().finalized() || info.finalizetime() != 0;
  state.created_rollback_images = info.createdrollbackimages();
  co_return std::optional<RollingUpgradeState>(std::move(state));
}

Task<Status> SaveMeta(FileSystem& fs, std::string file_name) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) co_return NotHdfs(fs);
  pb::MetaSaveRequestProto request;
  request.set_filename(file_name);
  auto response = co_await context->namenode().MetaSave(std::move(request));
  co_return response.ok() ? Status::Ok() : response.status();
}

Task<Status> SetBalancerBandwidth(FileSystem& fs, int64_t bytes_per_second) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) co_return NotHdfs(fs);
  pb::SetBalancerBandwidthRequestProto request;
  request.set_bandwidth(bytes_per_second);
  auto response = co_await context->namenode().SetBalancerBandwidth(std::move(request));
  co_return response.ok() ? Status::Ok() : response.status();
}

Task<Result<OpenFilesPage>> ListOpenFiles(FileSystem& fs, int64_t after_id, bool blocking_decommission,
                                          std::string path) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) co_return NotHdfs(fs);
  pb::ListOpenFilesRequestProto request;
  request.set_id(after_id);
  request.add_types(blocking_decommission ? pb::BLOCKING_DECOMMISSION : pb::ALL_OPEN_FILES);
  request.set_path(path);
  auto response = co_await context->namenode().ListOpenFiles(std::move(request));
  if (!response.ok()) co_return response.status();
  OpenFilesPage page;
  page.more = response->hasmore();
  for (const auto& entry : response->entries()) {
    page.files.push_back(OpenFile{entry.id(), entry.path(), entry.clientname(), entry.clientmachine()});
  }
  co_return page;
}

Task<Status> AllowSnapshot(FileSystem& fs, std::string path) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) co_return NotHdfs(fs);
  pb::AllowSnapshotRequestProto request;
  request.set_snapshotroot(path);
  auto response = co_await context->namenode().AllowSnapshot(std::move(request));
  co_return response.ok() ? Status::Ok() : response.status();
}

Task<Status> DisallowSnapshot(FileSystem& fs, std::string path) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) co_return NotHdfs(fs);
  pb::DisallowSnapshotRequestProto request;
  request.set_snapshotroot(path);
  auto response = co_await context->namenode().DisallowSnapshot(std::move(request));
  co_return response.ok() ? Status::Ok() : response.status();
}

Task<Result<std::string>> CreateSnapshot(FileSystem& fs, std::string path, std::string name) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) co_return NotHdfs(fs);
  pb::CreateSnapshotRequestProto request;
  request.set_snapshotroot(path);
  if (!name.empty()) request.set_snapshotname(name);
  auto response = co_await context->namenode().CreateSnapshot(std::move(request));
  if (!response.ok()) co_return response.status();
  co_return response->snapshotpath();
}

Task<Status> RenameSnapshot(FileSystem& fs, std::string path, std::string from, std::string to) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) co_return NotHdfs(fs);
  pb::RenameSnapshotRequestProto request;
  request.set_snapshotroot(path);
  request.set_snapshotoldname(from);
  request.set_snapshotnewname(to);
  auto response = co_await context->namenode().RenameSnapshot(std::move(request));
  co_return response.ok() ? Status::Ok() : response.status();
}

Task<Result<std::vector<SnapshottableFolder>>> ListSnapshottable(FileSystem& fs) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) co_return NotHdfs(fs);
  auto response =
      co_await context->namenode().GetSnapshottableDirListing(pb::GetSnapshottableDirListingRequestProto());
  if (!response.ok()) co_return response.status();
  std::vector<SnapshottableFolder> folders;
  for (const auto& one : response->snapshottabledirlist().snapshottabledirlisting()) {
    std::string parent = one.parent_fullpath();
    std::string path = (parent == "/" ? "" : parent) + "/" + one.dirstatus().path();
    folders.push_back(SnapshottableFolder{StatusFromProto(one.dirstatus(), std::move(path)), one.snapshot_number(), one.snapshot_quota()});
  }
  co_return folders;
}

Task<Status> DeleteSnapshot(FileSystem& fs, std::string path, std::string name) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) co_return NotHdfs(fs);
  pb::DeleteSnapshotRequestProto request;
  request.set_snapshotroot(path);
  request.set_snapshotname(name);
  auto response = co_await context->namenode().DeleteSnapshot(std::move(request));
  co_return response.ok() ? Status::Ok() : response.status();
}

Task<Result<bool>> RecoverLease(FileSystem& fs, std::string path) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) co_return NotHdfs(fs);
  pb::RecoverLeaseRequestProto request;
  request.set_src(path);
  request.set_clientname(context->client_name());
  auto response = co_await context->namenode().RecoverLease(std::move(request));
  if (!response.ok()) co_return response.status();
  co_return response->result();
}

}  // namespace tusk::dfs
