// Entry points of the `yarn` commands; `args` without the program's and the command's name.
#pragma once

#include <string>
#include <vector>

#include "base/cli/cli_context.h"

namespace tusk::yarn {

// `yarn application|app -list|-status|-kill|-updatePriority|-updateLifetime|-changeQueue|-fail|-signal ...`
int RunYarnApplication(CliContext& cli, std::vector<std::string> args);
// `yarn applicationattempt -list|-status ...`
int RunYarnAttempt(CliContext& cli, std::vector<std::string> args);
// `yarn container -list|-status ...`
int RunYarnContainer(CliContext& cli, std::vector<std::string> args);
// `yarn node -list|-status ...`
int RunYarnNode(CliContext& cli, std::vector<std::string> args);
// `yarn queue -status|-list ...`
int RunYarnQueue(CliContext& cli, std::vector<std::string> args);
// `yarn rmadmin -refreshNodes ...`
int RunYarnAdmin(CliContext& cli, std::vector<std::string> args);
// `yarn cluster -lnl`
int RunYarnCluster(CliContext& cli, std::vector<std::string> args);
// `yarn logs -applicationId ID ...`
int RunYarnLogs(CliContext& cli, std::vector<std::string> args);
// `tusk why ID`; no command of `yarn`.
int RunWhy(CliContext& cli, std::vector<std::string> args);

// All but the last of the above by `args[0]`; -1 where it names none of them, so that the caller may look among its daemons.
int RunYarnCommand(CliContext& cli, std::vector<std::string> args);
bool IsYarnCommand(std::string_view name);

}  // namespace tusk::yarn
