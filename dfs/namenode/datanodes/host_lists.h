// HostLists: which datanodes may join (dfs.hosts) and which are to leave (dfs.hosts.exclude).
#pragma once

#include <set>
#include <string>

#include "base/core/result.h"
#include "dfs/namenode/datanodes/datanode.h"

namespace tusk::dfs {

class HostLists {
 public:
  // The texts of the two files: names or addresses, with or without a port, separated by blanks; '#' begins a comment.
  static HostLists Parse(std::string_view include, std::string_view exclude);

  // An empty include list lets everyone in.
  bool Included(const DatanodeIdentity& identity) const { return include_.empty() || Names(include_, identity); }
  bool Excluded(const DatanodeIdentity& identity) const { return Names(exclude_, identity); }

 private:
  static bool Names(const std::set<std::string>& list, const DatanodeIdentity& identity);
  std::set<std::string> include_;
  std::set<std::string> exclude_;
};

}  // namespace tusk::dfs
