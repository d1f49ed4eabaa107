// Access control lists as values: entries, their text as users write it ("default:user:bob:rwx"), and the answer of
// getAclStatus. What entries mean and how lists are combined is the namenode's (dfs/namenode/permission/acl.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"

namespace tusk::dfs {

// Numbers of the wire; the order of entries within a list, too.
enum class AclScope : uint8_t { kAccess = 0, kDefault = 1 };
enum class AclType : uint8_t { kUser = 0, kGroup = 1, kMask = 2, kOther = 3 };

struct AclEntry {
  AclScope scope = AclScope::kAccess;
  AclType type = AclType::kUser;
  std::string name;        // empty: the owner, the owning group
  uint8_t permission = 0;  // rwx bits
  bool operator==(const AclEntry&) const = default;
};

struct AclStatus {
  std::string owner;
  std::string group;
  bool sticky = false;
  uint32_t permission = 0;  // the group's bits are the mask where `entries` has an access entry
  // Named access entries and the owning group's where there is a mask; all default entries.
  std::vector<AclEntry> entries;
};

// Hadoop's order: access before default; owner, named users, owning group, named groups, mask, other.
bool AclKeyLess(const AclEntry& a, const AclEntry& b);

// "default:group:dev:r-x", "user::rwx"
std::string ToString(const AclEntry& entry);
// "rwx", "r-x"
std::string AclPermissionText(uint8_t permission);
// "user:bob:rw-,default:group::r-x"; without permissions for entries that are to be removed. kHadoopIllegalArgument
// in Hadoop's words.
Result<std::vector<AclEntry>> ParseAclSpec(std::string_view spec, bool with_permissions);

}  // namespace tusk::dfs
