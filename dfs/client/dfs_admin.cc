// Administrative calls of ClientProtocol.
#include "dfs/client/dfs_admin.h"

#include "dfs/client/dfs_context.h"
#include "dfs/client/dfs_file_system.h"
#include "dfs/proto/ClientNamenodeProtocol.pb.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs {
namespace {

namespace pb = hadoop::hdfs;

Status NotHdfs(const FileSystem& fs) {
  std::string uri = fs.uri() == "file:" ? "file:///" : fs.uri();
  return Status(Code::kInvalidArgument, "FileSystem " + uri + " is not an HDFS file system.");
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
  for (const auto& node : response->di()) {
    DatanodeReport report;
    report.address = TransferAddress(node.id());
    report.host_name = node.id().hostname();
    report.rack = node.location();
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
    reports.push_back(std::move(report));
  }
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

Task<Status> SaveNamespace(FileSystem& fs) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) co_return NotHdfs(fs);
  auto response = co_await context->namenode().SaveNamespace(pb::SaveNamespaceRequestProto());
  co_return response.ok() ? Status::Ok() : response.status();
}

Task<Status> RefreshNodes(FileSystem& fs) {
  DfsContext* context = ContextOf(fs);
  if (context == nullptr) co_return NotHdfs(fs);
  auto response = co_await context->namenode().RefreshNodes(pb::RefreshNodesRequestProto());
  co_return response.ok() ? Status::Ok() : response.status();
}

}  // namespace tusk::dfs
