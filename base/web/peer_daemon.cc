// Pings and passed-on requests.
#include "base/web/peer_daemon.h"

#include "base/async/event_loop.h"
#include "base/log/log.h"
#include "base/web/page_assets.h"
#include "base/web/session_cookie.h"
#include "base/web/text.h"

namespace tusk::web {

using namespace std::chrono_literals;

namespace {

constexpr Duration kAskedEvery = 3s;
constexpr Duration kAnswersWithin = 3s;
constexpr Duration kMovesWithin = 60s;  // a stream says something every 15 s
constexpr size_t kPortsMax = 4096;

http::ClientOptions FreshConnections() {
  http::ClientOptions options;
  options.idle_max = Duration{};  // a kept connection may be closed just when a POST goes out, which nobody repeats
  return options;
}

}  // namespace

PeerDaemon::PeerDaemon(Env env, std::string name, HostPort address)
    : env_(env), name_(std::move(name)), address_(std::move(address)), client_(http::Client::Make(env, FreshConnections())) {}

void PeerDaemon::Note(bool up) {
  if (up_ == up) return;
  if (up_) LogInfo("console", "{} at {} is {}", name_, address_.ToString(), up ? "back" : "down");
  up_ = up;
  since_wall_ms_ = env_.clock.WallMillis();
}

Task<Status> PeerDaemon::Ping() {
  http::ClientRequest request;
  request.server = address_;
  request.target = kPingPath;
  CO_ASSIGN_OR_RETURN(http::Response answer, co_await client_->Fetch(std::move(request), "", env_.loop.In(kAnswersWithin), 64 << 10));
  datanode_ports_.clear();
  for (std::string_view word : Split(answer.body, ' ')) {
    uint16_t port = 0;
    if (answer.head.status == 200 && datanode_ports_.size() < kPortsMax && ParseNumber(word, port)) datanode_ports_.push_back(port);
  }
  co_return Status::Ok();  // any answer will do: a Java daemon knows no ping
}

Task<void> PeerDaemon::Watch(std::stop_token stop) {
  for (;;) {
    Status answered = co_await Ping();
    if (stop.stop_requested()) co_return;
    Note(answered.ok());
    Status slept = co_await SleepFor(env_.loop, kAskedEvery, stop);
    if (!slept.ok()) co_return;
  }
}

http::ClientRequest PeerDaemon::Passed(const http::Request& request, std::string forwarded) const {
  http::ClientRequest passed;
  passed.method = request.method;
  passed.server = address_;
  passed.target = request.target;
  passed.headers.Add(std::string(kForwardedHeader), std::move(forwarded));
  for (std::string_view name : {kCsrfHeader, std::string_view("Content-Type"), std::string_view("Accept"), std::string_view("Last-Event-ID")}) {
    if (auto value = request.headers.Get(name)) passed.headers.Add(std::string(name), std::string(*value));
  }
  if (auto cookie = CookieOf(request.headers.Get("Cookie", ""), kCookieName)) {
    passed.headers.Add("Cookie", std::string(kCookieName) + "=" + std::string(*cookie));
  }
  return passed;
}

Task<void> PeerDaemon::Tell(const http::Request& request, std::string forwarded) {
  auto told = co_await client_->Fetch(Passed(request, std::move(forwarded)), "", env_.loop.In(kAnswersWithin), 64 << 10);
  if (!told.ok()) LogDebug("console", "{} was not told: {}", name_, told.status().ToString());
}

Task<Status> PeerDaemon::Forward(http::Exchange& exchange, std::string body, std::string forwarded) {
  http::ClientRequest passed = Passed(exchange.request(), std::move(forwarded));
  if (aborted_) co_return Status(Code::kCancelled, "the daemon is stopping");
  const http::BodyKind kind = body.empty() ? http::BodyKind::kNone : http::BodyKind::kLength;
  auto asked = co_await client_->Open(std::move(passed), kind, body.size(), env_.loop.In(kAnswersWithin));
  if (!asked.ok()) {
    Note(false);
    co_return asked.status();
  }
  asked_.insert(asked->get());
  Status done = Status::Ok();
  if (!body.empty()) done = co_await (*asked)->WriteBody(AsBytes(body), env_.loop.In(kAnswersWithin));
  if (done.ok()) done = co_await Pass(exchange, **asked);
  asked_.erase(asked->get());
  co_return done;
}

Task<Status> PeerDaemon::Pass(http::Exchange& exchange, http::ClientExchange& asked) {
  auto head = co_await asked.ReadHead(env_.loop.In(kMovesWithin));
  if (!head.ok()) {
    if (head.code() != Code::kCancelled) Note(false);
    co_return head.status();
  }
  Note(true);
  http::ResponseHead answer;
  answer.status = head->status;
  AddSafetyHeaders(answer.headers);
  for (std::string_view name : {"Content-Type", "Cache-Control", "Retry-After", "Content-Disposition", "Allow", "X-Accel-Buffering"}) {
    if (auto value = head->headers.Get(name)) answer.headers.Add(std::string(name), std::string(*value));
  }
  std::optional<uint64_t> length;
  uint64_t number = 0;
  if (auto text = head->headers.Get("Content-Length"); text && ParseNumber(*text, number)) length = number;
  if (!length) exchange.CloseAfter();
  CO_RETURN_IF_ERROR(co_await exchange.Begin(std::move(answer), length));
  if (exchange.request().method == "HEAD") co_return Status::Ok();
  std::vector<uint8_t> part(16 << 10);
  for (;;) {
    auto count = co_await asked.ReadBody(part, env_.loop.In(kMovesWithin));
    if (!count.ok()) exchange.CloseAfter();
    CO_ASSIGN_OR_RETURN(size_t bytes, std::move(count));
    if (bytes == 0) co_return Status::Ok();
    CO_RETURN_IF_ERROR(co_await exchange.Write(ByteView(part).first(bytes)));
  }
}

std::string PeerDaemon::DownJson() const {
  JsonObject error;
  error.Set("code", "daemonDown").Set("message", "the " + name_ + " at " + address_.ToString() + " does not answer").Set("daemon", name_);
  error.Set("since", since_wall_ms_.value_or(env_.clock.WallMillis()));
  return JsonObject().Set("error", error).Done();
}

void PeerDaemon::Abort() {
  aborted_ = true;
  for (http::ClientExchange* asked : asked_) asked->Abort();
}

}  // namespace tusk::web
