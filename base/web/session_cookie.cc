// What is signed, and how it is written.
#include "base/web/session_cookie.h"

#include <array>
#include <vector>

#include "base/security/hmac.h"
#include "base/web/text.h"

namespace tusk::web {
namespace {

constexpr int64_t kForwardedAgeMaxMs = 120 * 1000;
constexpr size_t kCookieBytesMax = 1024;

}  // namespace

std::string SessionSigner::Sign(std::string_view purpose, std::string_view text) const {
  return Base64UrlEncode(HmacSha256(key_, std::string(purpose) + "|" + std::string(text)));
}

std::string SessionSigner::Cookie(const Session& session) const {
  const std::string text = "1|" + session.id + "|" + (session.local ? "L" : "U") + "|" + session.user + "|" + session.password_tag +
                           "|" + std::to_string(session.issued_wall_ms) + "|" + std::to_string(session.expires_wall_ms);
  return Base64UrlEncode(text) + "." + Sign("session", text);
}

std::optional<Session> SessionSigner::Read(std::string_view cookie, int64_t now_wall_ms) const {
  const size_t dot = cookie.find('.');
  if (cookie.size() > kCookieBytesMax || dot == std::string_view::npos) return std::nullopt;
  auto text = Base64Decode(cookie.substr(0, dot));
  if (!text.ok() || !EqualInConstantTime(Sign("session", *text), cookie.substr(dot + 1))) return std::nullopt;
  const std::vector<std::string_view> parts = Split(*text, '|');
  Session session;
  if (parts.size() != 7 || parts[0] != "1" || !ParseNumber(parts[5], session.issued_wall_ms) ||
      !ParseNumber(parts[6], session.expires_wall_ms)) {
    return std::nullopt;
  }
  session.id = parts[1];
  session.local = parts[2] == "L";
  session.user = parts[3];
  session.password_tag = parts[4];
  if (session.expires_wall_ms <= now_wall_ms) return std::nullopt;
  return session;
}

std::string SessionSigner::Csrf(std::string_view session_id) const { return Sign("csrf", session_id); }

bool SessionSigner::CsrfMatches(std::string_view session_id, std::string_view token) const {
  return !session_id.empty() && EqualInConstantTime(Csrf(session_id), token);
}

std::string SessionSigner::PasswordTag(std::string_view hash) const { return Sign("password", hash).substr(0, 16); }

std::string SessionSigner::Forwarded(std::string_view method, std::string_view target, std::string_view address,
                                     int64_t now_wall_ms) const {
  const std::string text = std::to_string(now_wall_ms) + " " + std::string(address);
  return text + " " + Sign("forwarded", text + " " + std::string(method) + " " + std::string(target));
}

std::optional<std::string> SessionSigner::ReadForwarded(std::string_view header, std::string_view method, std::string_view target,
                                                        int64_t now_wall_ms) const {
  const std::vector<std::string_view> parts = Split(header, ' ');
  int64_t at = 0;
  if (parts.size() != 3 || !ParseNumber(parts[0], at)) return std::nullopt;
  if (at < now_wall_ms - kForwardedAgeMaxMs || at > now_wall_ms + kForwardedAgeMaxMs) return std::nullopt;
  const std::string text = std::string(parts[0]) + " " + std::string(parts[1]);
  const std::string wanted = Sign("forwarded", text + " " + std::string(method) + " " + std::string(target));
  if (!EqualInConstantTime(wanted, parts[2])) return std::nullopt;
  return std::string(parts[1]);
}

std::string NewSessionId(Random& random) {
  std::array<uint8_t, 16> bytes;
  random.FillSecure(bytes);
  return Base64UrlEncode(AsText(bytes));
}

std::optional<std::string_view> CookieOf(std::string_view header, std::string_view name) {
  for (std::string_view part : Split(header, ';')) {
    while (part.starts_with(' ')) part.remove_prefix(1);
    if (part.size() > name.size() && part.starts_with(name) && part[name.size()] == '=') return part.substr(name.size() + 1);
  }
  return std::nullopt;
}

}  // namespace tusk::web
