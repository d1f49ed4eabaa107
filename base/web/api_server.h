// ApiServer: takes a request of /api/v1 through the gate to its endpoint, or to the other daemon, and writes the answer.
#pragma once

#include <functional>
#include <string>

#include "base/env/env.h"
#include "base/web/api.h"
#include "base/web/gate.h"
#include "base/web/peer_daemon.h"

namespace tusk::web {

inline constexpr std::string_view kApiPrefix = "/api/v1";
inline constexpr size_t kApiBodyBytesMax = 1 << 20;

struct ApiServerParts {
  const Api& api;
  const Gate& gate;
  const Accounts& accounts;
  PeerDaemon& peer;
  std::string peer_prefix;  // "/yarn/": the other daemon's half
  std::function<void(const ConsoleAction&)> audit;
};

class ApiServer {
 public:
  ApiServer(Env env, ApiServerParts parts) : env_(env), parts_(std::move(parts)) {}
  Task<void> Serve(http::Exchange& exchange);

 private:
  Task<void> ServeOwn(http::Exchange& exchange, Asker asker, Api::Match match);
  Task<void> ServePeers(http::Exchange& exchange, Asker asker);
  // All that must hold before an endpoint of `role` runs.
  std::optional<ApiError> Check(const http::Request& request, const Asker& asker, Role role, bool open) const;
  Task<Result<std::string>> ReadBody(http::Exchange& exchange);
  Task<void> Refuse(http::Exchange& exchange, ApiError error, http::Headers more = {});
  Task<void> Send(http::Exchange& exchange, ApiAnswer answer);
  void Audit(const Asker& asker, const ApiRoute& route, std::string target, bool allowed) const;

  Env env_;
  const ApiServerParts parts_;
};

}  // namespace tusk::web
