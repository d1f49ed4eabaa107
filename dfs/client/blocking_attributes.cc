// BlockingFileSystem's calls on access control lists, extended attributes, policies and quotas.
#include "base/async/loop_thread.h"
#include "dfs/client/blocking_file_system.h"

namespace tusk::dfs {

Status BlockingFileSystem::ModifyAclEntries(const std::string& path, const std::vector<AclEntry>& entries) const {
  return thread_->Run(fs_->ModifyAclEntries(path, entries));
}
Status BlockingFileSystem::RemoveAclEntries(const std::string& path, const std::vector<AclEntry>& entries) const {
  return thread_->Run(fs_->RemoveAclEntries(path, entries));
}
Status BlockingFileSystem::RemoveDefaultAcl(const std::string& path) const {
  return thread_->Run(fs_->RemoveDefaultAcl(path));
}
Status BlockingFileSystem::RemoveAcl(const std::string& path) const {
  return thread_->Run(fs_->RemoveAcl(path));
}
Status BlockingFileSystem::SetAcl(const std::string& path, const std::vector<AclEntry>& entries) const {
  return thread_->Run(fs_->SetAcl(path, entries));
}
Result<AclStatus> BlockingFileSystem::GetAclStatus(const std::string& path) const {
  return thread_->Run(fs_->GetAclStatus(path));
}
Status BlockingFileSystem::SetXAttr(const std::string& path, const XAttr& attribute, uint32_t flags) const {
  return thread_->Run(fs_->SetXAttr(path, attribute, flags));
}
Status BlockingFileSystem::RemoveXAttr(const std::string& path, const XAttr& attribute) const {
  return thread_->Run(fs_->RemoveXAttr(path, attribute));
}
Result<std::vector<XAttr>> BlockingFileSystem::GetXAttrs(const std::string& path, const std::vector<XAttr>& wanted) const {
  return thread_->Run(fs_->GetXAttrs(path, wanted));
}
Result<std::vector<XAttr>> BlockingFileSystem::ListXAttrs(const std::string& path) const {
  return thread_->Run(fs_->ListXAttrs(path));
}
Status BlockingFileSystem::SetStoragePolicy(const std::string& path, const std::string& policy) const {
  return thread_->Run(fs_->SetStoragePolicy(path, policy));
}
Status BlockingFileSystem::UnsetStoragePolicy(const std::string& path) const {
  return thread_->Run(fs_->UnsetStoragePolicy(path));
}
Status BlockingFileSystem::SatisfyStoragePolicy(const std::string& path) const {
  return thread_->Run(fs_->SatisfyStoragePolicy(path));
}
Result<StoragePolicyInfo> BlockingFileSystem::GetStoragePolicy(const std::string& path) const {
  return thread_->Run(fs_->GetStoragePolicy(path));
}
Result<std::vector<StoragePolicyInfo>> BlockingFileSystem::GetStoragePolicies() const {
  return thread_->Run(fs_->GetStoragePolicies());
}
Result<QuotaUsage> BlockingFileSystem::GetQuotaUsage(const std::string& path) const {
  return thread_->Run(fs_->GetQuotaUsage(path));
}
Result<std::string> BlockingFileSystem::GetLinkTarget(const std::string& path) const {
  return thread_->Run(fs_->GetLinkTarget(path));
}
Status BlockingFileSystem::CheckAccess(const std::string& path, uint8_t access) const {
  return thread_->Run(fs_->CheckAccess(path, access));
}

}  // namespace tusk::dfs
