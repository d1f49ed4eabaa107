// The client: kept connections, exchanges, whole fetches.
#include "base/http/client.h"

#include <fmt/format.h>

#include <array>
#include <list>
#include <map>

#include "base/http/wire_internal.h"

namespace tusk::http {
namespace {

struct Connection {
  explicit Connection(std::unique_ptr<Stream> s) : stream(std::move(s)), input(*stream) {}
  std::unique_ptr<Stream> stream;
  BufferedInput input;
  TimePoint idle_since;
};

// Kept connections; shared by the client and its exchanges, which may outlive it.
struct Pool {
  explicit Pool(const ClientOptions& o) : options(o) {}
  ClientOptions options;
  std::map<HostPort, std::list<std::unique_ptr<Connection>>> idle;

  std::unique_ptr<Connection> Take(const HostPort& server, TimePoint now) {
    auto found = idle.find(server);
    if (found == idle.end()) return nullptr;
    auto& list = found->second;
    while (!list.empty()) {
      std::unique_ptr<Connection> connection = std::move(list.back());
      list.pop_back();
      if (now - connection->idle_since < options.idle_max) return connection;
    }
    idle.erase(found);
    return nullptr;
  }
  void Give(const HostPort& server, std::unique_ptr<Connection> connection, TimePoint now) {
    auto& list = idle[server];
    if (list.size() >= options.kept_per_server_max) list.pop_front();
    connection->idle_since = now;
    list.push_back(std::move(connection));
  }
};

class ClientExchangeImpl : public ClientExchange {
 public:
  ClientExchangeImpl(Env env, std::shared_ptr<Pool> pool, HostPort server, std::unique_ptr<Connection> connection,
                     std::string head, Framing framing, uint64_t length, bool bodiless)
      : env_(env),
        pool_(std::move(pool)),
        server_(std::move(server)),
        connection_(std::move(connection)),
        bodiless_(bodiless),
        writer_(*connection_->stream, std::move(head), framing, length) {
    local_ = connection_->stream->local();
    remote_ = connection_->stream->remote();
  }
  ~ClientExchangeImpl() override {
    if (connection_) connection_->stream->Close();
  }

  Task<Status> SendHead(TimePoint deadline) { co_return co_await writer_.Flush(deadline); }
  Task<Status> WriteBody(ByteView bytes, TimePoint deadline) override {
    co_return co_await writer_.Write(bytes, deadline);
  }
  Task<Status> WriteFile(File& file, uint64_t offset, uint64_t length, TimePoint deadline) override {
    co_return co_await writer_.WriteFile(file, offset, length, deadline);
  }

  Task<Result<bool>> AwaitContinue(TimePoint deadline) override {
    CO_RETURN_IF_ERROR(co_await writer_.Flush(deadline));
    CO_RETURN_IF_ERROR(co_await NextHead(deadline));
    if (reader_->head().status == 100) {
      reader_.reset();
      co_return true;
    }
    refused_ = true;
    co_return false;
  }

  Task<Result<ResponseHead>> ReadHead(TimePoint deadline) override {
    if (!refused_) {
      CO_RETURN_IF_ERROR(co_await writer_.Finish(deadline));
      do {
        CO_RETURN_IF_ERROR(co_await NextHead(deadline));
      } while (reader_->head().status < 200);
    }
    ResponseHead head;
    head.status = reader_->head().status;
    head.reason = reader_->head().reason;
    head.headers = reader_->head().headers;
    if (reader_->body_done()) Release();
    co_return head;
  }

  Task<Result<size_t>> ReadBody(MutableByteView out, TimePoint deadline) override {
    if (!connection_) co_return size_t{0};
    if (!reader_) co_return Status(Code::kInternal, "HTTP body read before its head");
    CO_ASSIGN_OR_RETURN(size_t count, co_await reader_->ReadBody(out, deadline));
    if (count == 0) Release();
    co_return count;
  }

  void Abort() override {
    if (connection_) connection_->stream->Close();
  }
  HostPort local() const override { return local_; }
  HostPort remote() const override { return remote_; }

 private:
  Task<Status> NextHead(TimePoint deadline) {
    reader_.emplace(connection_->input, MessageParser::Kind::kResponse, pool_->options.header_bytes_max, bodiless_);
    CO_ASSIGN_OR_RETURN(bool read, co_await reader_->ReadHead(deadline));
    if (!read) co_return Status(Code::kEndOfFile, "connection closed by " + server_.ToString());
    co_return Status::Ok();
  }
  // The answer is complete: keeps the connection for another request, or closes it.
  void Release() {
    bool keep = !refused_ && reader_->head().keep_alive && connection_->input.view().empty();
    reader_.reset();
    if (keep) {
      pool_->Give(server_, std::move(connection_), env_.clock.Now());
    } else {
      connection_->stream->Close();
      connection_.reset();
    }
  }

  Env env_;
  std::shared_ptr<Pool> pool_;  // shared with the client, which may go first
  HostPort server_;
  std::unique_ptr<Connection> connection_;
  bool bodiless_;
  bool refused_ = false;
  BodyWriter writer_;
  std::optional<MessageReader> reader_;
  HostPort local_;
  HostPort remote_;
};

std::string MakeHead(const ClientRequest& request, BodyKind kind, uint64_t content_length) {
  std::string text = request.method + " ";
  for (char c : request.target) {  // a blank or line break would end the request line
    text += c == ' ' || c == '\r' || c == '\n' || c == '\0' ? std::string("%20") : std::string(1, c);
  }
  text += " HTTP/1.1\r\n";
  if (!request.headers.Has("Host")) AppendField(text, "Host", request.server.ToString());
  for (const auto& [name, value] : request.headers.fields()) AppendField(text, name, value);
  if (kind == BodyKind::kLength) AppendField(text, "Content-Length", std::to_string(content_length));
  if (kind == BodyKind::kChunked) AppendField(text, "Transfer-Encoding", "chunked");
  text += "\r\n";
  return text;
}

class ClientImpl : public Client {
 public:
  ClientImpl(Env env, ClientOptions options) : env_(env), pool_(std::make_shared<Pool>(options)) {}

  Task<Result<std::unique_ptr<ClientExchange>>> Open(ClientRequest request, BodyKind kind, uint64_t content_length,
                                                     TimePoint deadline) override {
    if (kind == BodyKind::kNone && (request.method == "PUT" || request.method == "POST")) kind = BodyKind::kLength, content_length = 0;
    Framing framing = kind == BodyKind::kChunked ? Framing::kChunked
                      : kind == BodyKind::kLength ? Framing::kLength
                                                  : Framing::kNone;
    std::unique_ptr<Connection> connection = pool_->Take(request.server, env_.clock.Now());
    if (!connection) {
      auto stream = co_await env_.network.Connect(request.server, deadline);
      if (!stream.ok()) co_return stream.status();
      connection = std::make_unique<Connection>(std::move(*stream));
    }
    std::string head = MakeHead(request, kind, content_length);
    auto exchange =
        std::make_unique<ClientExchangeImpl>(env_, pool_, request.server, std::move(connection), std::move(head),
                                             framing, content_length, request.method == "HEAD");
    if (kind == BodyKind::kNone) CO_RETURN_IF_ERROR(co_await exchange->SendHead(deadline));
    co_return std::unique_ptr<ClientExchange>(std::move(exchange));
  }

 private:
  Env env_;
  std::shared_ptr<Pool> pool_;
};

Task<Result<Response>> ReadAll(ClientExchange& exchange, TimePoint deadline, size_t body_bytes_max) {
  Response response;
  CO_ASSIGN_OR_RETURN(response.head, co_await exchange.ReadHead(deadline));
  std::vector<uint8_t> part(16 << 10);
  for (;;) {
    CO_ASSIGN_OR_RETURN(size_t count, co_await exchange.ReadBody(part, deadline));
    if (count == 0) co_return response;
    if (response.body.size() + count > body_bytes_max) {
      co_return Status(Code::kResourceExhausted, "HTTP answer too large");
    }
    response.body.append(reinterpret_cast<const char*>(part.data()), count);
  }
}

Task<Result<Response>> FetchOnce(Client& client, const ClientRequest& request, const std::string& body,
                                 TimePoint deadline, size_t body_bytes_max) {
  BodyKind kind = body.empty() ? BodyKind::kNone : BodyKind::kLength;
  CO_ASSIGN_OR_RETURN(auto exchange, co_await client.Open(request, kind, body.size(), deadline));
  if (!body.empty()) CO_RETURN_IF_ERROR(co_await exchange->WriteBody(AsBytes(body), deadline));
  co_return co_await ReadAll(*exchange, deadline, body_bytes_max);
}

}  // namespace

std::unique_ptr<Client> Client::Make(Env env, ClientOptions options) {
  return std::make_unique<ClientImpl>(env, options);
}

Task<Result<Response>> Client::Fetch(ClientRequest request, std::string body, TimePoint deadline,
                                     size_t body_bytes_max) {
  Result<Response> answer = co_await FetchOnce(*this, request, body, deadline, body_bytes_max);
  // A kept connection may have been closed by the server meanwhile; a GET is simply sent again.
  bool stale = answer.code() == Code::kEndOfFile || answer.code() == Code::kConnectionReset;
  if (!answer.ok() && stale && (request.method == "GET" || request.method == "HEAD")) {
    co_return co_await FetchOnce(*this, request, body, deadline, body_bytes_max);
  }
  co_return answer;
}

Task<Result<Response>> Client::Get(std::string url, TimePoint deadline, size_t body_bytes_max) {
  CO_ASSIGN_OR_RETURN(Url parsed, Url::Parse(url));
  ClientRequest request;
  request.server = parsed.host;
  request.target = parsed.target;
  co_return co_await Fetch(std::move(request), "", deadline, body_bytes_max);
}

}  // namespace tusk::http
