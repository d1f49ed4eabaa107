// The one binary: finds out how it was called, loads the configuration, runs the verb.
#include <csignal>

#include "base/env/real_env.h"
#include "tools/tusk/verbs.h"

namespace tusk::tools {
namespace {

constexpr const char* kVersionText =
    "tusk 0.1.0\nSpeaks the protocols, file formats and commands of Hadoop 3.4.2.\n";

void PrintUsage(std::FILE* out, const std::string& program) {
  std::fprintf(out, "Usage: %s [--config DIR] VERB [ARGS]\n\n", program.c_str());
  for (const Verb& verb : Verbs()) {
    if (FindVerb(program, verb.name) != &verb) continue;
    std::fprintf(out, "  %-20.*s %.*s\n", static_cast<int>(verb.name.size()), verb.name.data(),
                 static_cast<int>(verb.summary.size()), verb.summary.data());
  }
  std::fprintf(out, "  %-20s %s\n", "version", "what this is and which Hadoop it speaks");
}

int Fail(CliContext& context, const Status& status) {
  std::fprintf(context.err, "%s: %.*s\n", context.program.c_str(), static_cast<int>(status.message().size()),
               status.message().data());
  return 1;
}

int Run(CliContext& context, std::vector<std::string> args) {
  Status loaded = LoadConfiguration(context, args);
  if (args.empty() || args[0] == "help" || args[0] == "-help" || args[0] == "--help" || args[0] == "-h") {
    PrintUsage(args.empty() ? context.err : context.out, context.program);
    return args.empty() ? 1 : 0;
  }
  if (args[0] == "version" || args[0] == "--version") {
    std::fputs(kVersionText, context.out);
    return 0;
  }
  const Verb* verb = FindVerb(context.program, args[0]);
  if (verb == nullptr) {
    std::fprintf(context.err, "%s: unknown verb \"%s\"; `%s help` lists them\n", context.program.c_str(),
                 args[0].c_str(), context.program.c_str());
    return 1;
  }
  args.erase(args.begin());
  // up, status and down go by their --dir: HADOOP_CONF_DIR may name the cluster that is yet to be made.
  const bool uses_configuration = (verb->programs & ~kTusk) != 0;
  if (!loaded.ok() && uses_configuration) return Fail(context, loaded);
  if (verb->takes_generic_options) {
    Status taken = TakeGenericOptions(context, args);
    if (!taken.ok()) return Fail(context, taken);
  }
  return verb->run(context, std::move(args));
}

}  // namespace
}  // namespace tusk::tools

int main(int argc, char** argv) {
  using namespace tusk;
  std::signal(SIGPIPE, SIG_IGN);
  auto clock = MakeSystemClock();
  auto random = MakeSystemRandom();
  auto disk = MakePosixDisk();
  std::string user = EnvironmentVariable("HADOOP_USER_NAME").value_or("");
  if (user.empty()) user = SystemUserName();
  CliContext context{.clock = *clock,
                     .random = *random,
                     .disk = *disk,
                     .conf = Configuration(ProcessVariables(user)),
                     .conf_folder = "",
                     .user = user,
                     .working_directory = ProcessWorkingDirectory(),
                     .program = BaseName(argc > 0 ? argv[0] : "tusk")};
  int code = tools::Run(context, std::vector<std::string>(argv + 1, argv + argc));
  if (std::fflush(stdout) != 0 && code == 0) code = 1;
  return code;
}
