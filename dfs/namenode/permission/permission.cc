// The checks and their texts.
#include "dfs/namenode/permission/permission.h"

#include <array>

#include "dfs/namenode/permission/acl.h"

namespace tusk::dfs {
namespace {

constexpr std::array<std::string_view, 8> kActionNames = {"NONE",         "EXECUTE",    "WRITE", "WRITE_EXECUTE", "READ",
                                                          "READ_EXECUTE", "READ_WRITE", "ALL"};
constexpr uint16_t kSticky = 01000;

// "/user":root:root:drwxr-xr-x
std::string Describe(const Inode& inode, const std::string& path) {
  return "\"" + path + "\":" + inode.owner + ":" + inode.group + ":" + (inode.is_directory() ? "d" : "-") +
         SymbolicMode(inode.mode);
}

// Named entries and the owning group's, limited by the mask, between owner and other.
bool MayAccessByAcl(const Caller& caller, const Inode& inode, uint8_t access) {
  auto allows = [access](unsigned bits) { return (bits & access) == access; };
  if (caller.user == inode.owner) return allows(inode.mode >> 6);
  const unsigned mask = inode.mode >> 3;
  bool matched = false;
  for (const AclEntry& entry : DecodeAcl(inode.acl)) {
    if (entry.scope == AclScope::kDefault) break;
    if (entry.type == AclType::kUser && entry.name == caller.user) return allows(entry.permission & mask);
    if (entry.type == AclType::kGroup && caller.InGroup(entry.name.empty() ? inode.group : entry.name)) {
      if (allows(entry.permission & mask)) return true;
      matched = true;
    }
  }
  return !matched && allows(inode.mode);
}

}  // namespace

std::string SymbolicMode(uint16_t mode) {
  std::string text = "---------";
  for (int i = 0; i < 9; ++i) {
    if ((mode >> (8 - i)) & 1) text[static_cast<size_t>(i)] = "rwx"[i % 3];
  }
  if ((mode & kSticky) != 0) text[8] = (mode & 1) != 0 ? 't' : 'T';
  return text;
}

bool MayAccess(const Caller& caller, const Inode& inode, uint8_t access) {
  if (HasAccessAcl(inode)) return MayAccessByAcl(caller, inode, access);
  int shift = caller.user == inode.owner ? 6 : caller.InGroup(inode.group) ? 3 : 0;
  return ((inode.mode >> shift) & access) == access;
}

Status CheckAccess(const Caller& caller, const Inode& inode, const std::string& path, uint8_t access) {
  if (MayAccess(caller, inode, access)) return Status::Ok();
  return Status(Code::kAccessControl, "Permission denied: user=" + caller.user + ", access=" +
                                          std::string(kActionNames[access & 7]) + ", inode=" + Describe(inode, path));
}

Status CheckOwner(const Caller& caller, const Inode& inode, const std::string& path) {
  if (caller.user == inode.owner) return Status::Ok();
  return Status(Code::kAccessControl, "Permission denied. user=" + caller.user + " is not the owner of inode=" + path);
}

Status CheckSticky(const Caller& caller, const Inode& parent, const std::string& parent_path, const Inode& child,
                   const std::string& child_path) {
  if ((parent.mode & kSticky) == 0 || caller.user == parent.owner || caller.user == child.owner) return Status::Ok();
  return Status(Code::kAccessControl, "Permission denied by sticky bit: user=" + caller.user + ", path=" +
                                          Describe(child, child_path) + ", parent=" + Describe(parent, parent_path));
}

Status CheckSuperuser(const Caller& caller, std::string_view operation) {
  if (caller.superuser) return Status::Ok();
  return Status(Code::kAccessControl, "Access denied for user " + caller.user +
                                          ". Superuser privilege is required for operation " + std::string(operation));
}

}  // namespace tusk::dfs
