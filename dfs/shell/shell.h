// The file system shell: `hdfs dfs`, `hadoop fs`. Texts, columns and exit codes are Hadoop 3.4's.
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

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
  Configuration configuration;  // files and -D settings; generic options in the arguments are added to it
  ClientUser user;
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
};

// `args` without the program's name: generic options (-D, -fs, -conf), then "-ls", "/". Returns the exit code.
int RunFsShell(ShellContext& context, std::vector<std::string> args);
// As RunFsShell, without "generic options", on filesystems that are open already.
int RunFsCommand(ShellContext& context, BlockingFileSystems& file_systems, std::vector<std::string> args);
// `hdfs dfsadmin -report | -safemode ...`
int RunDfsAdmin(ShellContext& context, std::vector<std::string> args);
// `hdfs fsck PATH [-files [-blocks [-locations]]]`
int RunFsck(ShellContext& context, std::vector<std::string> args);

// Takes the generic options off the front of `args` into the configuration. kInvalidArgument says what is wrong.
Status TakeGenericOptions(ShellContext& context, std::vector<std::string>& args);

}  // namespace tusk::dfs
