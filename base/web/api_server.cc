// The way of one request.
#include "base/web/api_server.h"

#include <array>

#include "base/log/log.h"
#include "base/web/page_assets.h"

namespace tusk::web {

using namespace std::chrono_literals;

namespace {

constexpr Duration kBodyWithin = 30s;

// "/dfs/files?path=/a" of "/api/v1/dfs/files?path=/a", without the query.
std::string_view PathOf(const http::Request& request) {
  std::string_view path = request.target;
  const size_t at = path.find(kApiPrefix);
  path.remove_prefix(at == std::string_view::npos ? path.size() : at + kApiPrefix.size());
  return path.substr(0, path.find('?'));
}

// What an action is done to, as far as path and body say.
std::string TargetOf(const ApiCall& call) {
  if (!call.path.empty()) return call.path.begin()->second;
  const auto text = [&call](std::string_view name) { return call.body.Text(name, "").value_or(""); };
  if (call.body.Has("from")) return text("from") + " -> " + text("to");
  for (std::string_view name : {"path", "trashPath", "action", "user", "kind"}) {
    if (call.body.Has(name)) return text(name);
  }
  return "";
}

bool HasBody(const http::Request& request) {
  return request.headers.Has("Transfer-Encoding") || request.headers.Get("Content-Length", "0") != "0";
}

bool IsJson(std::string_view type) {
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return http::EqualsNoCase(type, "application/json");
}

}  // namespace

Task<void> ApiServer::Serve(http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  Asker asker = parts_.gate.WhoAsks(request);
  const std::string_view path = PathOf(request);
  if (path.starts_with(parts_.peer_prefix)) {
    co_await ServePeers(exchange, std::move(asker));
    co_return;
  }
  Api::Match match = parts_.api.Find(request.method, path);
  if (match.route == nullptr && match.allowed.empty()) {
    co_await Refuse(exchange, {404, "notFound", "no such endpoint: see " + std::string(kApiPrefix) + "/openapi.json"});
  } else if (match.route == nullptr) {
    co_await Refuse(exchange, {405, "methodNotAllowed", "this path has " + match.allowed}, {{"Allow", match.allowed}});
  } else {
    co_await ServeOwn(exchange, std::move(asker), std::move(match));
  }
}

std::optional<ApiError> ApiServer::Check(const http::Request& request, const Asker& asker, Role role, bool open) const {
  if (auto error = parts_.gate.CheckOrigin(request, asker)) return error;
  if (!open) {
    if (auto error = parts_.gate.CheckRole(asker, role)) return error;
  }
  if (IsSafe(request.method)) return std::nullopt;
  if (!open) {
    if (auto error = parts_.gate.CheckToken(request, asker)) return error;
  }
  if (HasBody(request) && !IsJson(request.headers.Get("Content-Type", ""))) {
    return ApiError{415, "unsupportedMediaType", "the body must be application/json"};
  }
  return std::nullopt;
}

Task<Result<std::string>> ApiServer::ReadBody(http::Exchange& exchange) {
  std::string body;
  std::array<uint8_t, 8192> part;
  const TimePoint deadline = env_.loop.In(kBodyWithin);
  for (;;) {
    CO_ASSIGN_OR_RETURN(size_t count, co_await exchange.ReadBody(part));
    if (count == 0) co_return body;
    if (body.size() + count > kApiBodyBytesMax) co_return Status(Code::kResourceExhausted, "the body is too large");
    if (env_.loop.Now() > deadline) co_return Status(Code::kTimedOut, "the body comes too slowly");
    body.append(AsText(ByteView(part).first(count)));
  }
}

Task<void> ApiServer::ServeOwn(http::Exchange& exchange, Asker asker, Api::Match match) {
  const ApiRoute& route = *match.route;
  const http::Request& request = exchange.request();
  ApiCall call{exchange, asker.who.value_or(Identity{}), JsonBody(), std::move(match.path), {}, asker.forwarded};
  call.who.address = asker.address;
  if (!call.path.empty()) call.target = call.path.begin()->second;
  if (auto error = Check(request, asker, route.role, route.open)) {
    Audit(asker, route, call.target, false);
    co_await Refuse(exchange, std::move(*error));
    co_return;
  }
  if (!IsSafe(request.method) && HasBody(request)) {
    auto text = co_await ReadBody(exchange);
    if (!text.ok()) exchange.CloseAfter();
    auto body = text.ok() ? JsonBody::Parse(*text) : Result<JsonBody>(text.status());
    if (!body.ok()) {
      const bool large = text.code() == Code::kResourceExhausted;
      co_await Refuse(exchange, {large ? 413 : 400, large ? "tooLarge" : "badRequest", std::string(body.status().message())});
      co_return;
    }
    call.body = std::move(*body);
  }
  call.target = TargetOf(call);
  Result<ApiAnswer> answer = co_await (*match.handler)(call);
  Audit(asker, route, call.target, answer.ok() && answer->status < 400);
  if (answer.ok()) {
    if (!answer->sent) co_await Send(exchange, std::move(*answer));
  } else if (exchange.started()) {
    exchange.CloseAfter();
  } else {
    co_await Refuse(exchange, ErrorOf(answer.status()));
  }
}

Task<void> ApiServer::ServePeers(http::Exchange& exchange, Asker asker) {
  const http::Request& request = exchange.request();
  if (asker.forwarded) {
    co_await Refuse(exchange, {404, "notFound", "this is the other daemon's"});  // or the two would ask each other for ever
    co_return;
  }
  if (auto error = Check(request, asker, Role::kViewer, false)) {
    co_await Refuse(exchange, std::move(*error));
    co_return;
  }
  std::string body;
  if (!IsSafe(request.method) && HasBody(request)) {
    auto text = co_await ReadBody(exchange);
    if (!text.ok()) {
      exchange.CloseAfter();
      const bool large = text.code() == Code::kResourceExhausted;
      co_await Refuse(exchange, {large ? 413 : 400, large ? "tooLarge" : "badRequest", std::string(text.status().message())});
      co_return;
    }
    body = std::move(*text);
  }
  std::string forwarded =
      parts_.accounts.signer().Forwarded(request.method, request.target, asker.address, env_.clock.WallMillis());
  Status passed = co_await parts_.peer.Forward(exchange, std::move(body), std::move(forwarded));
  if (passed.ok()) co_return;
  if (exchange.started()) {
    exchange.CloseAfter();
    co_return;
  }
  co_await Send(exchange, ApiAnswer{parts_.peer.DownJson(), 503});
}

Task<void> ApiServer::Refuse(http::Exchange& exchange, ApiError error, http::Headers more) {
  if (error.status >= 500) LogWarn("console", "{} {}: {}", exchange.request().method, exchange.request().path, error.message);
  if (error.status == 429 && !more.Has("Retry-After")) more.Add("Retry-After", "5");
  ApiAnswer answer{ErrorJson(error), error.status};
  answer.headers = std::move(more);
  co_await Send(exchange, std::move(answer));
}

Task<void> ApiServer::Send(http::Exchange& exchange, ApiAnswer answer) {
  http::Response response;
  response.head.status = answer.status;
  response.head.headers = std::move(answer.headers);
  AddSafetyHeaders(response.head.headers);
  response.head.headers.Set("Content-Type", "application/json");
  response.head.headers.Set("Cache-Control", "no-store");
  response.body = std::move(answer.json);
  Status sent = co_await exchange.Reply(std::move(response));
  if (!sent.ok()) exchange.CloseAfter();
}

void ApiServer::Audit(const Asker& asker, const ApiRoute& route, std::string target, bool allowed) const {
  if (route.action.empty()) return;
  ConsoleAction action{asker.who ? asker.who->user : "-", asker.address, route.action, std::move(target), allowed};
  LogInfo("console", "{} {} {} of {}: {}", action.user, action.action, Quote(action.target), action.address, allowed ? "done" : "refused");
  if (parts_.audit) parts_.audit(action);
}

}  // namespace tusk::web
