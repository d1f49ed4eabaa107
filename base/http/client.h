// Client: HTTP/1.1 requests over Env's network, with streamed bodies both ways and a small pool of kept connections.
// Everything runs on the Env's loop. It follows no redirects: callers see 307 and decide.
#pragma once

#include <memory>
#include <string>

#include "base/env/env.h"
#include "base/http/message.h"

namespace tusk::http {

struct ClientOptions {
  Duration idle_max = std::chrono::seconds(20);  // kept connections older than this are closed
  size_t kept_per_server_max = 8;
  size_t header_bytes_max = 64 << 10;
};

struct ClientRequest {
  std::string method = "GET";
  HostPort server;
  std::string target = "/";
  Headers headers;  // Host, Content-Length and Transfer-Encoding are added
};

// A request that is under way. Write the body if there is one, then ReadHead, then ReadBody until 0. Destroying it
// before the end closes its connection.
class ClientExchange {
 public:
  virtual ~ClientExchange() = default;
  virtual Task<Status> WriteBody(ByteView bytes, TimePoint deadline) = 0;
  virtual Task<Status> WriteFile(File& file, uint64_t offset, uint64_t length, TimePoint deadline) = 0;
  // With "Expect: 100-continue": waits for the go-ahead. True: send the body. False: a final answer has come.
  virtual Task<Result<bool>> AwaitContinue(TimePoint deadline) = 0;
  // Ends the request body; gives the final answer's head (1xx are skipped).
  virtual Task<Result<ResponseHead>> ReadHead(TimePoint deadline) = 0;
  // 0 at the end. kEndOfFile if the server closes early.
  virtual Task<Result<size_t>> ReadBody(MutableByteView out, TimePoint deadline) = 0;
  // Ends reads and writes that are under way with kCancelled.
  virtual void Abort() = 0;
  virtual HostPort local() const = 0;
  virtual HostPort remote() const = 0;
};

enum class BodyKind { kNone, kLength, kChunked };

class Client {
 public:
  static std::unique_ptr<Client> Make(Env env, ClientOptions options = {});
  virtual ~Client() = default;
  // Connects (or takes a kept connection) and sends the head. `content_length` counts only with kLength.
  virtual Task<Result<std::unique_ptr<ClientExchange>>> Open(ClientRequest request, BodyKind kind,
                                                             uint64_t content_length, TimePoint deadline) = 0;
  // One whole exchange; the answer's body is refused above `body_bytes_max` with kResourceExhausted.
  Task<Result<Response>> Fetch(ClientRequest request, std::string body, TimePoint deadline,
                               size_t body_bytes_max = 16 << 20);
  // GET of a URL.
  Task<Result<Response>> Get(std::string url, TimePoint deadline, size_t body_bytes_max = 16 << 20);
};

}  // namespace tusk::http
