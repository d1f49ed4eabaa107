// The `yarn` commands by name.
#include "yarn_like/client/yarn_cli.h"

namespace tusk::yarn {
namespace {

struct Command {
  std::string_view name;
  int (*run)(CliContext&, std::vector<std::string>);
};
constexpr Command kCommands[] = {
    {"application", RunYarnApplication}, {"app", RunYarnApplication}, {"applicationattempt", RunYarnAttempt},
    {"container", RunYarnContainer},     {"node", RunYarnNode},       {"queue", RunYarnQueue},
    {"logs", RunYarnLogs},               {"rmadmin", RunYarnAdmin},   {"cluster", RunYarnCluster},
};

const Command* FindCommand(std::string_view name) {
  for (const Command& command : kCommands) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

}  // namespace

bool IsYarnCommand(std::string_view name) { return FindCommand(name) != nullptr; }

int RunYarnCommand(CliContext& cli, std::vector<std::string> args) {
  const Command* command = args.empty() ? nullptr : FindCommand(args[0]);
  if (command == nullptr) return -1;
  args.erase(args.begin());
  return command->run(cli, std::move(args));
}

}  // namespace tusk::yarn
