// `mapred job`: -list [all], -status ID, -kill ID, -counter ID GROUP NAME.
#pragma once

#include <string>
#include <vector>

#include "base/cli/cli_context.h"

namespace tusk::mapreduce {

// `args` without "job". Hadoop's exit codes: 255 for bad usage or failure.
int RunMapredJob(CliContext& context, std::vector<std::string> args);

}  // namespace tusk::mapreduce
