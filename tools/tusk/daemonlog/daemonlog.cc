// One request; the marked lines of its answer, without tags.
#include "tools/tusk/daemonlog/daemonlog.h"

#include <cstdlib>

#include "base/async/loop_thread.h"
#include "base/http/client.h"

namespace tusk::tools {
namespace {

constexpr std::string_view kMarker = "<!-- OUTPUT -->";
constexpr const char* kUsage =
    "\nUsage: Command options are:\n"
    "\t[-getlevel <host:port> <classname> [-protocol (http|https)]\n"
    "\t[-setlevel <host:port> <classname> <level> [-protocol (http|https)]\n\n";

Task<Result<http::Response>> Fetch(Env env, HostPort server, std::string target) {
  auto client = http::Client::Make(env);
  http::ClientRequest request;
  request.server = server;
  request.target = std::move(target);
  co_return co_await client->Fetch(std::move(request), "", env.loop.In(std::chrono::seconds(60)));
}

std::string WithoutTags(std::string_view line) {
  std::string text;
  bool in_tag = false;
  for (char c : line) {
    if (c == '<') in_tag = true;
    if (!in_tag) text += c;
    if (c == '>') in_tag = false;
  }
  return text;
}

void PrintMarked(const std::string& body, std::FILE* out) {
  for (size_t at = body.find(kMarker); at != std::string::npos; at = body.find(kMarker, at + 1)) {
    const size_t begin = at + kMarker.size();
    std::fprintf(out, "%s\n", WithoutTags(std::string_view(body).substr(begin, body.find('\n', begin) - begin)).c_str());
  }
}

}  // namespace

int RunDaemonLog(CliContext& context, std::vector<std::string> args) {
  if (args.size() >= 2 && args[args.size() - 2] == "-protocol") {
    if (args.back() != "http") {
      std::fprintf(context.err, "daemonlog: tusk's daemons speak http\n");
      return 255;
    }
    args.resize(args.size() - 2);
  }
  const bool set = args.size() == 4 && args[0] == "-setlevel";
  const bool get = args.size() == 3 && args[0] == "-getlevel";
  const size_t colon = args.size() < 2 ? std::string::npos : args[1].rfind(':');
  if ((!set && !get) || colon == std::string::npos) {
    std::fputs(kUsage, context.err);
    return 255;
  }
  const HostPort server{args[1].substr(0, colon), static_cast<uint16_t>(std::atoi(args[1].c_str() + colon + 1))};
  std::string target = "/logLevel?log=" + http::PercentEncode(args[2], "");
  if (set) target += "&level=" + http::PercentEncode(args[3], "");
  std::fprintf(context.out, "Connecting to http://%s%s\n", args[1].c_str(), target.c_str());
  LoopThread thread(context.clock, context.random, context.disk, "daemonlog");
  Result<http::Response> answer = thread.Run(Fetch(thread.env(), server, target));
  if (!answer.ok() || answer->head.status != 200) {
    std::fprintf(context.err, "daemonlog: %s\n",
                 answer.ok() ? ("the daemon answered " + std::to_string(answer->head.status)).c_str() : answer.status().ToString().c_str());
    return 1;
  }
  PrintMarked(answer->body, context.out);
  return 0;
}

}  // namespace tusk::tools
