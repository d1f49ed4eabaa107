// Client: calls over Hadoop IPC v9. One connection per (address, user, token), multiplexed, opened on demand, dropped
// when idle. Generated proxies (a.rpc.h: FooClient) are thin wrappers of Call.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/env/env.h"
#include "base/env/network.h"
#include "base/rpc/service.h"
#include "base/security/token.h"

namespace tusk::rpc {

using tusk::Token;

struct CallOptions {
  // From now; covers connect, negotiation and answer.
  Duration timeout = std::chrono::seconds(60);
  // How often a failed connect or a retriable answer is tried again (with back-off) before the error is given up to the caller.
  int retries_max = 3;
};

// Who the connections speak for. With a token, SASL DIGEST-MD5 by it; else SIMPLE.
struct ClientIdentity {
  std::string user;
  std::string real_user = {};  // proxy user
  std::optional<Token> token = std::nullopt;
};

// A peer's address and an identity to speak to it with: what a generated client is built on. Cheap to copy.
class Channel;

class Client {
 public:
  // `client_name` is for logs. Connections idle longer than `idle_max` are closed.
  static std::unique_ptr<Client> Make(Env env, Duration idle_max = std::chrono::seconds(10));
  virtual ~Client() = default;
  // Sends one call and waits. A remote error comes back as its Status (code by the error table, class kept).
  virtual Task<Result<std::string>> Call(const Channel& channel, std::string_view protocol, std::string_view method,
                                         RetryPolicy retry, std::string request, CallOptions options) = 0;
  virtual Task<void> Shutdown() = 0;
};

class Channel {
 public:
  Channel(Client& client, HostPort server, ClientIdentity identity, CallOptions defaults = {})
      : peer_(std::make_shared<const Peer>(Peer{client, std::move(server), std::move(identity), defaults})) {}
  Client& client() const { return peer_->client; }
  const HostPort& server() const { return peer_->server; }
  const ClientIdentity& identity() const { return peer_->identity; }
  const CallOptions& defaults() const { return peer_->defaults; }

 private:
  struct Peer {
    Client& client;
    HostPort server;
    ClientIdentity identity;
    CallOptions defaults;
  };
  std::shared_ptr<const Peer> peer_;
};

}  // namespace tusk::rpc
