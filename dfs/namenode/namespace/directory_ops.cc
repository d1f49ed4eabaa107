// mkdirs and delete.
#include "dfs/namenode/namespace/directory_ops.h"

#include "dfs/namenode/namespace/keys.h"
#include "dfs/namenode/permission/acl.h"

namespace tusk::dfs {
namespace {

constexpr uint16_t kOwnerWriteExecute = 0300;
constexpr size_t kRemovedAtOnceMax = 64;  // inodes below a deleted directory; more are left to DeleteSlice

Inode NewDirectory(Edit& edit, const Call& call, const Inode& parent, const std::string& name, uint16_t mode,
                   std::optional<uint16_t> unmasked) {
  Inode directory;
  directory.id = edit.NewInodeId();
  directory.parent = parent.id;
  directory.name = name;
  directory.mode = mode;
  directory.owner = call.caller.user;
  directory.group = parent.group;
  directory.mtime_ms = call.now_ms;
  InheritAcl(parent, unmasked, directory);
  return directory;
}

}  // namespace

Status CheckParentExists(const ResolvedPath& path) {
  if (path.is_root()) return Status::Ok();
  InodeRef parent = path.parent();
  if (parent == nullptr) return Status(Code::kFileNotFound, "Parent directory doesn't exist: " + path.ParentPath());
  if (!parent->is_directory()) return Status(Code::kParentNotDirectory, path.ParentPath() + " (is not a directory)");
  return Status::Ok();
}

Result<Inode*> AddAncestors(Namesystem& ns, const Call& call, const ResolvedPath& path, uint16_t mode,
                            std::optional<uint16_t> unmasked, Edit& edit) {
  // Checked before anything changes: the first new name meets a directory that may be full, the others only lengths.
  const InodeRef& deepest = path.inodes.back();
  size_t first_missing = path.inodes.size() - 1;
  RETURN_IF_ERROR(ns.CheckNewName(*deepest, path.names[first_missing], path.PathOf(first_missing)));
  Inode empty;
  for (size_t i = first_missing + 1; i < path.names.size(); ++i) {
    RETURN_IF_ERROR(ns.CheckNewName(empty, path.names[i], path.PathOf(i)));
  }
  RETURN_IF_ERROR(ns.CheckQuota(path, {static_cast<int64_t>(path.names.size() - first_missing), 0, {}}));
  Inode* parent = &edit.Change(deepest);
  for (size_t i = first_missing; i < path.names.size(); ++i) {
    ++parent->child_count;
    parent->mtime_ms = call.now_ms;
    if (i + 1 == path.names.size()) break;
    parent = &edit.Add(NewDirectory(edit, call, *parent, path.names[i], mode, unmasked));
  }
  return parent;
}

Result<bool> Mkdirs(Namesystem& ns, const Call& call, const std::string& path, uint16_t mode, bool create_parent,
                    Edit& edit, std::optional<uint16_t> unmasked) {
  RETURN_IF_ERROR(ns.RefuseInSafeMode("create directory " + path, call.now));
  if (path.empty()) return Status(Code::kInvalidArgument, "Can not create a Path from an empty string");
  RETURN_IF_ERROR(CheckCreatable(path));
  ASSIGN_OR_RETURN(ResolvedPath resolved, ns.Resolve(call, path, PathUse::kCreate));
  if (InodeRef target = resolved.target()) {
    if (!target->is_directory()) return Status(Code::kFileAlreadyExists, "Path is not a directory: " + path);
    return true;
  }
  RETURN_IF_ERROR(ns.CheckAncestor(call, resolved, kWriteAccess));
  if (!create_parent) RETURN_IF_ERROR(CheckParentExists(resolved));
  if (!ns.limits().posix_acl_inheritance) unmasked.reset();
  ASSIGN_OR_RETURN(Inode* parent, AddAncestors(ns, call, resolved, mode | kOwnerWriteExecute, unmasked, edit));
  edit.Add(NewDirectory(edit, call, *parent, resolved.names.back(), mode, unmasked));
  return true;
}

namespace {

// Access ALL on every non-empty directory at and below `directory`.
Status CheckSubtree(Namesystem& ns, const Call& call, const Inode& directory, const std::string& path) {
  std::vector<std::pair<Inode, std::string>> waiting{{directory, path}};
  while (!waiting.empty()) {
    auto [at, at_path] = std::move(waiting.back());
    waiting.pop_back();
    if (at.child_count == 0) continue;
    RETURN_IF_ERROR(CheckAccess(call.caller, at, at_path, kAllAccess));
    RETURN_IF_ERROR(ns.tree().ScanChildren(at.id, "", [&](const Inode& child) {
      if (child.is_directory()) waiting.emplace_back(child, at_path == "/" ? "/" + child.name : at_path + "/" + child.name);
      return true;
    }));
  }
  return Status::Ok();
}

}  // namespace

namespace {

// All inodes below `top`, if they are no more than `count_max`.
Result<std::optional<std::vector<InodeRef>>> SmallSubtree(Namesystem& ns, const InodeRef& top, size_t count_max) {
  std::vector<InodeRef> found;
  bool small = true;
  std::vector<InodeId> waiting{top->id};
  while (small && !waiting.empty()) {
    InodeId at = waiting.back();
    waiting.pop_back();
    RETURN_IF_ERROR(ns.tree().ScanChildren(at, "", [&](const Inode& child) {
      small = found.size() < count_max;
      if (!small) return false;
      found.push_back(std::make_shared<const Inode>(child));
      if (child.is_directory() && child.child_count > 0) waiting.push_back(child.id);
      return true;
    }));
  }
  if (!small) return std::optional<std::vector<InodeRef>>();
  return std::optional<std::vector<InodeRef>>(std::move(found));
}

}  // namespace

Status RemoveTarget(Namesystem& ns, const Call& call, const ResolvedPath& path, Edit& edit) {
  InodeRef target = path.target();
  bool has_children = target->is_directory() && target->child_count > 0;
  std::optional<std::vector<InodeRef>> below;
  if (has_children) {
    ASSIGN_OR_RETURN(below, SmallSubtree(ns, target, kRemovedAtOnceMax));
  }
  Inode& parent = edit.Change(path.parent());
  --parent.child_count;
  parent.mtime_ms = call.now_ms;
  if (below) {
    for (const InodeRef& inode : *below) edit.Remove(inode);
  }
  if (has_children && !below) {
    Inode& removed = edit.Change(target);
    removed.parent = kDeletedParentId;
    removed.name = std::to_string(target->id);
  } else {
    edit.Remove(target);
  }
  return Status::Ok();
}

namespace {

bool HasChildren(const Inode& inode) { return inode.is_directory() && inode.child_count > 0; }

// Also where nothing is there: only the parent is asked then.
Status CheckDeleteOf(Namesystem& ns, const Call& call, const ResolvedPath& resolved) {
  RETURN_IF_ERROR(ns.CheckParent(call, resolved, kWriteAccess));
  InodeRef target = resolved.target();
  if (target == nullptr || !HasChildren(*target) || !ns.ChecksPermissions(call)) return Status::Ok();
  return CheckSubtree(ns, call, *target, resolved.Path());
}

}  // namespace

Status CheckDelete(Namesystem& ns, const Call& call, const std::string& path) {
  ASSIGN_OR_RETURN(ResolvedPath resolved, ns.Resolve(call, path, PathUse::kRead));
  return CheckDeleteOf(ns, call, resolved);
}

Result<bool> Delete(Namesystem& ns, const Call& call, const std::string& path, bool recursive, Edit& edit) {
  RETURN_IF_ERROR(ns.RefuseInSafeMode("delete " + path, call.now));
  ASSIGN_OR_RETURN(ResolvedPath resolved, ns.Resolve(call, path, PathUse::kRead));
  RETURN_IF_ERROR(CheckDeleteOf(ns, call, resolved));
  InodeRef target = resolved.target();
  if (target == nullptr) return false;
  if (HasChildren(*target) && !recursive) {
    return Status(Code::kPathIsNotEmptyDirectory, "`" + resolved.Path() + " is non empty': Directory is not empty");
  }
  if (resolved.is_root()) return false;
  RETURN_IF_ERROR(RemoveTarget(ns, call, resolved, edit));
  return true;
}

Result<bool> DeleteSlice(Namesystem& ns, size_t inodes_max, DeleteCursor& cursor, Edit& edit) {
  // Depth first from the oldest deleted directory; a directory goes when its children have gone, which may be in a
  // later slice. The path from the deleted root to the directory being emptied is found anew each time.
  bool any = false;
  InodeRef top;
  RETURN_IF_ERROR(ns.tree().ScanChildren(kDeletedParentId, "", [&](const Inode& child) {
    any = true;
    top = std::make_shared<const Inode>(child);
    return false;
  }));
  if (!any) {
    cursor.clear();
    return false;
  }
  size_t removed = 0;
  InodeRef at = top;
  while (true) {
    InodeRef descend;
    bool emptied = true;
    std::string& after = cursor[at->id];
    RETURN_IF_ERROR(ns.tree().ScanChildren(at->id, std::string(after), [&](const Inode& child) {
      if (removed >= inodes_max) {
        emptied = false;
        return false;
      }
      if (child.is_directory() && child.child_count > 0) {
        descend = std::make_shared<const Inode>(child);
        emptied = false;
        return false;
      }
      edit.Remove(std::make_shared<const Inode>(child));
      after = child.name;
      ++removed;
      return true;
    }));
    if (emptied) {
      cursor.erase(at->id);
      edit.Remove(at);
      return true;
    }
    if (descend == nullptr || removed > 0) break;  // a slice empties one directory at a time
    at = descend;
  }
  return true;
}

}  // namespace tusk::dfs
