// RackResolver: on which rack of the network a datanode stands: by a table (net.topology.table.file.name with
// TableMapping) or by a script (net.topology.script.file.name); "/default-rack" where neither says.
#pragma once

#include <map>
#include <string>

#include "base/async/sync.h"
#include "base/config/configuration.h"
#include "base/env/env.h"
#include "base/env/process.h"
#include "dfs/namenode/datanodes/datanode.h"

namespace tusk::dfs {

inline constexpr std::string_view kDefaultRack = "/default-rack";

class RackResolver {
 public:
  // `scratch`: a folder for the script's output.
  RackResolver(Env env, const Configuration& conf, std::string scratch);
  // Needed where a script is configured; of the Env's loop.
  void set_launcher(ProcessLauncher* launcher) { launcher_ = launcher; }
  // Reads the table again. Blocks shortly.
  void Reload();
  // Never fails: an unknown place is the default rack, with a warning where the script went wrong. Looked up by ip, as
  // Hadoop does; a table may also name the host or, for many datanodes on one machine, "ip:port".
  Task<std::string> RackOf(DatanodeIdentity identity);

  // "host rack" per line; '#' begins a comment.
  static std::map<std::string, std::string> ParseTable(std::string_view text);
  // "/a/b" of "/a/b/"; the default rack for what is no path.
  static std::string Normalize(std::string_view rack);

 private:
  Task<Result<std::string>> AskScript(std::string name);

  Env env_;
  std::string table_file_;
  std::string script_;
  std::string scratch_;
  ProcessLauncher* launcher_ = nullptr;
  std::map<std::string, std::string> table_;
  std::map<std::string, std::string> answers_;  // of the script, for good, as Hadoop keeps them
  AsyncMutex asking_;
};

}  // namespace tusk::dfs
