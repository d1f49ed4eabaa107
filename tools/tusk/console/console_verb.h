// The verb `tusk console`.
#pragma once

#include <string>
#include <vector>

#include "base/cli/cli_context.h"

namespace tusk::tools {

int RunConsole(CliContext& context, std::vector<std::string> args);
// `console adduser|passwd|deluser|list`; nothing where args are none of these.
std::optional<int> RunConsoleUsers(CliContext& context, const std::vector<std::string>& args);
// A word typed without being shown where `in` is a terminal, else a line of it.
Result<std::string> ReadPassword(CliContext& context, const std::string& prompt);

}  // namespace tusk::tools
