// `yarn` alone: yarn_command CONF_DIR ARGS..., for tests against other resource managers.
#include "base/cli/cli_context.h"
#include "base/env/real_env.h"
#include "yarn_like/client/yarn_cli.h"

int main(int argc, char** argv) {
  using namespace tusk;  // NOLINT
  if (argc < 2) return 2;
  auto clock = MakeSystemClock();
  auto random = MakeSystemRandom();
  auto disk = MakePosixDisk();
  CliContext cli{*clock, *random, *disk, Configuration(ProcessVariables(SystemUserName())), argv[1], SystemUserName(),
                 ProcessWorkingDirectory(), "yarn"};
  if (!cli.conf.LoadFolder(*disk, argv[1]).ok()) return 2;
  return yarn::RunYarnCommand(cli, std::vector<std::string>(argv + 2, argv + argc));
}
