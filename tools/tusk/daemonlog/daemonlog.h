// `daemonlog`: reads and sets log levels of a running daemon over its /logLevel page, as Hadoop's command.
#pragma once

#include <string>
#include <vector>

#include "base/cli/cli_context.h"

namespace tusk::tools {

int RunDaemonLog(CliContext& context, std::vector<std::string> args);

}  // namespace tusk::tools
