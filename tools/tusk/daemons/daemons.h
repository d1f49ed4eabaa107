// The composition room: one verb per daemon, each wired from its product. Only here may all products meet.
#pragma once

#include <string>
#include <vector>

#include "base/cli/cli_context.h"

namespace tusk::tools {

int RunNamenode(CliContext& context, std::vector<std::string> args);  // [-format [-force] [-nonInteractive] [-clusterId ID]]
int RunDatanode(CliContext& context, std::vector<std::string> args);
int RunResourcemanager(CliContext& context, std::vector<std::string> args);
int RunNodemanager(CliContext& context, std::vector<std::string> args);
int RunHistoryserver(CliContext& context, std::vector<std::string> args);

}  // namespace tusk::tools
