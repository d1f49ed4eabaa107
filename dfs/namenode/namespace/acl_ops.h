// Operations on access control lists. Each checks everything first and then fills `edit`.
#pragma once

#include <string>
#include <vector>

#include "dfs/common/acl.h"
#include "dfs/namenode/namespace/namesystem.h"

namespace tusk::dfs {

Status ModifyAclEntries(Namesystem& ns, const Call& call, const std::string& path, const std::vector<AclEntry>& entries,
                        Edit& edit);
Status RemoveAclEntries(Namesystem& ns, const Call& call, const std::string& path, const std::vector<AclEntry>& entries,
                        Edit& edit);
Status RemoveDefaultAcl(Namesystem& ns, const Call& call, const std::string& path, Edit& edit);
Status RemoveAcl(Namesystem& ns, const Call& call, const std::string& path, Edit& edit);
// An empty list removes the ACL.
Status SetAcl(Namesystem& ns, const Call& call, const std::string& path, const std::vector<AclEntry>& entries, Edit& edit);
Result<AclStatus> GetAclStatus(const Namesystem& ns, const Call& call, const std::string& path);

}  // namespace tusk::dfs
