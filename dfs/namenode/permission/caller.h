// Caller: who asks, as the permission checks and the records need it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

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

// The user that this process runs as.
std::string ProcessUser();

}  // namespace tusk::dfs
