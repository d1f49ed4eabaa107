// WholeAcl: every entry of an access control list.
#pragma once

#include <vector>

#include "dfs/common/acl.h"

namespace tusk::dfs {

// What an AclStatus leaves out is in the permission bits, where the group's are the mask if there is one.
inline std::vector<AclEntry> WholeAcl(std::vector<AclEntry> listed, uint32_t permission) {
  auto bits = [permission](int shift) { return static_cast<uint8_t>(permission >> shift & 7); };
  std::vector<AclEntry> whole{{AclScope::kAccess, AclType::kUser, "", bits(6)}};
  for (const AclEntry& entry : listed) {
    if (entry.scope == AclScope::kAccess) whole.push_back(entry);
  }
  bool extended = whole.size() > 1;
  whole.push_back({AclScope::kAccess, extended ? AclType::kMask : AclType::kGroup, "", bits(3)});
  whole.push_back({AclScope::kAccess, AclType::kOther, "", bits(0)});
  for (AclEntry& entry : listed) {
    if (entry.scope == AclScope::kDefault) whole.push_back(std::move(entry));
  }
  return whole;
}

}  // namespace tusk::dfs
