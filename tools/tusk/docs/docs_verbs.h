// `tusk completion bash|zsh` and `tusk man [DIR]`.
#pragma once

#include <string>
#include <vector>

#include "base/cli/cli_context.h"

namespace tusk::tools {

int RunCompletion(CliContext& context, std::vector<std::string> args);
int RunMan(CliContext& context, std::vector<std::string> args);

}  // namespace tusk::tools
