// `tusk config explain KEY... | lint [DIR] | list`.
#pragma once

#include <string>
#include <vector>

#include "base/cli/cli_context.h"

namespace tusk::tools {

int RunConfig(CliContext& context, std::vector<std::string> args);

}  // namespace tusk::tools
