// `hdfs dfs`: generic options, the choice of the verb, -help and -usage.
#include <algorithm>
#include <ostream>

#include "dfs/shell/cli_streams.h"
#include "dfs/shell/command.h"

namespace tusk::dfs {
namespace {

constexpr const char* kUsagePrefix = "Usage: hadoop fs [generic options]";

constexpr const char* kGenericOptions =
    "\nGeneric options supported are:\n"
    "-conf <configuration file>        one more configuration file\n"
    "-D <property=value>               a configuration value\n"
    "-fs <file:///|hdfs://namenode:port> the default filesystem instead of fs.defaultFS\n"
    "\nThe general command line syntax is:\n"
    "command [genericOptions] [commandOptions]\n\n";

std::string UsageOf(const CommandInfo& info) {
  std::string text = "-" + info.name;
  return info.usage.empty() || !info.replaced_by.empty() ? text : text + " " + info.usage;
}

// -help and -usage are known here and nowhere else.
const CommandInfo kHelp{"help", "[cmd ...]", "Shows what commands do.", ""};
const CommandInfo kUsage{"usage", "[cmd ...]", "Shows how commands are called.", ""};

std::vector<const CommandInfo*> AllInfos() {
  std::vector<const CommandInfo*> infos{&kHelp, &kUsage};
  for (const Verb& verb : Verbs()) infos.push_back(&verb.info);
  std::sort(infos.begin(), infos.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  return infos;
}

const CommandInfo* FindInfo(std::string_view name) {
  if (name.starts_with('-')) name.remove_prefix(1);
  for (const CommandInfo* info : AllInfos()) {
    if (info->name == name) return info;
  }
  return nullptr;
}

void PrintAllUsages(std::ostream& out) {
  out << kUsagePrefix << "\n";
  for (const CommandInfo* info : AllInfos()) {
    if (info->replaced_by.empty()) out << "\t[" << UsageOf(*info) << "]\n";
  }
}

void PrintUsage(std::ostream& out, const CommandInfo& info) { out << kUsagePrefix << " " << UsageOf(info) << "\n"; }

void PrintHelp(std::ostream& out, const CommandInfo& info) {
  out << UsageOf(info) << " :\n";
  size_t at = 0;
  const std::string& text = info.description;
  while (at < text.size()) {
    size_t end = std::min(text.find('\n', at), text.size());
    out << "  " << text.substr(at, end - at) << "\n";
    at = end + 1;
  }
  out << "\n";
}

int ShowTexts(ShellContext& context, const std::vector<std::string>& names, bool help) {
  if (names.empty()) {
    PrintAllUsages(context.out);
    if (help) {
      context.out << "\n";
      for (const CommandInfo* info : AllInfos()) PrintHelp(context.out, *info);
    }
    context.out << kGenericOptions;
    return 0;
  }
  for (const std::string& name : names) {
    const CommandInfo* info = FindInfo(name);
    if (info == nullptr) {
      std::string text = name.starts_with('-') ? name : "-" + name;
      context.err << text << ": Unknown command\n";
      return 255;
    }
    if (help) {
      PrintHelp(context.out, *info);
    } else {
      PrintUsage(context.out, *info);
    }
  }
  return 0;
}

}  // namespace

int RunFsCommand(ShellContext& context, BlockingFileSystems& file_systems, std::vector<std::string> args) {
  if (args.empty()) {
    PrintAllUsages(context.err);
    context.err << kGenericOptions;
    return 255;
  }
  std::string name = args[0];
  args.erase(args.begin());
  if (name == "-help" || name == "-usage") return ShowTexts(context, args, name == "-help");
  const Verb* verb = name.starts_with('-') ? FindVerb(std::string_view(name).substr(1)) : nullptr;
  if (verb == nullptr) {
    context.err << name << ": Unknown command\n";
    if (FindVerb(name) != nullptr) {
      context.err << "Did you mean -" << name << "?  This command begins with a dash.\n";
    }
    PrintAllUsages(context.err);
    context.err << kGenericOptions;
    return 255;
  }
  Status wrong_arguments;
  int exit_code = verb->make()->Run(context, file_systems, verb->info, std::move(args), wrong_arguments);
  context.out.flush();
  if (!wrong_arguments.ok()) {
    context.err << name << ": " << wrong_arguments.message() << "\n";
    PrintUsage(context.err, verb->info);
  }
  return exit_code;
}

int RunFsShell(CliContext& cli, std::vector<std::string> args) {
  CliStreams streams(cli);
  Status generic = TakeGenericOptions(cli, args);
  if (!generic.ok()) {
    streams.err << generic.message() << "\n";
    return 255;
  }
  ShellContext context = streams.Context(cli);
  std::string verb = args.empty() ? "fs" : args[0];
  auto file_systems =
      BlockingFileSystems::Create(context.clock, context.random, context.disk, context.configuration, context.user);
  if (!file_systems.ok()) {
    context.err << verb << ": " << file_systems.status().message() << "\n";
    return 255;
  }
  return RunFsCommand(context, **file_systems, std::move(args));
}

}  // namespace tusk::dfs
