// Caller: who asks, as the permission checks and the records need it; and the groups of a user.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/env/clock.h"

namespace tusk::dfs {

struct Caller {
  std::string user;                 // short name
  std::vector<std::string> groups;  // primary first
  bool superuser = false;           // the namenode's own user, or in dfs.permissions.superusergroup
  std::string host;                 // ip the call came from

  bool InGroup(std::string_view group) const {
    for (const std::string& mine : groups) {
      if (mine == group) return true;
    }
    return false;
  }
};

class GroupMapping {
 public:
  virtual ~GroupMapping() = default;
  // Primary group first; none for a user that this machine does not know.
  virtual std::vector<std::string> GroupsOf(const std::string& user) = 0;
};

// The system's groups (getgrouplist), remembered for hadoop.security.groups.cache.secs.
std::unique_ptr<GroupMapping> MakeSystemGroups(const Clock& clock, Duration remembered = std::chrono::seconds(300));
// The user that this process runs as.
std::string ProcessUser();

}  // namespace tusk::dfs
