// Forwards requests to application masters.
#include "yarn_like/resourcemanager/web/app_proxy.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>

#include "base/async/event_loop.h"

namespace tusk::yarn {
namespace {

using std::chrono::seconds;

constexpr std::string_view kPrefix = "/proxy/";
constexpr std::string_view kCameBack = "redirect/";
// For the master to answer, and for its answer to move on.
constexpr auto kPatience = seconds(60);
constexpr size_t kBodyMax = 1 << 20;  // of a PUT: masters take small commands

// What of the browser's request a master gets to see, as Hadoop's proxy.
constexpr std::array<std::string_view, 9> kForwarded = {
    "User-Agent", "Accept", "Accept-Encoding", "Accept-Language", "Accept-Charset", "Content-Type", "Origin",
    "Access-Control-Request-Method", "Access-Control-Request-Headers"};
// Of one connection only.
constexpr std::array<std::string_view, 6> kOfConnection = {
    "Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length", "Trailer", "Upgrade"};

// "ID/PATH?QUERY" of "/proxy/ID/PATH?QUERY" and of "/proxy/redirect/ID/PATH?QUERY": a master that only lets the proxy
// in sends browsers to the latter.
std::string_view BelowPrefix(std::string_view target) {
  if (target.starts_with(kPrefix)) target.remove_prefix(kPrefix.size());
  if (target.starts_with(kCameBack)) target.remove_prefix(kCameBack.size());
  return target;
}

// Those of the answer that go on to the browser. `id` is the application's.
http::ResponseHead Passed(const http::ResponseHead& head) {
  http::ResponseHead passed;
  passed.status = head.status;
  passed.reason = head.reason;
  for (const auto& [name, value] : head.headers.fields()) {
    const auto same = [&](std::string_view other) { return http::EqualsNoCase(name, other); };
    if (std::none_of(kOfConnection.begin(), kOfConnection.end(), same)) passed.headers.Add(name, value);
  }
  return passed;
}

}  // namespace

Result<http::Url> PageBehindProxy(std::string_view tracking, std::string_view target) {
  std::string text(tracking);
  if (text.find("://") == std::string::npos) text = "http://" + text;
  ASSIGN_OR_RETURN(http::Url url, http::Url::Parse(text));
  std::string_view below = BelowPrefix(target);
  const size_t end = below.find_first_of("/?");
  below = end == std::string_view::npos ? std::string_view() : below.substr(end);
  if (below.empty() || below == "/") return url;
  std::string base = url.target.substr(0, url.target.find('?'));
  if (base.ends_with('/')) base.pop_back();
  url.target = base + (below.starts_with('/') ? "" : "/") + std::string(below);
  return url;
}

void AppProxy::Mount(http::Server& server) {
  for (const char* method : {"GET", "PUT"}) {
    server.Handle(method, "/proxy", [this](http::Exchange& exchange) { return Serve(exchange); });
  }
}

Task<void> AppProxy::Serve(http::Exchange& exchange) {
  const std::string target = exchange.request().target;
  const std::string_view below = BelowPrefix(target);
  const std::string name(below.substr(0, below.find_first_of("/?")));
  const Result<ApplicationId> id = ApplicationId::Parse(name);
  const Application* application = id.ok() ? cluster_.Find(*id) : nullptr;
  if (application == nullptr) {
    (void)co_await exchange.Reply(404, "text/plain", "Application not found: " + name + "\n");
    co_return;
  }
  const std::string own_page = cluster_.PageUrl(*application);
  const Attempt* attempt = application->current();
  const std::string tracking = attempt == nullptr ? "" : attempt->original_tracking_url;
  if (tracking.empty() || tracking == "N/A") {
    (void)co_await exchange.Redirect(302, own_page);
    co_return;
  }
  Result<http::Url> page = PageBehindProxy(tracking, target);
  if (IsOver(application->state) || !page.ok()) {
    const bool whole = tracking.find("://") != std::string::npos;
    (void)co_await exchange.Redirect(302, whole ? tracking : "http://" + tracking);
    co_return;
  }
  co_await Forward(exchange, std::move(*page), own_page);
}

Task<void> AppProxy::Forward(http::Exchange& exchange, http::Url page, std::string own_page) {
  http::ClientRequest request;
  request.method = exchange.request().method == "PUT" ? "PUT" : "GET";
  request.server = page.host;
  request.target = page.target;
  for (std::string_view name : kForwarded) {
    if (auto value = exchange.request().headers.Get(name)) request.headers.Add(std::string(name), std::string(*value));
  }
  // Who asks; masters check it against their own lists of who may look.
  request.headers.Add("Cookie", "proxy-user=" + http::PercentEncode(exchange.request().query.Get("user.name", "dr.who"), ""));
  std::string body;
  if (request.method == "PUT") {
    Result<std::string> read = co_await exchange.ReadWholeBody(kBodyMax);
    if (!read.ok()) {
      (void)co_await exchange.Reply(400, "text/plain", "the request's body: " + std::string(read.status().message()) + "\n");
      co_return;
    }
    body = std::move(*read);
  }
  const auto kind = request.method == "PUT" ? http::BodyKind::kLength : http::BodyKind::kNone;
  auto upstream = co_await client_->Open(std::move(request), kind, body.size(), env_.loop.In(kPatience));
  if (upstream.ok() && !body.empty()) {
    Status sent = co_await (*upstream)->WriteBody(AsBytes(body), env_.loop.In(kPatience));
    if (!sent.ok()) upstream = std::move(sent);
  }
  Result<http::ResponseHead> head = Status(Code::kConnectionRefused, "");
  if (upstream.ok()) head = co_await (*upstream)->ReadHead(env_.loop.In(kPatience));
  if (!upstream.ok() || !head.ok()) {
    // The master has just ended, or does not listen: what we know of the application is the answer, as Hadoop's.
    (void)co_await exchange.Redirect(302, own_page);
    co_return;
  }
  if (head->headers.Get("Location", "").find("/proxy/redirect/") != std::string_view::npos) {
    (void)co_await exchange.Redirect(302, own_page);  // it does not take us for its proxy: no endless circle
    co_return;
  }
  std::optional<uint64_t> length;
  if (auto text = head->headers.Get("Content-Length")) length = std::strtoull(std::string(*text).c_str(), nullptr, 10);
  Status begun = co_await exchange.Begin(Passed(*head), length);
  if (begun.ok() && exchange.request().method != "HEAD") begun = co_await SendBody(exchange, **upstream);
  if (!begun.ok()) exchange.CloseAfter();
}

Task<Status> AppProxy::SendBody(http::Exchange& exchange, http::ClientExchange& upstream) {
  std::string buffer(64 << 10, '\0');
  for (;;) {
    CO_ASSIGN_OR_RETURN(size_t count, co_await upstream.ReadBody(
                                          MutableByteView(reinterpret_cast<uint8_t*>(buffer.data()), buffer.size()),
                                          env_.loop.In(kPatience)));
    if (count == 0) co_return Status::Ok();
    CO_RETURN_IF_ERROR(co_await exchange.Write(std::string_view(buffer).substr(0, count)));
  }
}

}  // namespace tusk::yarn
