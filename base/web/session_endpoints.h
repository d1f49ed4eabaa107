// The endpoints that both daemons have: /session, /login, /logout, /openapi.json.
#pragma once

#include <functional>
#include <string>

#include "base/env/env.h"
#include "base/web/accounts.h"
#include "base/web/api.h"
#include "base/web/gate.h"
#include "base/web/login_limiter.h"
#include "base/web/peer_daemon.h"

namespace tusk::web {

struct SessionParts {
  Accounts& accounts;
  Gate& gate;
  PeerDaemon& peer;
  std::string daemon;          // this one: "namenode"
  std::string address;         // of its HTTP server
  Duration session_length;
  int64_t started_wall_ms = 0;
};

class SessionEndpoints {
 public:
  SessionEndpoints(Env env, SessionParts parts);
  void AddTo(Api& api);

 private:
  Task<Result<ApiAnswer>> GetSession(ApiCall& call);
  Task<Result<ApiAnswer>> Login(ApiCall& call);
  Task<Result<ApiAnswer>> Logout(ApiCall& call);
  Task<Result<ApiAnswer>> OpenApi(ApiCall& call);
  // The cookie of a session of `who`; a new one, or the same with a later end.
  std::string SetCookie(Identity& who) const;
  std::string SessionJson(const Identity& who) const;

  Env env_;
  SessionParts parts_;
  LoginLimiter limiter_;
  std::string open_api_;
};

}  // namespace tusk::web
