// The calls on access control lists; their rules are in dfs/namenode/permission/acl.h.
#include "dfs/namenode/namespace/acl_ops.h"

#include "dfs/namenode/permission/acl.h"

namespace tusk::dfs {
namespace {

Status CheckEnabled(const Namesystem& ns) {
  if (ns.limits().acls_enabled) return Status::Ok();
  return Status(Code::kAcl, "The ACL operation has been rejected.  Support for ACLs has been disabled by setting "
                            "dfs.namenode.acls.enabled to false.");
}

// The inode whose ACL is to change, for its owner or a superuser.
Result<InodeRef> TargetFor(Namesystem& ns, const Call& call, std::string_view what, const std::string& path_text,
                           std::string& full_path) {
  RETURN_IF_ERROR(CheckEnabled(ns));
  RETURN_IF_ERROR(ns.RefuseInSafeMode(std::string(what) + path_text, call.now));
  ASSIGN_OR_RETURN(ResolvedPath path, ns.Resolve(call, path_text, PathUse::kRead));
  RETURN_IF_ERROR(ns.CheckOwnerOfTarget(call, path));
  full_path = path.Path();
  if (!path.exists()) return Status(Code::kFileNotFound, "Directory/File does not exist " + full_path);
  return path.target();
}

Status Store(const InodeRef& target, const std::string& path, const Result<std::vector<AclEntry>>& acl, Edit& edit) {
  Inode changed = *target;
  Status stored = acl.ok() ? StoreAcl(*acl, path, changed) : acl.status();
  if (!stored.ok()) return Status(stored.code(), std::string(stored.message()) + " Path: " + path);
  if (changed.acl == target->acl && changed.mode == target->mode) return Status::Ok();
  edit.Change(target) = std::move(changed);
  return Status::Ok();
}

}  // namespace

Status ModifyAclEntries(Namesystem& ns, const Call& call, const std::string& path_text,
                        const std::vector<AclEntry>& entries, Edit& edit) {
  std::string path;
  ASSIGN_OR_RETURN(InodeRef target, TargetFor(ns, call, "modify ACL entries on ", path_text, path));
  return Store(target, path, MergeAcl(WholeAcl(*target), entries), edit);
}

Status RemoveAclEntries(Namesystem& ns, const Call& call, const std::string& path_text,
                        const std::vector<AclEntry>& entries, Edit& edit) {
  std::string path;
  ASSIGN_OR_RETURN(InodeRef target, TargetFor(ns, call, "remove ACL entries on ", path_text, path));
  return Store(target, path, WithoutAclEntries(WholeAcl(*target), entries), edit);
}

Status RemoveDefaultAcl(Namesystem& ns, const Call& call, const std::string& path_text, Edit& edit) {
  std::string path;
  ASSIGN_OR_RETURN(InodeRef target, TargetFor(ns, call, "remove default ACL entries on ", path_text, path));
  return Store(target, path, WithoutDefaultAcl(WholeAcl(*target)), edit);
}

Status RemoveAcl(Namesystem& ns, const Call& call, const std::string& path_text, Edit& edit) {
  std::string path;
  ASSIGN_OR_RETURN(InodeRef target, TargetFor(ns, call, "remove ACL on ", path_text, path));
  if (!target->acl.empty()) DropAcl(edit.Change(target));
  return Status::Ok();
}

Status SetAcl(Namesystem& ns, const Call& call, const std::string& path_text, const std::vector<AclEntry>& entries,
              Edit& edit) {
  std::string path;
  ASSIGN_OR_RETURN(InodeRef target, TargetFor(ns, call, "set ACL on ", path_text, path));
  if (entries.empty()) {
    if (!target->acl.empty()) DropAcl(edit.Change(target));
    return Status::Ok();
  }
  return Store(target, path, ReplaceAcl(WholeAcl(*target), entries), edit);
}

Result<AclStatus> GetAclStatus(const Namesystem& ns, const Call& call, const std::string& path_text) {
  RETURN_IF_ERROR(CheckEnabled(ns));
  ASSIGN_OR_RETURN(ResolvedPath path, ns.Resolve(call, path_text, PathUse::kRead));
  InodeRef inode = path.target();
  if (inode == nullptr) return Status(Code::kFileNotFound, "cannot find " + path.Path());
  return AclStatus{inode->owner, inode->group, (inode->mode & 01000) != 0, inode->mode, DecodeAcl(inode->acl)};
}

}  // namespace tusk::dfs
