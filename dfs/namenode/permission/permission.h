// Permission checks on inodes: owner, group, other and sticky bits, in Hadoop's words.
#pragma once

#include <string>

#include "base/core/status.h"
#include "dfs/namenode/namespace/inode.h"
#include "dfs/namenode/permission/caller.h"

namespace tusk::dfs {

// rwx bits, as in FsActionProto.
enum Access : uint8_t { kExecuteAccess = 1, kWriteAccess = 2, kReadAccess = 4, kAllAccess = 7 };

// Does not look at `caller.superuser`: callers ask only for others.
bool MayAccess(const Caller& caller, const Inode& inode, uint8_t access);
// kAccessControl 'Permission denied: user=bob, access=WRITE, inode="/user":root:root:drwxr-xr-x'.
Status CheckAccess(const Caller& caller, const Inode& inode, const std::string& path, uint8_t access);
Status CheckOwner(const Caller& caller, const Inode& inode, const std::string& path);
// Whether `caller` may remove or rename `child` out of `parent` as far as the sticky bit is concerned.
Status CheckSticky(const Caller& caller, const Inode& parent, const std::string& parent_path, const Inode& child,
                   const std::string& child_path);
Status CheckSuperuser(const Caller& caller, std::string_view operation);
// "rwxr-xr-t"
std::string SymbolicMode(uint16_t mode);

}  // namespace tusk::dfs
