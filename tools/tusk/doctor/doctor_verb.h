// `tusk doctor [--json] [--conf DIR] [--dir UP_FOLDER] [CHECK...]`.
#pragma once

#include <string>
#include <vector>

#include "base/cli/cli_context.h"

namespace tusk::tools {

int RunDoctor(CliContext& context, std::vector<std::string> args);

}  // namespace tusk::tools
