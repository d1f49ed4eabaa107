// Operations on attributes of one inode. Each checks everything first and then fills `edit`.
#pragma once

#include <optional>
#include <string>

#include "dfs/namenode/namespace/namesystem.h"

namespace tusk::dfs {

Status SetPermission(Namesystem& ns, const Call& call, const std::string& path, uint16_t mode, Edit& edit);
// An empty name leaves that one as it is.
Status SetOwner(Namesystem& ns, const Call& call, const std::string& path, const std::string& owner,
                const std::string& group, Edit& edit);
// -1 leaves a time as it is.
Status SetTimes(Namesystem& ns, const Call& call, const std::string& path, int64_t mtime_ms, int64_t atime_ms, Edit& edit);
// False where `path` is no file.
Result<bool> SetReplication(Namesystem& ns, const Call& call, const std::string& path, uint32_t replication, Edit& edit);
// -1 clears a quota; kQuotaKeep leaves it as it is.
inline constexpr int64_t kQuotaKeep = INT64_MAX;
// `type` 0: of all storage, else that of one storage type's replicas (`names` must be kept then).
Status SetQuota(Namesystem& ns, const Call& call, const std::string& path, int64_t names, int64_t space, int type,
                Edit& edit);
Status SetStoragePolicy(Namesystem& ns, const Call& call, const std::string& path, const std::string& policy, Edit& edit);
Status UnsetStoragePolicy(Namesystem& ns, const Call& call, const std::string& path, Edit& edit);
// What Hadoop answers to actions that its configuration forbids.
Status UnsupportedAction(std::string text);

}  // namespace tusk::dfs
