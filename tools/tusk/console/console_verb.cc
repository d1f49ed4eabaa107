// `tusk console`: calls of the console's API from the command line.
#include "tools/tusk/console/console_verb.h"

#include <algorithm>

#include "base/async/asio_loop.h"
#include "base/async/blocking_pool.h"
#include "base/env/env.h"
#include "base/http/client.h"
#include "base/web/json.h"

namespace tusk::tools {
namespace {

using namespace std::chrono_literals;

constexpr const char* kUsage =
    "Usage: tusk console adduser NAME --role viewer|operator|admin   (the password from the terminal or stdin)\n"
    "       tusk console passwd NAME | deluser NAME | list\n"
    "       tusk console decommission|recommission DATANODE          (ip:port, host:port or uuid)\n"
    "       tusk console maintenance DATANODE [--until MILLISECONDS_SINCE_1970]\n"
    "       tusk console trash|restore PATH\n"
    "       tusk console api GET|POST PATH [JSON]                     (PATH below /api/v1)\n"
    "       each but the first line's: --user NAME where the console wants a login\n";

struct ConsoleRequest {
  std::string method = "POST";
  std::string path;  // below /api/v1
  std::string body;
};

HostPort ServerOf(const CliContext& context, std::string_view path) {
  const bool yarn = path.starts_with("/yarn");
  const std::string text = yarn ? context.conf.Get("yarn.resourcemanager.webapp.address", "127.0.0.1:8088")
                                : context.conf.Get("dfs.namenode.http-address", "127.0.0.1:9870");
  HostPort address = HostPort::Parse(text, yarn ? 8088 : 9870).value_or(HostPort{"127.0.0.1", 9870});
  if (address.host == "0.0.0.0" || address.host.empty()) address.host = "127.0.0.1";
  return address;
}

class ConsoleSession {
 public:
  ConsoleSession(Env env, HostPort server) : env_(env), client_(http::Client::Make(env)), server_(std::move(server)) {}

  Task<Status> Begin(std::string user, std::string password) {
    http::ClientRequest request = RequestOf("GET", "/session");
    std::string body;
    if (!user.empty()) {
      request = RequestOf("POST", "/login");
      request.headers.Add("Content-Type", "application/json");
      body = web::JsonObject().Set("user", user).Set("password", password).Done();
    }
    CO_ASSIGN_OR_RETURN(http::Response answer, co_await client_->Fetch(std::move(request), std::move(body), env_.loop.In(30s)));
    CO_ASSIGN_OR_RETURN(web::JsonBody session, web::JsonBody::Parse(answer.body));
    if (answer.head.status != 200) co_return Status(Code::kAccessControl, answer.body);
    if (session.IsNull("csrf")) co_return Status(Code::kAccessControl, "this console wants a login: --user NAME");
    CO_ASSIGN_OR_RETURN(csrf_, session.Text("csrf"));
    const std::string set(answer.head.headers.Get("Set-Cookie", ""));
    cookie_ = set.substr(0, set.find(';'));
    co_return Status::Ok();
  }

  Task<Result<http::Response>> Ask(ConsoleRequest asked) {
    http::ClientRequest request = RequestOf(asked.method, asked.path);
    request.headers.Add("Cookie", cookie_);
    request.headers.Add("X-Tusk-CSRF", csrf_);
    if (!asked.body.empty()) request.headers.Add("Content-Type", "application/json");
    co_return co_await client_->Fetch(std::move(request), std::move(asked.body), env_.loop.In(120s));
  }

 private:
  http::ClientRequest RequestOf(std::string method, const std::string& path) const {
    http::ClientRequest request;
    request.method = std::move(method);
    request.server = server_;
    request.target = "/api/v1" + path;
    return request;
  }

  Env env_;
  std::unique_ptr<http::Client> client_;
  HostPort server_;
  std::string cookie_;
  std::string csrf_;
};

Task<Result<http::Response>> RunRequest(ConsoleSession& session, std::string user, std::string password, ConsoleRequest request) {
  CO_RETURN_IF_ERROR(co_await session.Begin(std::move(user), std::move(password)));
  co_return co_await session.Ask(std::move(request));
}

// Takes `name VALUE` out of `args`.
std::string TakeOption(std::vector<std::string>& args, std::string_view name) {
  for (size_t i = 0; i + 1 < args.size(); ++i) {
    if (args[i] != name) continue;
    std::string value = args[i + 1];
    args.erase(args.begin() + static_cast<ptrdiff_t>(i), args.begin() + static_cast<ptrdiff_t>(i) + 2);
    return value;
  }
  return "";
}

std::optional<ConsoleRequest> RequestFor(std::vector<std::string> args) {
  const std::string until = TakeOption(args, "--until");
  if (args.size() < 2) return std::nullopt;
  const std::string& action = args[0];
  if (action == "api" && args.size() <= 4 && args.size() >= 3 && args[2].starts_with('/')) {
    return ConsoleRequest{args[1], args[2], args.size() == 4 ? args[3] : ""};
  }
  if (args.size() != 2) return std::nullopt;
  const std::string node = "/dfs/datanodes/" + http::PercentEncode(args[1], "") + "/";
  if (action == "decommission" || action == "recommission") return ConsoleRequest{"POST", node + action, ""};
  if (action == "maintenance") {
    const bool number = !until.empty() && until.find_first_not_of("0123456789") == std::string::npos;
    if (!until.empty() && !number) return std::nullopt;
    return ConsoleRequest{"POST", node + action, number ? "{\"untilMs\":" + until + "}" : ""};
  }
  if (action == "trash") return ConsoleRequest{"POST", "/dfs/files/trash", web::JsonObject().Set("path", args[1]).Done()};
  if (action == "restore") return ConsoleRequest{"POST", "/dfs/files/restore", web::JsonObject().Set("trashPath", args[1]).Done()};
  return std::nullopt;
}

}  // namespace

int RunConsole(CliContext& context, std::vector<std::string> args) {
  if (!args.empty()) {
    if (std::optional<int> code = RunConsoleUsers(context, args)) return *code;
  }
  const std::string user = TakeOption(args, "--user");
  std::optional<ConsoleRequest> request = RequestFor(args);
  if (!request) {
    std::fputs(kUsage, context.err);
    return 2;
  }
  std::string password;
  if (!user.empty()) {
    auto read = ReadPassword(context, "Password of " + user + ": ");
    if (read.ok()) password = *read;
  }
  AsioLoop loop(context.clock);
  auto pool = MakeThreadPool("console", 1);
  auto network = MakeAsioNetwork(loop, *pool);
  Env env{context.clock, context.random, context.disk, loop, *network, *pool};
  ConsoleSession session(env, ServerOf(context, request->path));
  auto answer = loop.RunUntilDone(RunRequest(session, user, std::move(password), std::move(*request)));
  if (!answer.ok()) {
    std::fprintf(context.err, "tusk console: %s\n", std::string(answer.status().message()).c_str());
    return 1;
  }
  std::fprintf(answer->head.status < 300 ? context.out : context.err, "%s\n", answer->body.c_str());
  return answer->head.status < 300 ? 0 : 1;
}

}  // namespace tusk::tools
