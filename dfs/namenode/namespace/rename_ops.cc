// rename and rename2.
#include "dfs/namenode/namespace/directory_ops.h"

namespace tusk::dfs {
namespace {

bool IsBelow(const std::string& path, const std::string& ancestor) {
  return path.size() > ancestor.size() && path.starts_with(ancestor) &&
         (ancestor == "/" || path[ancestor.size()] == '/');
}

// Both parents lose or gain a child, the inode gets its new place; the same directory may be both parents.
void Move(const Call& call, const ResolvedPath& source, const InodeRef& new_parent, const std::string& new_name,
          Edit& edit) {
  Inode& old_parent = edit.Change(source.parent());
  --old_parent.child_count;
  old_parent.mtime_ms = call.now_ms;
  Inode& parent = edit.Change(new_parent);
  ++parent.child_count;
  parent.mtime_ms = call.now_ms;
  Inode& moved = edit.Change(source.target());
  moved.parent = new_parent->id;
  moved.name = new_name;
}

Status CheckRenamePermissions(Namesystem& ns, const Call& call, const ResolvedPath& source, const ResolvedPath& target) {
  RETURN_IF_ERROR(ns.CheckParent(call, source, kWriteAccess));
  return ns.CheckAncestor(call, target, kWriteAccess);
}

Status CheckTargetName(Namesystem& ns, const ResolvedPath& source, const ResolvedPath& target) {
  InodeRef parent = target.parent();
  Inode counted = *parent;
  bool same_count = source.parent()->id == parent->id || target.exists();
  if (same_count && counted.child_count > 0) --counted.child_count;
  return ns.CheckNewName(counted, target.names.back(), target.ParentPath());
}

}  // namespace

Result<bool> Rename(Namesystem& ns, const Call& call, const std::string& source_path, const std::string& target_path,
                    Edit& edit) {
  RETURN_IF_ERROR(ns.RefuseInSafeMode("rename " + source_path, call.now));
  RETURN_IF_ERROR(CheckCreatable(target_path));
  ASSIGN_OR_RETURN(ResolvedPath source, ns.Resolve(call, source_path, PathUse::kRead));
  ASSIGN_OR_RETURN(ResolvedPath target, ns.Resolve(call, target_path, PathUse::kCreate));
  if (InodeRef into = target.target(); into != nullptr && into->is_directory() && !source.is_root()) {
    RETURN_IF_ERROR(ns.CheckTarget(call, target, kExecuteAccess));
    ASSIGN_OR_RETURN(InodeRef inside, ns.tree().Child(into->id, source.names.back()));
    target.names.push_back(source.names.back());
    if (inside != nullptr) target.inodes.push_back(inside);
  }
  RETURN_IF_ERROR(CheckRenamePermissions(ns, call, source, target));
  if (source.target() == nullptr || source.is_root()) return false;
  if (source.names == target.names) return true;
  if (IsBelow(target.Path(), source.Path())) return false;
  if (target.exists()) return false;
  InodeRef parent = target.parent();
  if (parent == nullptr || !parent->is_directory()) return false;
  RETURN_IF_ERROR(CheckTargetName(ns, source, target));
  RETURN_IF_ERROR(ns.CheckQuotaOfMove(source, target));
  Move(call, source, parent, target.names.back(), edit);
  return true;
}

namespace {

Status CheckOverwrite(const ResolvedPath& source, const ResolvedPath& target, bool overwrite) {
  const InodeRef from = source.target();
  const InodeRef onto = target.target();
  if (onto->is_directory() != from->is_directory()) {
    return Status(Code::kIOError, "Source " + source.Path() + " and destination " + target.Path() +
                                      " must both be directories");
  }
  if (!overwrite) {
    return Status(Code::kFileAlreadyExists, "rename destination " + target.Path() + " already exists");
  }
  if (onto->is_directory() && onto->child_count > 0) {
    return Status(Code::kIOError, "rename destination directory is not empty: " + target.Path());
  }
  return Status::Ok();
}

}  // namespace

Status Rename2(Namesystem& ns, const Call& call, const std::string& source_path, const std::string& target_path,
               bool overwrite, Edit& edit) {
  RETURN_IF_ERROR(ns.RefuseInSafeMode("rename " + source_path, call.now));
  RETURN_IF_ERROR(CheckCreatable(target_path));
  ASSIGN_OR_RETURN(ResolvedPath source, ns.Resolve(call, source_path, PathUse::kRead));
  ASSIGN_OR_RETURN(ResolvedPath target, ns.Resolve(call, target_path, PathUse::kCreate));
  RETURN_IF_ERROR(CheckRenamePermissions(ns, call, source, target));
  if (source.target() == nullptr) {
    return Status(Code::kFileNotFound, "rename source " + source.Path() + " is not found.");
  }
  if (source.is_root()) return Status(Code::kIOError, "rename source cannot be the root");
  if (source.names == target.names) {
    return Status(Code::kFileAlreadyExists,
                  "The source " + source.Path() + " and destination " + target.Path() + " are the same");
  }
  if (IsBelow(target.Path(), source.Path())) {
    return Status(Code::kIOError, "Rename destination " + target.Path() + " is a directory or file under source " +
                                      source.Path());
  }
  if (target.is_root()) return Status(Code::kIOError, "rename destination cannot be the root");
  if (target.exists()) RETURN_IF_ERROR(CheckOverwrite(source, target, overwrite));
  InodeRef parent = target.parent();
  if (parent == nullptr) {
    return Status(Code::kFileNotFound, "rename destination parent " + target.Path() + " not found.");
  }
  if (!parent->is_directory()) {
    return Status(Code::kParentNotDirectory, "rename destination parent " + target.Path() + " is a file.");
  }
  RETURN_IF_ERROR(CheckTargetName(ns, source, target));
  RETURN_IF_ERROR(ns.CheckQuotaOfMove(source, target));
  if (target.exists()) RETURN_IF_ERROR(RemoveTarget(ns, call, target, edit));
  Move(call, source, parent, target.names.back(), edit);
  return Status::Ok();
}

}  // namespace tusk::dfs
