// Server: HTTP/1.1 on one port, over Env's streams (so it also runs in the simulation). Routes by method and path
// prefix to handlers; keeps connections; bounds headers, bodies, connections and idle time. Everything runs on the
// Env's loop.
//
//   server->Handle("GET", "/jmx", [this](http::Exchange& exchange) { return ServeJmx(exchange); });
//   Task<void> ServeJmx(http::Exchange& exchange) {
//     co_await exchange.Reply(200, "application/json", std::move(text));
//   }
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/env/env.h"
#include "base/env/network.h"
#include "base/http/message.h"

namespace tusk::http {

// One request and the reply that its handler makes. Lives until the handler has returned. A handler that replies
// nothing answers 500; one that ends a body early (fewer bytes than promised) costs the connection.
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual const Request& request() const = 0;

  // --- the request's body ---
  // Next bytes; 0 at the end. The first read sends "100 Continue" where the client waits for it.
  virtual Task<Result<size_t>> ReadBody(MutableByteView out) = 0;
  // All of it; kResourceExhausted beyond `bytes_max`.
  virtual Task<Result<std::string>> ReadWholeBody(size_t bytes_max = 16 << 20) = 0;

  // --- the reply: Reply once, or Begin and then any number of Write and WriteFile ---
  virtual Task<Status> Reply(Response response) = 0;
  Task<Status> Reply(int status, std::string content_type, std::string body);
  // {"RemoteException":{...}} as Hadoop's REST answers errors.
  Task<Status> ReplyError(int status, std::string_view exception, std::string_view java_class, std::string_view message);
  Task<Status> Redirect(int status, std::string location);

  // Without `content_length` the body goes in chunks (HTTP/1.0: until the connection closes).
  virtual Task<Status> Begin(ResponseHead head, std::optional<uint64_t> content_length = std::nullopt) = 0;
  virtual Task<Status> Write(ByteView bytes) = 0;
  Task<Status> Write(std::string_view text) { return Write(AsBytes(text)); }
  // `length` bytes of `file` from `offset`, by Stream::SendFile.
  virtual Task<Status> WriteFile(File& file, uint64_t offset, uint64_t length) = 0;

  // Whether Reply or Begin has been called.
  virtual bool started() const = 0;
  // Closes the connection after this exchange.
  virtual void CloseAfter() = 0;
};

using Handler = std::function<Task<void>(Exchange& exchange)>;

struct ServerOptions {
  HostPort bind = {};                     // port 0 picks a free one
  std::string name = "http";              // for logs
  size_t header_bytes_max = 64 << 10;     // 431 beyond
  size_t connections_max = 1024;          // beyond: the one that has been idle longest is closed, else the new one
  Duration idle_timeout = std::chrono::seconds(60);    // between two requests, and for one's header
  Duration transfer_timeout = std::chrono::seconds(120);  // for one read or write of a body to move on
  Headers headers_always = {};              // put into every reply (e.g. X-Content-Type-Options)
};

class Server {
 public:
  static Result<std::unique_ptr<Server>> Listen(Env env, ServerOptions options);
  virtual ~Server() = default;
  // Requests of `method` ("" = any; GET also serves HEAD) whose decoded path is `prefix` or lies below it
  // ("/jmx" takes "/jmx" and "/jmx/x", not "/jmxy"; "/" takes all). The longest prefix wins, then the exact method.
  virtual void Handle(std::string method, std::string prefix, Handler handler) = 0;
  // Of that path alone, not of what lies below.
  virtual void HandleExact(std::string method, std::string path, Handler handler) = 0;
  // Looks at each request first; a handler that it gives (and keeps) serves the request instead.
  using Guard = std::function<const Handler*(const Request& request)>;
  virtual void set_guard(Guard guard) = 0;
  virtual void Start() = 0;
  virtual HostPort address() const = 0;
  // Stops accepting, closes connections, waits for handlers.
  virtual Task<void> Shutdown() = 0;
};

}  // namespace tusk::http
