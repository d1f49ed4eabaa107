// The file system shell: `hdfs dfs`, `hadoop fs`. Texts, columns and exit codes are Hadoop 3.4's.
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "base/cli/cli_context.h"
#include "base/config/configuration.h"
#include "base/env/disk.h"
#include "base/env/random.h"
#include "dfs/client/blocking_file_system.h"

namespace tusk::dfs {

// What a command may touch. Whoever built the parts outlives the call.
struct ShellContext {
  Clock& clock;
  Random& random;
  Disk& disk;
  Configuration configuration;
  ClientUser user;
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
};

// One command on filesystems that are open already: "-ls", "/". Returns the exit code.
int RunFsCommand(ShellContext& context, BlockingFileSystems& file_systems, std::vector<std::string> args);

// Entry points of the multi-call binary; `args` without the program's name, generic options first.
int RunFsShell(CliContext& cli, std::vector<std::string> args);
// `hdfs dfsadmin -report | -safemode ...`
int RunDfsAdmin(CliContext& cli, std::vector<std::string> args);
// `hdfs fsck PATH [-files [-blocks [-locations]]]`
int RunFsck(CliContext& cli, std::vector<std::string> args);

}  // namespace tusk::dfs
