// HostLists: which datanodes may join (dfs.hosts), which are to leave (dfs.hosts.exclude), and which are in maintenance
// (the combined JSON file of dfs.namenode.hosts.provider.classname). And the edits that the console makes to the files.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "dfs/namenode/datanodes/datanode.h"

namespace tusk::dfs {

class HostLists {
 public:
  // The texts of the two files: names or addresses, with or without a port, separated by blanks; '#' begins a comment.
  static HostLists Parse(std::string_view include, std::string_view exclude);

  // Hadoop's combined file: [{"hostName":"h","port":9866,"adminState":"IN_MAINTENANCE","maintenanceExpireTimeInMS":1},...].
  // Who is listed as NORMAL makes the list one of those that may join.
  static bool AreCombined(std::string_view provider_class) { return provider_class.ends_with("CombinedHostFileManager"); }
  static Result<HostLists> ParseCombined(std::string_view json);

  // An empty include list lets everyone in.
  bool Included(const DatanodeIdentity& identity) const { return include_.empty() || Names(listed_, identity) || Names(include_, identity); }
  bool Excluded(const DatanodeIdentity& identity) const { return Names(exclude_, identity); }
  // When its maintenance ends; INT64_MAX: not by itself; nothing: it is in none.
  std::optional<int64_t> MaintenanceUntil(const DatanodeIdentity& identity) const;

 private:
  static bool Names(const std::set<std::string>& list, const DatanodeIdentity& identity);
  std::set<std::string> include_;
  std::set<std::string> exclude_;
  std::set<std::string> listed_;                // of a combined file: all of it
  std::map<std::string, int64_t> maintenance_;  // until when
};

// The text of the exclude file with or without this datanode. Comments stay. `others`: datanodes that a line which names
// more than this one (a host without a port) names too; they stay excluded.
std::string EditExcludeFile(std::string_view text, const DatanodeIdentity& identity, bool excluded,
                            const std::vector<DatanodeIdentity>& others);
// The combined file with this datanode in `wanted`: kNormal, kDecommissioned, kInMaintenance (until then; 0: for ever).
Result<std::string> EditCombinedFile(std::string_view json, const DatanodeIdentity& identity, AdminState wanted,
                                     int64_t until_wall_ms);

}  // namespace tusk::dfs
