// Gate: who asks, and whether the request may be served. Login, role, CSRF token, where the request comes from.
#pragma once

#include <optional>
#include <string>

#include "base/http/message.h"
#include "base/web/accounts.h"
#include "base/web/api.h"

namespace tusk::web {

struct GateOptions {
  bool login_needed = false;
  std::string process_user;  // who asks where no login is needed
  std::string own_name;      // this machine's; beside localhost and loopback addresses, for Host on loopback
};

// What is known about who sent a request.
struct Asker {
  std::optional<Identity> who;   // nothing: not logged in
  bool forwarded = false;        // the other daemon has passed it on, and checked where it came from
  std::string address;
};

class Gate {
 public:
  // `accounts` and `clock` outlive it.
  Gate(const Accounts& accounts, const Clock& clock, GateOptions options)
      : accounts_(accounts), clock_(clock), options_(std::move(options)) {}

  bool login_needed() const { return options_.login_needed; }
  Asker WhoAsks(const http::Request& request, int64_t now_wall_ms) const;
  Asker WhoAsks(const http::Request& request) const { return WhoAsks(request, clock_.WallMillis()); }
  // Whether the request may come from the page at all: nothing, or why not. For any request of the API.
  std::optional<ApiError> CheckOrigin(const http::Request& request, const Asker& asker) const;
  // Unsafe methods: the token of this very session, and a body of JSON.
  std::optional<ApiError> CheckToken(const http::Request& request, const Asker& asker) const;
  std::optional<ApiError> CheckRole(const Asker& asker, Role needed) const;

  void Revoke(const std::string& session_id, int64_t until_wall_ms);

 private:
  bool IsRevoked(const std::string& session_id) const;

  const Accounts& accounts_;
  const Clock& clock_;
  const GateOptions options_;
  std::map<std::string, int64_t> revoked_;  // session -> when it would have ended
};

// GET, HEAD, OPTIONS
bool IsSafe(std::string_view method);
// "[::1]:80" -> "::1"; "h:80" -> "h"
std::string HostOf(std::string_view authority);
bool IsLoopbackHost(std::string_view host);

}  // namespace tusk::web
