// `tusk top [--once] [--json] [--delay SECONDS] [--sort COLUMN] [--rows N]`, and `yarn top`.
#pragma once

#include <string>
#include <vector>

#include "base/cli/cli_context.h"

namespace tusk::tools {

int RunTop(CliContext& context, std::vector<std::string> args);

}  // namespace tusk::tools
