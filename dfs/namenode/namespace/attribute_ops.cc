// setPermission, setOwner, setTimes, setReplication, setQuota, setStoragePolicy.
#include "dfs/namenode/namespace/attribute_ops.h"

#include "dfs/namenode/namespace/file_ops.h"

namespace tusk::dfs {
namespace {

constexpr uint16_t kModeBits = 01777;

Result<InodeRef> TargetOf(const ResolvedPath& path, const std::string& missing_text) {
  InodeRef target = path.target();
  if (target == nullptr) return Status(Code::kFileNotFound, missing_text);
  return target;
}

}  // namespace

Status SetPermission(Namesystem& ns, const Call& call, const std::string& path_text, uint16_t mode, Edit& edit) {
  RETURN_IF_ERROR(ns.RefuseInSafeMode("set permission for " + path_text, call.now));
  ASSIGN_OR_RETURN(ResolvedPath path, ns.Resolve(call, path_text, PathUse::kRead));
  RETURN_IF_ERROR(ns.CheckOwnerOfTarget(call, path));
  ASSIGN_OR_RETURN(InodeRef target, TargetOf(path, "Directory/File does not exist " + path.Path()));
  if (target->mode == (mode & kModeBits)) return Status::Ok();
  edit.Change(target).mode = mode & kModeBits;
  return Status::Ok();
}

Status SetOwner(Namesystem& ns, const Call& call, const std::string& path_text, const std::string& owner,
                const std::string& group, Edit& edit) {
  RETURN_IF_ERROR(ns.RefuseInSafeMode("set owner for " + path_text, call.now));
  ASSIGN_OR_RETURN(ResolvedPath path, ns.Resolve(call, path_text, PathUse::kRead));
  RETURN_IF_ERROR(ns.CheckOwnerOfTarget(call, path));
  ASSIGN_OR_RETURN(InodeRef target, TargetOf(path, "Directory/File does not exist " + path.Path()));
  if (ns.ChecksPermissions(call)) {
    if (!owner.empty() && owner != call.caller.user) {
      return Status(Code::kAccessControl, "User " + call.caller.user +
                                              " is not a super user (non-super user cannot change owner).");
    }
    if (!group.empty() && !call.caller.InGroup(group)) {
      return Status(Code::kAccessControl, "User " + call.caller.user + " does not belong to " + group);
    }
  }
  Inode& changed = edit.Change(target);
  if (!owner.empty()) changed.owner = owner;
  if (!group.empty()) changed.group = group;
  return Status::Ok();
}

Status SetTimes(Namesystem& ns, const Call& call, const std::string& path_text, int64_t mtime_ms, int64_t atime_ms,
                Edit& edit) {
  RETURN_IF_ERROR(ns.RefuseInSafeMode("set times " + path_text, call.now));
  ASSIGN_OR_RETURN(ResolvedPath path, ns.Resolve(call, path_text, PathUse::kRead));
  RETURN_IF_ERROR(ns.CheckTarget(call, path, kWriteAccess));
  ASSIGN_OR_RETURN(InodeRef target, TargetOf(path, "File/Directory " + path.Path() + " does not exist."));
  Inode& changed = edit.Change(target);
  if (mtime_ms >= 0) changed.mtime_ms = mtime_ms;  // any negative one: keep
  if (atime_ms >= 0) changed.atime_ms = atime_ms;
  return Status::Ok();
}

Result<bool> SetReplication(Namesystem& ns, const Call& call, const std::string& path_text, uint32_t replication,
                            Edit& edit) {
  RETURN_IF_ERROR(CheckReplication(ns, path_text, replication, ""));
  RETURN_IF_ERROR(ns.RefuseInSafeMode("set replication for " + path_text, call.now));
  ASSIGN_OR_RETURN(ResolvedPath path, ns.Resolve(call, path_text, PathUse::kRead));
  RETURN_IF_ERROR(ns.CheckTarget(call, path, kWriteAccess));
  InodeRef target = path.target();
  if (target == nullptr || !target->is_file()) return false;
  RETURN_IF_ERROR(ns.CheckQuotaOfFile(target, target->Length(), target->replication, replication));
  if (target->replication != replication) edit.Change(target).replication = static_cast<uint16_t>(replication);
  return true;
}

namespace {

std::string_view QuotaCommand(int64_t names, int64_t space) {
  if (names == kQuotaNone && space == kQuotaKeep) return "clearQuota";
  if (names == kQuotaKeep && space == kQuotaNone) return "clearSpaceQuota";
  return space == kQuotaKeep ? "setQuota" : "setSpaceQuota";
}

}  // namespace

Status SetQuota(Namesystem& ns, const Call& call, const std::string& path_text, int64_t names, int64_t space, int type,
                Edit& edit) {
  RETURN_IF_ERROR(CheckSuperuser(call.caller, QuotaCommand(names, space)));
  RETURN_IF_ERROR(ns.RefuseInSafeMode("set quota on " + path_text, call.now));
  ASSIGN_OR_RETURN(ResolvedPath path, ns.Resolve(call, path_text, PathUse::kRead));
  if (names < kQuotaNone || space < kQuotaNone) {
    return Status(Code::kInvalidArgument, "Illegal value for nsQuota or ssQuota : " + std::to_string(names) + " and " +
                                              std::to_string(space));
  }
  if (type != 0 && names != kQuotaKeep) {
    return UnsupportedAction("Failed to set quota by storage type because eitherdfs.quota.by.storage.type.enabled is set "
                             "to true or nsQuota value is illegal " + std::to_string(names));
  }
  ASSIGN_OR_RETURN(InodeRef target, TargetOf(path, "Directory does not exist: " + path_text));
  if (!target->is_directory()) {
    return Status::FromJava("org.apache.hadoop.fs.PathIsNotDirectoryException", "`" + path_text + "': Is not a directory");
  }
  if (path.is_root() && names == kQuotaNone) names = kNamespaceQuotaMax;
  Inode& changed = edit.Change(target);
  if (type != 0) {
    std::erase_if(changed.type_quotas, [type](const StorageTypeQuota& quota) { return quota.type == type; });
    if (space != kQuotaNone && space != kQuotaKeep) changed.type_quotas.push_back({static_cast<uint8_t>(type), space});
    return Status::Ok();
  }
  if (names != kQuotaKeep) changed.namespace_quota = names;
  if (space != kQuotaKeep) changed.space_quota = space;
  return Status::Ok();
}

Status UnsupportedAction(std::string text) {
  return Status::FromJava("org.apache.hadoop.hdfs.server.namenode.UnsupportedActionException", std::move(text));
}

namespace {

Status CheckPolicyOfFile(const Inode& file, const StoragePolicy& policy) {
  if (policy.only_at_creation) {
    return Status(Code::kHadoopIllegalArgument, "Policy " + Describe(policy) + " cannot be set after file creation.");
  }
  const StoragePolicy* current = FindStoragePolicy(file.storage_policy);
  if (current != nullptr && current->only_at_creation) {
    return Status(Code::kHadoopIllegalArgument,
                  "Existing policy " + std::string(current->name) + " cannot be changed after file creation.");
  }
  return Status::Ok();
}

}  // namespace

Status SetStoragePolicy(Namesystem& ns, const Call& call, const std::string& path_text, const std::string& policy_name,
                        Edit& edit) {
  RETURN_IF_ERROR(ns.RefuseInSafeMode("set storage policy for " + path_text, call.now));
  const StoragePolicy* policy = FindStoragePolicy(policy_name);
  if (policy == nullptr) {
    return Status(Code::kHadoopIllegalArgument, "Cannot find a block policy with the name " + policy_name);
  }
  ASSIGN_OR_RETURN(ResolvedPath path, ns.Resolve(call, path_text, PathUse::kRead));
  RETURN_IF_ERROR(ns.CheckTarget(call, path, kWriteAccess));
  ASSIGN_OR_RETURN(InodeRef target, TargetOf(path, "File/Directory does not exist: " + path.Path()));
  if (target->is_file()) RETURN_IF_ERROR(CheckPolicyOfFile(*target, *policy));
  if (target->storage_policy != policy->id) edit.Change(target).storage_policy = policy->id;
  return Status::Ok();
}

Status UnsetStoragePolicy(Namesystem& ns, const Call& call, const std::string& path_text, Edit& edit) {
  RETURN_IF_ERROR(ns.RefuseInSafeMode("unset storage policy for " + path_text, call.now));
  ASSIGN_OR_RETURN(ResolvedPath path, ns.Resolve(call, path_text, PathUse::kRead));
  RETURN_IF_ERROR(ns.CheckTarget(call, path, kWriteAccess));
  ASSIGN_OR_RETURN(InodeRef target, TargetOf(path, "File/Directory does not exist: " + path.Path()));
  if (target->is_file()) RETURN_IF_ERROR(CheckPolicyOfFile(*target, *FindStoragePolicy(kDefaultStoragePolicy)));
  if (target->storage_policy != 0) edit.Change(target).storage_policy = 0;
  return Status::Ok();
}

}  // namespace tusk::dfs
