// The checks, in the order in which a request meets them.
#include "base/web/gate.h"

namespace tusk::web {
namespace {

constexpr size_t kRevokedMax = 10000;

// "http://host:port" -> "host:port"
std::string_view AuthorityOf(std::string_view origin) {
  const size_t slashes = origin.find("://");
  return slashes == std::string_view::npos ? std::string_view() : origin.substr(slashes + 3);
}

}  // namespace

bool IsSafe(std::string_view method) { return method == "GET" || method == "HEAD" || method == "OPTIONS"; }

std::string HostOf(std::string_view authority) {
  if (authority.starts_with('[')) return std::string(authority.substr(1, authority.find(']') - 1));
  return std::string(authority.substr(0, authority.find(':')));
}

bool IsLoopbackHost(std::string_view host) {
  if (http::EqualsNoCase(host, "localhost") || host == "::1") return true;
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

Asker Gate::WhoAsks(const http::Request& request, int64_t now) const {
  Asker asker;
  asker.address = request.remote.host;
  const SessionSigner& signer = accounts_.signer();
  if (auto header = request.headers.Get(kForwardedHeader)) {
    if (auto address = signer.ReadForwarded(*header, request.method, request.target, now)) {
      asker.forwarded = true;
      asker.address = *address;
    }
  }
  std::optional<Session> session;
  if (auto cookie = CookieOf(request.headers.Get("Cookie", ""), kCookieName)) session = signer.Read(*cookie, now);
  if (session && (session->local == options_.login_needed || IsRevoked(session->id))) session.reset();
  Identity who;
  who.address = asker.address;
  if (!options_.login_needed) {
    who.user = options_.process_user;
    who.role = Role::kAdmin;
    who.local = true;
  } else {
    const ConsoleUser* user = session ? accounts_.users().Find(session->user) : nullptr;
    if (user == nullptr || signer.PasswordTag(user->hash) != session->password_tag) return asker;
    who.user = session->user;
    who.role = user->role;  // of the file: what is taken away there is away at once
  }
  if (session) {
    who.session = session->id;
    who.expires_wall_ms = session->expires_wall_ms;
  }
  asker.who = std::move(who);
  return asker;
}

std::optional<ApiError> Gate::CheckOrigin(const http::Request& request, const Asker& asker) const {
  if (asker.forwarded) return std::nullopt;
  const std::string_view host = request.headers.Get("Host", "");
  // A name of somebody else's that leads here would make his page "same-origin" (DNS rebinding).
  if (!options_.login_needed && !host.empty()) {
    const std::string name = HostOf(host);
    if (!IsLoopbackHost(name) && !http::EqualsNoCase(name, options_.own_name)) {
      return ApiError{403, "origin", "this console answers as localhost only, not as " + name};
    }
  }
  const std::string_view site = request.headers.Get("Sec-Fetch-Site", "");
  const bool safe = IsSafe(request.method);
  if (site == "cross-site" || site == "same-site" || (site == "none" && !safe)) {
    return ApiError{403, "origin", "asked by another site"};
  }
  if (auto origin = request.headers.Get("Origin"); origin && !safe) {
    if (host.empty() || !http::EqualsNoCase(AuthorityOf(*origin), host)) return ApiError{403, "origin", "asked by another site"};
  }
  return std::nullopt;
}

std::optional<ApiError> Gate::CheckToken(const http::Request& request, const Asker& asker) const {
  const std::string_view token = request.headers.Get(kCsrfHeader, "");
  if (token.empty()) return ApiError{403, "csrf", "the header X-Tusk-CSRF is missing"};
  if (!asker.who || !accounts_.signer().CsrfMatches(asker.who->session, token)) {
    return ApiError{403, "csrf", "the token in X-Tusk-CSRF is not this session's"};
  }
  return std::nullopt;
}

std::optional<ApiError> Gate::CheckRole(const Asker& asker, Role needed) const {
  if (!asker.who) return ApiError{401, "notLoggedIn", "log in first"};
  if (asker.who->MayAct(needed)) return std::nullopt;
  return ApiError{403, "forbidden", "needs the role " + std::string(NameOf(needed)) + "; " + asker.who->user + " has the role " + std::string(NameOf(asker.who->role))};
}

void Gate::Revoke(const std::string& session_id, int64_t until_wall_ms) {
  const int64_t now = clock_.WallMillis();
  std::erase_if(revoked_, [now](const auto& entry) { return entry.second <= now; });
  if (revoked_.size() < kRevokedMax) revoked_[session_id] = until_wall_ms;
}

bool Gate::IsRevoked(const std::string& session_id) const { return revoked_.contains(session_id); }

}  // namespace tusk::web
