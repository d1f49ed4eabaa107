// tusk up, down, status: a supervised one-machine cluster in one folder.
#pragma once

#include <string>
#include <vector>

#include "base/cli/cli_context.h"

namespace tusk::tools {

// 0 ready (or running already), 1 a fault of the machine (port in use, folder not writable, half-written state, a
// daemon that does not start), 2 wrong words. On 1 and 2 nothing is left running.
int RunUp(CliContext& context, std::vector<std::string> args);
// 0 stopped, or nothing ran.
int RunDown(CliContext& context, std::vector<std::string> args);
// 0 all daemons run, 1 some do not, 3 no cluster runs there.
int RunStatus(CliContext& context, std::vector<std::string> args);
// The supervisor itself, started by RunUp: `tusk supervise DIR`.
int RunSupervise(CliContext& context, std::vector<std::string> args);

}  // namespace tusk::tools
