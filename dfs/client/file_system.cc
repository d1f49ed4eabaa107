// What a filesystem without access control lists, extended attributes and storage policies answers: what Hadoop's local
// one does.
#include "dfs/client/file_system.h"

namespace tusk::dfs {
namespace {

Status Unsupported(const char* call) {
  return Status(Code::kUnsupported, std::string("RawLocalFileSystem doesn't support ") + call);
}

}  // namespace

Task<Status> FileSystem::ModifyAclEntries(std::string, std::vector<AclEntry>) { co_return Unsupported("modifyAclEntries"); }
Task<Status> FileSystem::RemoveAclEntries(std::string, std::vector<AclEntry>) { co_return Unsupported("removeAclEntries"); }
Task<Status> FileSystem::RemoveDefaultAcl(std::string) { co_return Unsupported("removeDefaultAcl"); }
Task<Status> FileSystem::RemoveAcl(std::string) { co_return Unsupported("removeAcl"); }
Task<Status> FileSystem::SetAcl(std::string, std::vector<AclEntry>) { co_return Unsupported("setAcl"); }
Task<Result<AclStatus>> FileSystem::GetAclStatus(std::string) { co_return Unsupported("getAclStatus"); }
Task<Status> FileSystem::SetXAttr(std::string, XAttr, uint32_t) { co_return Unsupported("setXAttr"); }
Task<Status> FileSystem::RemoveXAttr(std::string, XAttr) { co_return Unsupported("removeXAttr"); }
Task<Result<std::vector<XAttr>>> FileSystem::GetXAttrs(std::string, std::vector<XAttr>) {
  co_return Unsupported("getXAttrs");
}
Task<Result<std::vector<XAttr>>> FileSystem::ListXAttrs(std::string) { co_return Unsupported("listXAttrs"); }
Task<Status> FileSystem::SetStoragePolicy(std::string, std::string) { co_return Unsupported("setStoragePolicy"); }
Task<Status> FileSystem::UnsetStoragePolicy(std::string) { co_return Unsupported("unsetStoragePolicy"); }
Task<Status> FileSystem::SatisfyStoragePolicy(std::string) { co_return Unsupported("setStoragePolicy"); }
Task<Result<StoragePolicyInfo>> FileSystem::GetStoragePolicy(std::string) { co_return Unsupported("getStoragePolicy"); }
Task<Result<std::vector<StoragePolicyInfo>>> FileSystem::GetStoragePolicies() {
  co_return Unsupported("getAllStoragePolicies");
}

Task<Result<QuotaUsage>> FileSystem::GetQuotaUsage(std::string path) {
  auto summary = co_await GetContentSummary(std::move(path));
  if (!summary.ok()) co_return summary.status();
  co_return QuotaUsage{summary->file_count + summary->directory_count, summary->space_consumed, summary->quota,
                       summary->space_quota, summary->type_quotas};
}

Task<Result<std::string>> FileSystem::GetLinkTarget(std::string path) {
  auto status = co_await GetFileStatus(path);
  if (!status.ok()) co_return status.status();
  if (status->type == FileType::kSymlink) co_return status->symlink_target;
  co_return path;
}

Task<Status> FileSystem::CheckAccess(std::string path, uint8_t) {
  co_return (co_await GetFileStatus(std::move(path))).status();
}

}  // namespace tusk::dfs
