// `hdfs fetchdt [--renewer NAME] [--print | --renew | --cancel] FILE`: an entry point of the multi-call binary.
#pragma once

#include <string>
#include <vector>

#include "base/cli/cli_context.h"

namespace tusk::dfs {

int RunFetchDt(CliContext& cli, std::vector<std::string> args);

}  // namespace tusk::dfs
