// Beginning, showing and ending sessions.
#include "base/web/session_endpoints.h"

#include "base/log/log.h"
#include "base/web/open_api.h"

namespace tusk::web {

SessionEndpoints::SessionEndpoints(Env env, SessionParts parts) : env_(env), parts_(std::move(parts)) {
  auto merged = MergeOpenApi(OpenApiParts());
  TUSK_CHECK(merged.ok()) << merged.status().ToString();
  open_api_ = std::move(*merged);
}

void SessionEndpoints::AddTo(Api& api) {
  api.Handle({"GET", "/session", Role::kViewer, "", true}, [this](ApiCall& call) { return GetSession(call); });
  api.Handle({"POST", "/login", Role::kViewer, "login", true}, [this](ApiCall& call) { return Login(call); });
  api.Handle({"POST", "/logout", Role::kViewer, "logout"}, [this](ApiCall& call) { return Logout(call); });
  api.Handle({"GET", "/openapi.json", Role::kViewer, "", true}, [this](ApiCall& call) { return OpenApi(call); });
}

std::string SessionEndpoints::SetCookie(Identity& who) const {
  const int64_t now = env_.clock.WallMillis();
  Session session;
  session.id = who.session.empty() ? NewSessionId(env_.random) : who.session;
  session.local = who.local;
  session.user = who.user;
  session.issued_wall_ms = now;
  session.expires_wall_ms = now + ToMillis(parts_.session_length);
  if (const ConsoleUser* user = parts_.accounts.users().Find(who.user); user != nullptr && !who.local) {
    session.password_tag = parts_.accounts.signer().PasswordTag(user->hash);
  }
  who.session = session.id;
  who.expires_wall_ms = session.expires_wall_ms;
  return std::string(kCookieName) + "=" + parts_.accounts.signer().Cookie(session) + "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" +
         std::to_string(ToMillis(parts_.session_length) / 1000);
}

std::string SessionEndpoints::SessionJson(const Identity& who) const {
  JsonObject session;
  if (who.user.empty()) {
    session.SetNull("user").SetNull("role").SetNull("csrf").SetNull("expiresAt");
  } else {
    session.Set("user", who.user).Set("role", NameOf(who.role)).Set("csrf", parts_.accounts.signer().Csrf(who.session));
    session.Set("expiresAt", who.expires_wall_ms);
  }
  JsonObject own;
  own.Set("address", parts_.address).Set("up", true).Set("since", parts_.started_wall_ms);
  JsonObject peer;
  peer.Set("address", parts_.peer.address().ToString()).Set("up", parts_.peer.up()).Set("since", parts_.peer.since_wall_ms());
  JsonObject daemons;
  daemons.Set(parts_.daemon, own).Set(parts_.peer.name(), peer);
  session.Set("loginNeeded", parts_.gate.login_needed()).Set("daemon", parts_.daemon).Set("daemons", daemons);
  session.Set("version", "3.4.2").Set("startedAt", parts_.started_wall_ms).Set("now", env_.clock.WallMillis());
  return session.Done();
}

Task<Result<ApiAnswer>> SessionEndpoints::GetSession(ApiCall& call) {
  ApiAnswer answer;
  if (!call.who.user.empty()) {
    const int64_t left = call.who.expires_wall_ms - env_.clock.WallMillis();
    // Whoever is there stays logged in.
    if (call.who.session.empty() || left < ToMillis(parts_.session_length) / 2) answer.headers.Add("Set-Cookie", SetCookie(call.who));
  }
  answer.json = SessionJson(call.who);
  co_return answer;
}

Task<Result<ApiAnswer>> SessionEndpoints::Login(ApiCall& call) {
  CO_RETURN_IF_ERROR(call.body.OnlyHas({"user", "password"}));
  CO_ASSIGN_OR_RETURN(std::string user, call.body.Text("user"));
  CO_ASSIGN_OR_RETURN(std::string password, call.body.Text("password"));
  if (!parts_.gate.login_needed()) co_return Status(Code::kAlreadyExists, "no login is needed here");
  if (user.empty() || user.size() > 64) co_return Status(Code::kInvalidArgument, "user: 1 to 64 bytes");
  if (password.empty() || password.size() > 1024) co_return Status(Code::kInvalidArgument, "password: 1 to 1024 bytes");
  const std::string& address = call.who.address;
  const Duration wait = limiter_.WaitFor(user, address, env_.clock.Now());
  if (wait > Duration{}) {
    ApiAnswer later{ErrorJson({429, "tooManyRequests", "too many failed logins; try again later"}), 429};
    later.headers.Add("Retry-After", std::to_string(ToMillis(wait) / 1000 + 1));
    co_return later;
  }
  // Counted before the slow part: many tries at once are many tries.
  limiter_.Failed(user, address, env_.clock.Now());
  CO_ASSIGN_OR_RETURN(bool right, co_await parts_.accounts.CheckPassword(user, std::move(password)));
  const ConsoleUser* known = parts_.accounts.users().Find(user);
  if (!right || known == nullptr) {
    co_return ApiAnswer{ErrorJson({401, "notLoggedIn", "user or password is wrong"}), 401};
  }
  limiter_.Succeeded(user, address);
  Identity who;
  who.user = user;
  who.role = known->role;
  ApiAnswer answer;
  answer.headers.Add("Set-Cookie", SetCookie(who));
  answer.json = SessionJson(who);
  co_return answer;
}

Task<Result<ApiAnswer>> SessionEndpoints::Logout(ApiCall& call) {
  parts_.gate.Revoke(call.who.session, call.who.expires_wall_ms);
  if (!call.forwarded) {
    const http::Request& request = call.exchange.request();
    co_await parts_.peer.Tell(
        request, parts_.accounts.signer().Forwarded(request.method, request.target, call.who.address, env_.clock.WallMillis()));
  }
  ApiAnswer answer = Done();
  answer.headers.Add("Set-Cookie", std::string(kCookieName) + "=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
  co_return answer;
}

Task<Result<ApiAnswer>> SessionEndpoints::OpenApi(ApiCall& call) {
  (void)call;
  co_return ApiAnswer{open_api_};
}

}  // namespace tusk::web
