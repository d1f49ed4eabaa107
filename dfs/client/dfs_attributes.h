// ClientProtocol's calls on access control lists, extended attributes, storage policies and quotas, for DfsFileSystem.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dfs/client/file_system.h"

namespace tusk::dfs {

class DfsContext;
using SharedContext = std::shared_ptr<DfsContext>;

Task<Status> ModifyAclEntries(SharedContext context, std::string path, std::vector<AclEntry> entries);
Task<Status> RemoveAclEntries(SharedContext context, std::string path, std::vector<AclEntry> entries);
Task<Status> RemoveDefaultAcl(SharedContext context, std::string path);
Task<Status> RemoveAcl(SharedContext context, std::string path);
Task<Status> SetAcl(SharedContext context, std::string path, std::vector<AclEntry> entries);
Task<Result<AclStatus>> GetAclStatus(SharedContext context, std::string path);
Task<Status> SetXAttr(SharedContext context, std::string path, XAttr attribute, uint32_t flags);
Task<Status> RemoveXAttr(SharedContext context, std::string path, XAttr attribute);
Task<Result<std::vector<XAttr>>> GetXAttrs(SharedContext context, std::string path, std::vector<XAttr> wanted);
Task<Result<std::vector<XAttr>>> ListXAttrs(SharedContext context, std::string path);
Task<Status> SetStoragePolicy(SharedContext context, std::string path, std::string policy);
Task<Status> UnsetStoragePolicy(SharedContext context, std::string path);
Task<Status> SatisfyStoragePolicy(SharedContext context, std::string path);
Task<Result<StoragePolicyInfo>> GetStoragePolicy(SharedContext context, std::string path);
Task<Result<std::vector<StoragePolicyInfo>>> GetStoragePolicies(SharedContext context);
Task<Result<QuotaUsage>> GetQuotaUsage(SharedContext context, std::string path);
Task<Result<std::string>> GetLinkTarget(SharedContext context, std::string path);
Task<Status> CheckAccess(SharedContext context, std::string path, uint8_t access);

}  // namespace tusk::dfs
