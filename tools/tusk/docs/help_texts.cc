// Runs this binary once per verb, and reads what it says.
#include "tools/tusk/docs/help_texts.h"

#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <regex>

#include "base/async/asio_loop.h"
#include "tools/tusk/verbs.h"

namespace tusk::tools {
namespace {

// They print what they always print, or would take -help for a user's name or a file.
constexpr std::string_view kWithoutHelp[] = {"supervise", "groups", "version", "envvars", "classpath", "jar", "completion", "man"};

struct Once {
  static Task<Result<int>> Run(ProcessLauncher& launcher, SpawnRequest request, TimePoint deadline) {
    CO_ASSIGN_OR_RETURN(auto process, launcher.Spawn(request));
    co_return co_await process->Wait(deadline, {});
  }
};

std::string ThisBinary() {
  std::array<char, PATH_MAX> path{};
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
  return length < 0 ? "" : std::string(path.data(), static_cast<size_t>(length));
}

void AddOnce(std::vector<std::string>& list, std::string word) {
  if (std::find(list.begin(), list.end(), word) == list.end()) list.push_back(std::move(word));
}

}  // namespace

std::vector<std::string> OptionsIn(const std::string& text) {
  static const std::regex kOption(R"((?:^|[\s\[(|,<])(--?[A-Za-z][A-Za-z0-9_-]*))");
  std::vector<std::string> options;
  for (auto match = std::sregex_iterator(text.begin(), text.end(), kOption); match != std::sregex_iterator(); ++match) {
    AddOnce(options, (*match)[1].str());
  }
  return options;
}

std::vector<std::string> WordsIn(const std::string& verb, const std::string& text) {
  static const std::regex kLine(R"(^  ([a-z][a-z-]+)(?:: |  +)\S)");
  const std::regex usage("tusk " + verb + R"( ([a-z][a-z-]+)\b)");
  std::vector<std::string> words;
  size_t at = 0;
  while (at < text.size()) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    std::smatch match;
    if (std::regex_search(line, match, usage) || std::regex_search(line, match, kLine)) AddOnce(words, match[1].str());
    at = end + 1;
  }
  return words;
}

Result<std::map<std::string, HelpText>> AskForHelp(CliContext& context) {
  const std::string binary = ThisBinary();
  const std::string answer = "/tmp/tusk-help-" + std::to_string(::getpid()) + "-" + std::to_string(context.random.Below(1u << 30));
  RETURN_IF_ERROR(context.disk.MakeDir(answer, 0700));
  AsioLoop loop(context.clock);
  auto launcher = MakeProcessLauncher(loop);
  std::map<std::string, HelpText> all;
  for (const Verb& verb : Verbs()) {
    const std::string name(verb.name);
    HelpText& help = all[name];
    if (std::find(std::begin(kWithoutHelp), std::end(kWithoutHelp), verb.name) != std::end(kWithoutHelp)) continue;
    SpawnRequest request;
    request.argv = {binary, name, "-help"};
    request.environment = {"PATH=/usr/bin:/bin", "HOME=/nonexistent", "LANG=C.UTF-8"};
    request.directory = "/";
    request.stdout_path = request.stderr_path = answer + "/text";
    ASSIGN_OR_RETURN([[maybe_unused]] int code, loop.RunUntilDone(Once::Run(*launcher, request, loop.In(std::chrono::seconds(20)))));
    auto text = context.disk.ReadFile(answer + "/text", 1 << 20);
    if (!text.ok()) continue;
    help = HelpText{*text, OptionsIn(*text), WordsIn(name, *text)};
    RETURN_IF_ERROR(context.disk.RemoveFile(answer + "/text"));
  }
  RETURN_IF_ERROR(context.disk.RemoveTree(answer));
  return all;
}

}  // namespace tusk::tools
