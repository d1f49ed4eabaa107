// Sessions without a store: what a session is stands in its cookie, signed with a key that both daemons read. The CSRF
// token and the headers by which one daemon passes a request on to the other are signed with the same key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/core/result.h"
#include "base/env/random.h"

namespace tusk::web {

inline constexpr std::string_view kCookieName = "tusk.session";
inline constexpr std::string_view kCsrfHeader = "X-Tusk-CSRF";
inline constexpr std::string_view kForwardedHeader = "X-Tusk-Forwarded";

struct Session {
  std::string id;    // random
  bool local = false;  // made on loopback, without a login
  std::string user;
  std::string password_tag;  // of the hash that it was made with: another password ends the session
  int64_t issued_wall_ms = 0;
  int64_t expires_wall_ms = 0;
};

class SessionSigner {
 public:
  static constexpr size_t kKeyBytes = 32;
  explicit SessionSigner(std::string key) : key_(std::move(key)) {}

  std::string Cookie(const Session& session) const;
  // Nothing for what is malformed, signed otherwise or over.
  std::optional<Session> Read(std::string_view cookie, int64_t now_wall_ms) const;
  std::string Csrf(std::string_view session_id) const;
  bool CsrfMatches(std::string_view session_id, std::string_view token) const;
  // Names a hash without giving anything of it away.
  std::string PasswordTag(std::string_view hash) const;

  // Says that this daemon has checked where a request comes from, for the other one.
  std::string Forwarded(std::string_view method, std::string_view target, std::string_view address, int64_t now_wall_ms) const;
  // The address it came from; nothing where the header is not the other daemon's, or old.
  std::optional<std::string> ReadForwarded(std::string_view header, std::string_view method, std::string_view target,
                                           int64_t now_wall_ms) const;

 private:
  std::string Sign(std::string_view purpose, std::string_view text) const;
  std::string key_;
};

std::string NewSessionId(Random& random);
// The value of `name` in a Cookie header.
std::optional<std::string_view> CookieOf(std::string_view header, std::string_view name);

}  // namespace tusk::web
