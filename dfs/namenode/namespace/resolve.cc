// Namesystem's paths: resolving them and who may do what there.
#include "dfs/namenode/namespace/namesystem.h"

#include <charconv>

namespace tusk::dfs {
namespace {

Status NotADirectory(PathUse use, const std::string& path) {
  Code code = use == PathUse::kCreate ? Code::kParentNotDirectory : Code::kAccessControl;
  return Status(code, path + " (is not a directory)");
}

// The id in "/.reserved/.inodes/<id>", whose components are `names`; 0 if the path is another one.
InodeId ReservedInode(const std::vector<std::string>& names) {
  if (names.size() < 3 || names[0] != ".reserved" || names[1] != ".inodes") return 0;
  InodeId id = 0;
  auto [end, error] = std::from_chars(names[2].data(), names[2].data() + names[2].size(), id);
  return error == std::errc() && end == names[2].data() + names[2].size() ? id : 0;
}

}  // namespace

Result<ResolvedPath> Namesystem::Resolve(const Call& call, std::string_view path, PathUse use) const {
  ResolvedPath resolved;
  ASSIGN_OR_RETURN(resolved.names, SplitPath(path));
  if (resolved.names.size() >= 2 && resolved.names[0] == ".reserved" && resolved.names[1] == "raw") {
    resolved.names.erase(resolved.names.begin(), resolved.names.begin() + 2);
  }
  if (InodeId id = ReservedInode(resolved.names); id != 0) {
    ASSIGN_OR_RETURN(InodeRef start, tree_.ById(id));
    if (start == nullptr) return Status(Code::kFileNotFound, "File for given inode path does not exist: " + std::string(path));
    ASSIGN_OR_RETURN(std::vector<InodeRef> chain, tree_.ChainOf(start));
    if (chain.empty()) return Status(Code::kFileNotFound, "File for given inode path does not exist: " + std::string(path));
    std::vector<std::string> names;
    for (size_t i = 1; i < chain.size(); ++i) names.push_back(chain[i]->name);
    names.insert(names.end(), resolved.names.begin() + 3, resolved.names.end());
    resolved.names = std::move(names);
  }
  ASSIGN_OR_RETURN(InodeRef at, tree_.ById(kRootInodeId));
  if (at == nullptr) return Status(Code::kCorruption, "the namespace has no root");
  bool check = ChecksPermissions(call);
  resolved.inodes.reserve(resolved.names.size() + 1);
  resolved.inodes.push_back(at);
  for (size_t i = 0; i < resolved.names.size(); ++i) {
    if (!at->is_directory()) return NotADirectory(use, resolved.PathOf(i));
    if (check && !MayAccess(call.caller, *at, kExecuteAccess)) {
      return CheckAccess(call.caller, *at, resolved.PathOf(i), kExecuteAccess);
    }
    ASSIGN_OR_RETURN(at, tree_.Child(at->id, resolved.names[i]));
    if (at == nullptr) break;
    resolved.inodes.push_back(at);
  }
  return resolved;
}

Result<ResolvedPath> Namesystem::ResolveOpenFile(const Call& call, std::string_view path, InodeId id, PathUse use) const {
  if (id == 0) return Resolve(call, path, use);
  ResolvedPath resolved;
  ASSIGN_OR_RETURN(InodeRef file, tree_.ById(id));
  if (file != nullptr) {
    ASSIGN_OR_RETURN(resolved.inodes, tree_.ChainOf(file));
  }
  if (resolved.inodes.empty()) {  // gone: the caller sees a missing target under the path that it gave
    ASSIGN_OR_RETURN(resolved.names, SplitPath(path));
    ASSIGN_OR_RETURN(InodeRef root, tree_.ById(kRootInodeId));
    resolved.inodes.push_back(root);
    if (resolved.names.empty()) resolved.names.emplace_back("");
    return resolved;
  }
  for (size_t i = 1; i < resolved.inodes.size(); ++i) resolved.names.push_back(resolved.inodes[i]->name);
  return resolved;
}

Status Namesystem::CheckTarget(const Call& call, const ResolvedPath& path, uint8_t access) const {
  if (!ChecksPermissions(call) || !path.exists()) return Status::Ok();
  return CheckAccess(call.caller, *path.target(), path.Path(), access);
}

Status Namesystem::CheckParent(const Call& call, const ResolvedPath& path, uint8_t access) const {
  if (!ChecksPermissions(call)) return Status::Ok();
  InodeRef parent = path.parent();
  if (parent == nullptr) return Status::Ok();
  if ((access & kWriteAccess) != 0 && path.exists()) {
    RETURN_IF_ERROR(CheckSticky(call.caller, *parent, path.ParentPath(), *path.target(), path.Path()));
  }
  return CheckAccess(call.caller, *parent, path.ParentPath(), access);
}

Status Namesystem::CheckAncestor(const Call& call, const ResolvedPath& path, uint8_t access) const {
  if (!ChecksPermissions(call)) return Status::Ok();
  size_t last = path.exists() && path.inodes.size() > 1 ? path.inodes.size() - 2 : path.inodes.size() - 1;
  return CheckAccess(call.caller, *path.inodes[last], path.PathOf(last), access);
}

Status Namesystem::CheckOwnerOfTarget(const Call& call, const ResolvedPath& path) const {
  if (!ChecksPermissions(call) || !path.exists()) return Status::Ok();
  return CheckOwner(call.caller, *path.target(), path.Path());
}

Status Namesystem::CheckNewName(const Inode& parent, std::string_view name, const std::string& parent_path) const {
  if (limits_.component_bytes_max > 0 && name.size() > static_cast<size_t>(limits_.component_bytes_max)) {
    return Status(Code::kPathComponentTooLong, "The maximum path component name limit of " + std::string(name) +
                                                   " in directory " + parent_path + " is exceeded: limit=" +
                                                   std::to_string(limits_.component_bytes_max) +
                                                   " length=" + std::to_string(name.size()));
  }
  if (name == ".snapshot") return Status(Code::kHadoopIllegalArgument, "\".snapshot\" is a reserved name.");
  if (name == ".reserved" && parent.id == kRootInodeId) {
    return Status(Code::kHadoopIllegalArgument,
                  "File name \".reserved\" is reserved and cannot be created. If this is during upgrade change the name of "
                  "the existing file or directory to another name before upgrading to the new release.");
  }
  if (parent.child_count >= limits_.directory_items_max) {
    return Status(Code::kMaxDirectoryItems, "The directory item limit of " + parent_path + " is exceeded: limit=" +
                                                std::to_string(limits_.directory_items_max) +
                                                " items=" + std::to_string(parent.child_count));
  }
  return Status::Ok();
}

}  // namespace tusk::dfs
