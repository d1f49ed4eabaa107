// Access control lists of inodes: their bytes in Inode::acl, how they share the mode's bits, how the calls of the
// protocol change them, and what a new child takes over. The rules are Hadoop's.
//
// An inode with an access ACL keeps its mask in the group's bits of its mode; Inode::acl has the entries that have no
// place there: named ones and the owning group's, and all default entries. An inode without an ACL pays nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "dfs/common/acl.h"
#include "dfs/namenode/namespace/inode.h"

namespace tusk::dfs {

inline constexpr size_t kAclEntriesMax = 32;  // of each scope

std::string EncodeAcl(const std::vector<AclEntry>& entries);
// What Inode::acl holds; entries up to the first damaged one.
std::vector<AclEntry> DecodeAcl(std::string_view bytes);
bool HasAccessAcl(const Inode& inode);

// Owner, group and other included: what changes start from.
std::vector<AclEntry> WholeAcl(const Inode& inode);
// Sets mode and Inode::acl. kAcl where a file would get default entries.
Status StoreAcl(const std::vector<AclEntry>& whole, const std::string& path, Inode& inode);
// Back to plain permission bits.
void DropAcl(Inode& inode);

// Changes of a whole ACL, in Hadoop's words where they make no sense (kAcl).
Result<std::vector<AclEntry>> MergeAcl(std::vector<AclEntry> existing, std::vector<AclEntry> spec);
Result<std::vector<AclEntry>> ReplaceAcl(std::vector<AclEntry> existing, std::vector<AclEntry> spec);
Result<std::vector<AclEntry>> WithoutAclEntries(std::vector<AclEntry> existing, std::vector<AclEntry> spec);
Result<std::vector<AclEntry>> WithoutDefaultAcl(std::vector<AclEntry> existing);

// The default entries of `parent` become the ACL of its new child. `unmasked`: the mode before the client's umask,
// which counts in its place where the parent has default entries.
void InheritAcl(const Inode& parent, std::optional<uint16_t> unmasked, Inode& child);

}  // namespace tusk::dfs
