// `hdfs debug verifyMeta` and `computeMeta`: a datanode's block and .meta files on this machine's disk.
#pragma once

#include <string>
#include <vector>

#include "dfs/shell/shell.h"

namespace tusk::dfs {

// The exit code. `args` begin behind the command's name.
int RunVerifyMeta(ShellContext& context, const std::vector<std::string>& args);
int RunComputeMeta(ShellContext& context, const std::vector<std::string>& args);
// How `command` is used; of all commands where there is none of that name.
void PrintDebugUsage(std::ostream& out, const std::string& command);

}  // namespace tusk::dfs
