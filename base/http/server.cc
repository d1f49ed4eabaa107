// The server: accept loop, connections, routing, replies.
#include "base/http/server.h"

#include <fmt/format.h>

#include <array>
#include <ctime>
#include <map>
#include <set>

#include "base/async/task_scope.h"
#include "base/http/wire_internal.h"
#include "base/log/log.h"

namespace tusk::http {
namespace {

// What a handler left unread of a body is read away up to this, to keep the connection.
constexpr uint64_t kDrainBytesMax = 256 << 10;

std::string HttpDate(int64_t wall_ms) {
  std::time_t seconds = wall_ms / 1000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  size_t size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

bool BodyAllowed(int status) { return status >= 200 && status != 204 && status != 304; }

struct Connection {
  Stream* stream = nullptr;
  TimePoint since{};        // when it began to wait for the client
  bool waits = false;       // for a request, or the rest of its head
  bool reads_body = false;  // waits for more of a body
  bool evicted = false;     // closed to make place
};

// A body that has not moved for so long makes place for others where there is none.
constexpr Duration kBodyStalls = std::chrono::seconds(5);

class ExchangeImpl : public Exchange {
 public:
  ExchangeImpl(Env env, const ServerOptions& options, Connection& connection, MessageReader& reader, Request request)
      : env_(env), options_(options), connection_(connection), stream_(*connection.stream), reader_(reader),
        request_(std::move(request)) {
    keep_ = reader_.head().keep_alive;
    expects_continue_ = request_.headers.HasToken("Expect", "100-continue") && !reader_.body_done();
  }

  const Request& request() const override { return request_; }

  Task<Result<size_t>> ReadBody(MutableByteView out) override {
    if (expects_continue_) {
      expects_continue_ = false;
      CO_RETURN_IF_ERROR(co_await stream_.Write(AsBytes("HTTP/1.1 100 Continue\r\n\r\n"), Deadline()));
    }
    connection_.since = env_.clock.Now();
    connection_.reads_body = true;
    Result<size_t> count = co_await reader_.ReadBody(out, Deadline());
    connection_.reads_body = false;
    if (!count.ok()) keep_ = false;
    co_return count;
  }

  Task<Result<std::string>> ReadWholeBody(size_t bytes_max) override {
    std::string body;
    if (reader_.head().framing == Framing::kLength && reader_.head().length > bytes_max) {
      co_return Status(Code::kResourceExhausted, "HTTP body too large");
    }
    std::array<uint8_t, 8192> part;
    for (;;) {
      CO_ASSIGN_OR_RETURN(size_t count, co_await ReadBody(part));
      if (count == 0) co_return body;
      if (body.size() + count > bytes_max) co_return Status(Code::kResourceExhausted, "HTTP body too large");
      body.append(reinterpret_cast<const char*>(part.data()), count);
    }
  }

  Task<Status> Reply(Response response) override {
    uint64_t length = response.body.size();
    CO_RETURN_IF_ERROR(co_await Begin(std::move(response.head), length));
    if (!writes_body_) co_return Status::Ok();
    co_return co_await Write(AsBytes(response.body));
  }

  Task<Status> Begin(ResponseHead head, std::optional<uint64_t> content_length) override {
    if (writer_) co_return Status(Code::kInternal, "a second reply to one HTTP request");
    for (const auto& [name, value] : options_.headers_always.fields()) {
      if (!head.headers.Has(name)) head.headers.Add(name, value);
    }
    // A client that waits for "100 Continue" and got an answer may or may not send its body: the connection is over.
    if (expects_continue_ || head.headers.HasToken("Connection", "close")) keep_ = false;
    Framing framing = Framing::kNone;
    bool allowed = BodyAllowed(head.status);
    if (allowed && content_length) framing = Framing::kLength;
    if (allowed && !content_length) framing = request_.version >= 11 ? Framing::kChunked : Framing::kUntilClose;
    if (framing == Framing::kUntilClose) keep_ = false;

    std::string text = fmt::format("HTTP/1.1 {} {}\r\n", head.status,
                                   head.reason.empty() ? ReasonOf(head.status) : std::string_view(head.reason));
    AppendField(text, "Date", HttpDate(env_.clock.WallMillis()));
    for (const auto& [name, value] : head.headers.fields()) {
      if (EqualsNoCase(name, "Connection")) continue;
      AppendField(text, name, value);
    }
    if (framing == Framing::kLength) AppendField(text, "Content-Length", std::to_string(*content_length));
    if (framing == Framing::kChunked) AppendField(text, "Transfer-Encoding", "chunked");
    if (!keep_) AppendField(text, "Connection", "close");
    if (keep_ && request_.version < 11) AppendField(text, "Connection", "keep-alive");
    text += "\r\n";
    writes_body_ = allowed && request_.method != "HEAD";
    if (!writes_body_) framing = Framing::kNone;
    writer_.emplace(stream_, std::move(text), framing, content_length.value_or(0));
    co_return Status::Ok();
  }

  Task<Status> Write(ByteView bytes) override {
    if (!writer_) co_return Status(Code::kInternal, "HTTP body before its head");
    if (!writes_body_) co_return Status::Ok();
    co_return Noted(co_await writer_->Write(bytes, Deadline()));
  }

  Task<Status> WriteFile(File& file, uint64_t offset, uint64_t length) override {
    if (!writer_) co_return Status(Code::kInternal, "HTTP body before its head");
    if (!writes_body_) co_return Status::Ok();
    co_return Noted(co_await writer_->WriteFile(file, offset, length, Deadline()));
  }

  bool started() const override { return writer_.has_value(); }
  void CloseAfter() override { keep_ = false; }

  // After the handler: completes the reply and the request. True: the connection serves another one.
  Task<bool> Finish() {
    if (!writer_) {
      Status replied = co_await Exchange::Reply(500, "text/plain", "the handler gave no reply\n");
      if (!replied.ok()) co_return false;
    }
    Status finished = co_await writer_->Finish(Deadline());
    if (!finished.ok() || !keep_) co_return false;
    uint64_t drained = 0;
    std::array<uint8_t, 8192> part;
    while (!reader_.body_done()) {
      Result<size_t> count = co_await reader_.ReadBody(part, Deadline());
      if (!count.ok()) co_return false;
      drained += *count;
      if (drained > kDrainBytesMax) co_return false;
    }
    co_return true;
  }

 private:
  TimePoint Deadline() const { return env_.clock.Now() + options_.transfer_timeout; }
  Status Noted(Status status) {
    if (!status.ok()) keep_ = false;
    return status;
  }

  Env env_;
  const ServerOptions& options_;
  Connection& connection_;
  Stream& stream_;
  MessageReader& reader_;
  Request request_;
  std::optional<BodyWriter> writer_;
  bool writes_body_ = true;
  bool keep_ = false;
  bool expects_continue_ = false;
};

struct Route {
  std::string method;
  std::string prefix;
  Handler handler;
  bool exact = false;
};

// Fills `request` from a parsed head; false for a target that cannot be decoded.
bool FillRequest(ParsedHead& head, const HostPort& remote, Request& request) {
  request.method = std::move(head.method);
  request.target = std::move(head.target);
  request.headers = head.headers;
  request.version = head.version;
  request.remote = remote;
  std::string_view target = request.target;
  if (target.starts_with("http://")) {  // the absolute form, meant for proxies
    size_t slash = target.find('/', 7);
    target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
  }
  if (!target.starts_with('/')) return false;
  size_t question = target.find('?');
  if (question != std::string_view::npos) {
    request.raw_query = target.substr(question + 1);
    request.query = Query::Parse(request.raw_query);
  }
  auto path = PercentDecode(target.substr(0, question));
  if (!path) return false;
  request.path = std::move(*path);
  return true;
}

class ServerImpl : public Server {
 public:
  ServerImpl(Env env, ServerOptions options, std::unique_ptr<Listener> listener)
      : env_(env), options_(std::move(options)), listener_(std::move(listener)), scope_(env.loop) {}

  void Handle(std::string method, std::string prefix, Handler handler) override {
    while (prefix.size() > 1 && prefix.ends_with('/')) prefix.pop_back();
    routes_.push_back({std::move(method), std::move(prefix), std::move(handler), false});
  }
  void HandleExact(std::string method, std::string path, Handler handler) override {
    routes_.push_back({std::move(method), std::move(path), std::move(handler), true});
  }
  void set_guard(Guard guard) override { guard_ = std::move(guard); }
  void Start() override { scope_.Spawn(AcceptLoop()); }
  HostPort address() const override { return listener_->local(); }

  Task<void> Shutdown() override {
    scope_.Cancel();
    listener_->Close();
    for (Connection* connection : connections_) connection->stream->Close();
    co_await scope_.Join();
  }

 private:
  Task<void> AcceptLoop() {
    while (!scope_.cancelled()) {
      auto stream = co_await listener_->Accept();
      if (!stream.ok()) {
        if (stream.code() == Code::kCancelled) co_return;
        LogWarn(options_.name, "accept failed: {}", stream.status().ToString());
        Status paused = co_await SleepFor(env_.loop, Millis(100), scope_.token());
        if (!paused.ok()) co_return;
        continue;
      }
      // Closed by its destructor where no place can be made.
      if (connections_.size() >= options_.connections_max + evicted_ && !EvictIdle()) continue;
      scope_.Spawn(Serve(std::move(*stream)));
    }
  }

  // A full house: the connection that has waited longest without a whole request makes place, so that neither idle
  // connections nor slow headers shut others out.
  bool EvictIdle() {
    Connection* longest = nullptr;
    for (Connection* connection : connections_) {
      const bool stalls = connection->reads_body && env_.clock.Now() - connection->since > kBodyStalls;
      if ((!connection->waits && !stalls) || connection->evicted) continue;
      if (longest == nullptr || connection->since < longest->since) longest = connection;
    }
    if (longest == nullptr) return false;
    longest->evicted = true;
    ++evicted_;
    longest->stream->Close();
    return true;
  }

  Task<void> Serve(std::unique_ptr<Stream> stream) {
    Connection connection{stream.get()};
    connections_.insert(&connection);
    BufferedInput input(*stream);
    while (!scope_.cancelled()) {
      bool keep = co_await ServeOne(connection, input);
      if (!keep) break;
    }
    connections_.erase(&connection);
    evicted_ -= connection.evicted;
    stream->ShutdownWrite();
    stream->Close();
  }

  Task<bool> ServeOne(Connection& connection, BufferedInput& input) {
    Stream& stream = *connection.stream;
    MessageReader reader(input, MessageParser::Kind::kRequest, options_.header_bytes_max);
    connection.since = env_.clock.Now();
    connection.waits = true;
    Result<bool> read = co_await reader.ReadHead(connection.since + options_.idle_timeout);
    connection.waits = false;
    if (connection.evicted) co_return false;
    if (!read.ok()) {
      int status = read.code() == Code::kInvalidArgument ? 400 : read.code() == Code::kResourceExhausted ? 431 : 0;
      if (status != 0) co_await Refuse(stream, status);
      co_return false;
    }
    if (!*read) co_return false;
    Request request;
    if (!FillRequest(reader.head(), stream.remote(), request)) {
      co_await Refuse(stream, 400);
      co_return false;
    }
    bool path_known = false;
    const Handler* handler = Find(request, path_known);
    if (const Handler* instead = guard_ ? guard_(request) : nullptr; instead != nullptr) handler = instead;
    ExchangeImpl exchange(env_, options_, connection, reader, std::move(request));
    if (handler != nullptr) {
      co_await (*handler)(exchange);
    } else {
      // Java's authenticated clients ask with OPTIONS first whether a page wants them to negotiate: it does not.
      int status = !path_known ? 404 : exchange.request().method == "OPTIONS" ? 200 : 405;
      Exchange& plain = exchange;
      Status replied = co_await plain.Reply(status, "text/plain", std::string(ReasonOf(status)) + "\n");
      if (!replied.ok()) co_return false;
    }
    co_return co_await exchange.Finish();
  }

  Task<void> Refuse(Stream& stream, int status) {
    std::string text = fmt::format("HTTP/1.1 {} {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status,
                                   ReasonOf(status));
    Status written = co_await stream.Write(AsBytes(text), env_.clock.Now() + options_.transfer_timeout);
    if (!written.ok()) LogDebug(options_.name, "refusal not sent: {}", written.ToString());
  }

  const Handler* Find(const Request& request, bool& path_known) const {
    const Route* best = nullptr;
    for (const Route& route : routes_) {
      bool below = (!route.exact && route.prefix == "/") || request.path == route.prefix ||
                   (!route.exact && request.path.starts_with(route.prefix) && request.path[route.prefix.size()] == '/');
      if (!below) continue;
      path_known = true;
      bool exact = route.method == request.method || (route.method == "GET" && request.method == "HEAD");
      if (!exact && !route.method.empty()) continue;
      bool better = best == nullptr || route.prefix.size() > best->prefix.size() ||
                    (route.prefix.size() == best->prefix.size() && best->method.empty() && exact);
      if (better) best = &route;
    }
    return best == nullptr ? nullptr : &best->handler;
  }

  Env env_;
  ServerOptions options_;
  std::unique_ptr<Listener> listener_;
  TaskScope scope_;
  std::vector<Route> routes_;
  Guard guard_;
  std::set<Connection*> connections_;
  size_t evicted_ = 0;  // of them, closed and not ended yet
};

std::string JsonEscape(std::string_view text) {
  std::string escaped;
  for (char c : text) {
    if (c == '"' || c == '\\') {
      escaped += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      escaped += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      escaped.push_back(c);
    }
  }
  return escaped;
}

}  // namespace

Result<std::unique_ptr<Server>> Server::Listen(Env env, ServerOptions options) {
  ASSIGN_OR_RETURN(auto listener, env.network.Listen(options.bind));
  return std::unique_ptr<Server>(std::make_unique<ServerImpl>(env, std::move(options), std::move(listener)));
}

Task<Status> Exchange::Reply(int status, std::string content_type, std::string body) {
  Response response;
  response.head.status = status;
  response.head.headers.Add("Content-Type", std::move(content_type));
  response.body = std::move(body);
  co_return co_await Reply(std::move(response));
}

Task<Status> Exchange::ReplyError(int status, std::string_view exception, std::string_view java_class,
                                  std::string_view message) {
  std::string body =
      fmt::format(R"({{"RemoteException":{{"exception":"{}","message":"{}","javaClassName":"{}"}}}})",
                  JsonEscape(exception), JsonEscape(message), JsonEscape(java_class));
  co_return co_await Reply(status, "application/json;charset=utf-8", std::move(body));
}

Task<Status> Exchange::Redirect(int status, std::string location) {
  Response response;
  response.head.status = status;
  response.head.headers.Add("Location", std::move(location));
  co_return co_await Reply(std::move(response));
}

}  // namespace tusk::http
