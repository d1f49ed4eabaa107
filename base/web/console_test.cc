// Goal: the console answers who it should and refuses everybody else, over real sockets: page, sessions, CSRF, origins,
// roles, logins, events, and requests that belong to the other daemon.
#include "base/web/console.h"

#include <array>
#include <nlohmann/json.hpp>

#include "base/http/client.h"
#include "base/testing/matchers.h"
#include "base/testing/real_world.h"
#include "base/web/audit_view.h"
#include "base/web/users_file.h"

namespace tusk::web {
namespace {

using Json = nlohmann::json;
using namespace std::chrono_literals;

// One daemon: a server with a console and one endpoint of each kind.
class FakeDaemon {
 public:
  FakeDaemon(Env env, const Configuration& conf, ConsoleDaemon daemon, HostPort bind) : prefix_(daemon == ConsoleDaemon::kNamenode ? "/dfs" : "/yarn") {
    http::ServerOptions options;
    options.bind = bind;
    auto server = http::Server::Listen(env, options);
    TUSK_CHECK(server.ok()) << server.status().ToString();
    server_ = std::move(*server);
    ConsoleOptions console;
    console.daemon = daemon;
    console.process_user = "hdfs";
    console.audit = [this](const ConsoleAction& action) { actions_.push_back(action); };
    if (daemon == ConsoleDaemon::kNamenode) console.datanode_ports = [] { return std::vector<uint16_t>{9999}; };
    auto opened = Console::Open(env, conf, std::move(console));
    TUSK_CHECK(opened.ok());
    console_ = std::move(*opened);
    console_->api().Handle({"GET", prefix_ + "/things/{id}", Role::kViewer}, [](ApiCall& call) { return Show(call); });
    console_->api().Handle({"POST", prefix_ + "/things/{id}/change", Role::kOperator, "changeThing"}, [](ApiCall& call) { return Change(call); });
    console_->api().Handle({"POST", prefix_ + "/rule", Role::kAdmin, "rule"}, [](ApiCall& call) { return Change(call); });
    console_->api().Handle({"GET", prefix_ + "/events", Role::kViewer}, [this](ApiCall& call) {
      return console_->events().Serve(call, [] { return std::vector<Event>{{"first", "{}"}}; });
    });
    console_->api().Handle({"GET", prefix_ + "/audit", Role::kViewer}, [this](ApiCall& call) { return audit_view_->Answer(call); });
    audit_view_ = std::make_unique<AuditView>(env, console_->audit_trail(), audit_log_, ReadLine);
    server_->Handle("GET", "/conf", [](http::Exchange& exchange) { return Secret(exchange); });
    console_->Mount(*server_);
    server_->Start();
    console_->Start();
  }
  Task<bool> Down() {
    co_await console_->Stop();
    co_await server_->Shutdown();
    co_return true;
  }
  std::string url() const { return server_->address().ToString(); }
  HostPort address() const { return server_->address(); }
  Console& console() { return *console_; }
  const std::vector<ConsoleAction>& actions() const { return actions_; }
  AuditLog& audit_log() { return audit_log_; }
  AuditView& audit_view() { return *audit_view_; }

 private:
  static Task<Result<ApiAnswer>> Show(ApiCall& call) { co_return ApiAnswer{JsonObject().Set("id", call.Path("id")).Set("user", call.who.user).Done()}; }
  static Task<Result<ApiAnswer>> Change(ApiCall& call) {
    CO_RETURN_IF_ERROR(call.body.OnlyHas({"to"}));
    co_return ApiAnswer{JsonObject().Set("by", call.who.user).Set("from", call.who.address).Done()};
  }
  static bool ReadLine(const AuditLog::Line& line, AuditEntry* entry) {
    entry->user = AuditField(line.text, "user=");
    entry->action = AuditField(line.text, "cmd=");
    entry->via = AuditField(line.text, "via=");
    entry->changes = entry->action != "open";
    return entry->via != "console";
  }
  static Task<void> Secret(http::Exchange& exchange) { (void)co_await exchange.Reply(200, "text/plain", "secret"); }

  std::string prefix_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<Console> console_;
  std::vector<ConsoleAction> actions_;
  AuditLog audit_log_{{.path = "", .title = "x"}};
  std::unique_ptr<AuditView> audit_view_;
};

class ConsoleTest : public ::testing::Test {
 protected:
  ConsoleTest() {
    client_ = http::Client::Make(world_.env());
    conf_.Set("tusk.console.secret.file", world_.folder() + "/console/secret");
    conf_.Set("tusk.console.users.file", world_.folder() + "/console/users");
  }
  ~ConsoleTest() override {
    client_.reset();
    for (auto& daemon : daemons_) world_.Run(daemon->Down());
  }
  FakeDaemon& StartDaemon(ConsoleDaemon kind = ConsoleDaemon::kNamenode) {
    daemons_.push_back(std::make_unique<FakeDaemon>(world_.env(), conf_, kind, HostPort{"127.0.0.1", 0}));
    return *daemons_.back();
  }
  void AddUsers() {
    ConsoleUsers users;
    users.Put("vera", {Role::kViewer, HashPassword("vera's password", world_.env().random)});
    users.Put("otto", {Role::kOperator, HashPassword("otto's password", world_.env().random)});
    ASSERT_OK(users.Write(world_.disk(), world_.folder() + "/console/users"));
    conf_.Set("tusk.console.login", "always");
  }
  struct Answer {
    int status = 0;
    Json json;
    std::string body;
    http::Headers headers;
  };
  Answer Ask(FakeDaemon& daemon, std::string method, std::string target, http::Headers headers = {}, std::string body = "") {
    http::ClientRequest request;
    request.method = std::move(method);
    request.server = daemon.address();
    request.target = std::move(target);
    request.headers = std::move(headers);
    auto fetched = world_.Run(client_->Fetch(std::move(request), std::move(body), world_.loop().In(20s)));
    TUSK_CHECK(fetched.ok()) << fetched.status().ToString();
    return {fetched->head.status, Json::parse(fetched->body, nullptr, false), fetched->body, fetched->head.headers};
  }
  static std::string CookieIn(const Answer& answer) {
    std::string text(answer.headers.Get("Set-Cookie", ""));
    return text.substr(0, text.find(';'));
  }
  // Cookie and token of a session.
  http::Headers SessionOf(const Answer& answer, std::string cookie = "") {
    return {{"Cookie", cookie.empty() ? CookieIn(answer) : cookie}, {"X-Tusk-CSRF", answer.json["csrf"].get<std::string>()}, {"Content-Type", "application/json"}};
  }
  Answer Login(FakeDaemon& daemon, const std::string& user, const std::string& password) {
    return Ask(daemon, "POST", "/api/v1/login", {{"Content-Type", "application/json"}}, Json{{"user", user}, {"password", password}}.dump());
  }

  RealWorld world_;
  Configuration conf_;
  std::unique_ptr<http::Client> client_;
  std::vector<std::unique_ptr<FakeDaemon>> daemons_;
};

TEST_F(ConsoleTest, ThePageIsServedForEveryRouteWithItsPolicy) {
  FakeDaemon& daemon = StartDaemon();
  EXPECT_EQ(Ask(daemon, "GET", "/").headers.Get("Location", ""), "/console/");
  Answer page = Ask(daemon, "GET", "/console/files/a.png?x=1");
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.body.find("<!doctype html>"), std::string::npos);
  const std::string policy(page.headers.Get("Content-Security-Policy", ""));
  EXPECT_NE(policy.find("script-src 'self';"), std::string::npos);
  EXPECT_NE(policy.find("connect-src 'self' http://*:9864 http://*:9999;"), std::string::npos) << policy;
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
  EXPECT_EQ(page.headers.Get("X-Content-Type-Options", ""), "nosniff");
  EXPECT_EQ(Ask(daemon, "GET", "/console/", {{"If-None-Match", std::string(page.headers.Get("ETag", ""))}}).status, 304);
  EXPECT_EQ(Ask(daemon, "GET", "/console/assets/none.js").status, 404);
}

TEST_F(ConsoleTest, OnLoopbackTheOwnerActsWithATokenOnly) {
  FakeDaemon& daemon = StartDaemon();
  EXPECT_EQ(Ask(daemon, "GET", "/api/v1/dfs/things/a%2Fb").json["id"], "a/b");
  Answer session = Ask(daemon, "GET", "/api/v1/session");
  EXPECT_EQ(session.json["user"], "hdfs");
  EXPECT_EQ(session.json["role"], "admin");
  EXPECT_FALSE(session.json["loginNeeded"]);
  const http::Headers good = SessionOf(session);
  EXPECT_EQ(Ask(daemon, "POST", "/api/v1/dfs/things/a/change", good, "{}").status, 200);
  http::Headers bare = good;
  bare.Remove("X-Tusk-CSRF");
  EXPECT_EQ(Ask(daemon, "POST", "/api/v1/dfs/things/a/change", bare, "{}").json["error"]["code"], "csrf");
  http::Headers replayed = good;
  replayed.Set("Cookie", CookieIn(Ask(daemon, "GET", "/api/v1/session")));
  EXPECT_EQ(Ask(daemon, "POST", "/api/v1/dfs/things/a/change", replayed, "{}").json["error"]["code"], "csrf");
  http::Headers cookieless = good;
  cookieless.Remove("Cookie");
  EXPECT_EQ(Ask(daemon, "POST", "/api/v1/dfs/things/a/change", cookieless, "{}").status, 403);
  http::Headers form = good;
  form.Set("Content-Type", "text/plain");
  EXPECT_EQ(Ask(daemon, "POST", "/api/v1/dfs/things/a/change", form, "{}").status, 415);
}

TEST_F(ConsoleTest, OtherSitesAreRefused) {
  FakeDaemon& daemon = StartDaemon();
  http::Headers headers = SessionOf(Ask(daemon, "GET", "/api/v1/session"));
  const std::string change = "/api/v1/dfs/things/a/change";
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"Origin", "http://evil.example"}, {"Origin", "null"}, {"Origin", "http://" + daemon.url() + ".evil.example"},
           {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Sec-Fetch-Site", "none"}, {"Host", "rebound.example"}}) {
    http::Headers forged = headers;
    forged.Set(name, value);
    EXPECT_EQ(Ask(daemon, "POST", change, forged, "{}").json["error"]["code"], "origin") << name << value;
  }
  headers.Set("Origin", "http://" + daemon.url());
  headers.Set("Sec-Fetch-Site", "same-origin");
  EXPECT_EQ(Ask(daemon, "POST", change, headers, "{}").status, 200);
  EXPECT_EQ(Ask(daemon, "GET", "/api/v1/session", {{"Sec-Fetch-Site", "cross-site"}}).status, 403);
}

TEST_F(ConsoleTest, OffLoopbackRolesHoldAndEverythingIsAudited) {
  AddUsers();
  FakeDaemon& daemon = StartDaemon();
  EXPECT_EQ(Ask(daemon, "GET", "/api/v1/dfs/things/a").status, 401);
  EXPECT_EQ(Ask(daemon, "GET", "/conf").status, 401);
  Answer nobody = Ask(daemon, "GET", "/api/v1/session");
  EXPECT_TRUE(nobody.json["user"].is_null());
  EXPECT_TRUE(nobody.json["loginNeeded"]);
  EXPECT_EQ(CookieIn(nobody), "");
  EXPECT_EQ(Login(daemon, "vera", "wrong password").status, 401);
  EXPECT_EQ(Login(daemon, "nobody", "wrong password").status, 401);
  Answer vera = Login(daemon, "vera", "vera's password");
  ASSERT_EQ(vera.status, 200);
  EXPECT_EQ(vera.json["role"], "viewer");
  EXPECT_EQ(Ask(daemon, "GET", "/api/v1/dfs/things/a", SessionOf(vera)).json["user"], "vera");
  EXPECT_EQ(Ask(daemon, "GET", "/conf", SessionOf(vera)).body, "secret");
  EXPECT_EQ(Ask(daemon, "POST", "/api/v1/dfs/things/a/change", SessionOf(vera), "{}").json["error"]["code"], "forbidden");
  Answer otto = Login(daemon, "otto", "otto's password");
  EXPECT_EQ(Ask(daemon, "POST", "/api/v1/dfs/things/a/change", SessionOf(otto), "{}").json["by"], "otto");
  EXPECT_EQ(Ask(daemon, "POST", "/api/v1/dfs/rule", SessionOf(otto), "{}").status, 403);
  ASSERT_GE(daemon.actions().size(), 4u);
  const ConsoleAction& last = daemon.actions().back();
  EXPECT_EQ(last.user + " " + last.action + " " + (last.allowed ? "yes" : "no"), "otto rule no");
}

TEST_F(ConsoleTest, ALogoutEndsTheSession) {
  AddUsers();
  FakeDaemon& daemon = StartDaemon();
  Answer otto = Login(daemon, "otto", "otto's password");
  const http::Headers session = SessionOf(otto);
  EXPECT_EQ(Ask(daemon, "POST", "/api/v1/logout", session).status, 200);
  EXPECT_EQ(Ask(daemon, "GET", "/api/v1/dfs/things/a", session).status, 401);
}

TEST_F(ConsoleTest, ManyWrongPasswordsAreRefusedUnseen) {
  AddUsers();
  FakeDaemon& daemon = StartDaemon();
  int refused = 0;
  for (int i = 0; i < 12; ++i) refused += Login(daemon, "otto", "wrong password").status == 429;
  EXPECT_GE(refused, 1);
  Answer later = Login(daemon, "otto", "otto's password");
  EXPECT_EQ(later.status, 429);
  EXPECT_TRUE(later.headers.Has("Retry-After"));
}

TEST_F(ConsoleTest, MalformedRequestsAreToldSo) {
  FakeDaemon& daemon = StartDaemon();
  const http::Headers session = SessionOf(Ask(daemon, "GET", "/api/v1/session"));
  EXPECT_EQ(Ask(daemon, "GET", "/api/v1/dfs/none").status, 404);
  Answer method = Ask(daemon, "DELETE", "/api/v1/dfs/things/a", session);
  EXPECT_EQ(method.status, 405);
  EXPECT_EQ(method.headers.Get("Allow", ""), "GET, HEAD");
  EXPECT_EQ(Ask(daemon, "POST", "/api/v1/dfs/things/a/change", session, "{\"x\":1}").status, 400);
  EXPECT_EQ(Ask(daemon, "POST", "/api/v1/dfs/things/a/change", session, "{").status, 400);
  EXPECT_EQ(Ask(daemon, "POST", "/api/v1/dfs/things/a/change", session, "{\"to\":\"" + std::string(2 << 20, 'x') + "\"}").status, 413);
  EXPECT_TRUE(Ask(daemon, "GET", "/api/v1/openapi.json").json["paths"].contains("/dfs/overview"));
}

TEST_F(ConsoleTest, TheOtherDaemonsHalfIsPassedOnAndItsAbsenceTold) {
  // Each knows the other's port before it starts: free ports of this moment.
  HostPort rm_at{"127.0.0.1", 0};
  {
    auto listener = world_.network().Listen(rm_at);
    rm_at = (*listener)->local();
  }
  conf_.Set("yarn.resourcemanager.webapp.address", rm_at.ToString());
  FakeDaemon& namenode = StartDaemon();
  Answer down = Ask(namenode, "GET", "/api/v1/yarn/things/a");
  EXPECT_EQ(down.status, 503);
  EXPECT_EQ(down.json["error"]["code"], "daemonDown");
  EXPECT_EQ(down.json["error"]["daemon"], "resourcemanager");
  EXPECT_GT(down.json["error"]["since"], 0);
  conf_.Set("dfs.namenode.http-address", namenode.url());
  daemons_.push_back(std::make_unique<FakeDaemon>(world_.env(), conf_, ConsoleDaemon::kResourceManager, rm_at));
  FakeDaemon& manager = *daemons_.back();
  Answer session = Ask(namenode, "GET", "/api/v1/session");
  EXPECT_EQ(Ask(namenode, "GET", "/api/v1/yarn/things/a", SessionOf(session)).json["id"], "a");
  Answer changed = Ask(namenode, "POST", "/api/v1/yarn/things/a/change", SessionOf(session), "{}");
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(changed.json["from"], "127.0.0.1");
  ASSERT_EQ(manager.actions().size(), 1u);
  EXPECT_EQ(Ask(namenode, "POST", "/api/v1/yarn/things/a/change", {}, "{}").status, 403);
  EXPECT_EQ(manager.actions().size(), 1u);
  EXPECT_EQ(Ask(manager, "GET", "/api/v1/dfs/things/b").json["id"], "b");
  EXPECT_TRUE(Ask(namenode, "GET", "/api/v1/session").json["daemons"]["resourcemanager"]["up"]);
}

Task<Result<std::string>> ReadEvents(http::Client& client, EventLoop& loop, HostPort server, std::string last_id, FakeDaemon& daemon, std::string until) {
  http::ClientRequest request;
  request.server = server;
  request.target = "/api/v1/dfs/events";
  if (!last_id.empty()) request.headers.Add("Last-Event-ID", last_id);
  CO_ASSIGN_OR_RETURN(auto exchange, co_await client.Open(request, http::BodyKind::kNone, 0, loop.In(5s)));
  CO_ASSIGN_OR_RETURN(http::ResponseHead head, co_await exchange->ReadHead(loop.In(5s)));
  EXPECT_EQ(head.headers.Get("Content-Type", ""), "text/event-stream");
  std::string text;
  std::array<uint8_t, 1024> part;
  bool published = false;
  while (text.find(until) == std::string::npos) {
    CO_ASSIGN_OR_RETURN(size_t count, co_await exchange->ReadBody(part, loop.In(5s)));
    if (count == 0) break;
    text.append(AsText(ByteView(part).first(count)));
    if (!published && last_id.empty()) {
      published = true;
      for (int i = 0; i < 3; ++i) daemon.console().events().Publish("tick", "{\"i\":" + std::to_string(i) + "}");
    }
  }
  co_return text;
}

TEST_F(ConsoleTest, EventsArriveInOrderAndMissedOnesAreSentAgain) {
  FakeDaemon& daemon = StartDaemon();
  ASSERT_OK_AND_ASSIGN(std::string text, world_.Run(ReadEvents(*client_, world_.loop(), daemon.address(), "", daemon, "{\"i\":2}")));
  EXPECT_NE(text.find("event: first\ndata: {}\n\n"), std::string::npos) << text;
  EXPECT_LT(text.find("{\"i\":0}"), text.find("{\"i\":1}"));
  const size_t second = text.rfind("id: ", text.find("{\"i\":1}"));
  const std::string id = text.substr(second + 4, text.find('\n', second) - second - 4);
  ASSERT_OK_AND_ASSIGN(std::string again, world_.Run(ReadEvents(*client_, world_.loop(), daemon.address(), id, daemon, "{\"i\":2}")));
  EXPECT_EQ(again.find("{\"i\":1}"), std::string::npos) << again;
  EXPECT_EQ(again.find("first"), std::string::npos);
}

TEST_F(ConsoleTest, TheAuditPageHasTheLogsLinesAndTheConsolesActionsByTime) {
  FakeDaemon& daemon = StartDaemon();
  AuditLog& log = daemon.audit_log();
  log.AppendText(1000, false, "user=ann\tcmd=open\tvia=rpc");
  log.AppendText(2000, false, "user=bob\tcmd=delete\tvia=webhdfs");
  log.AppendText(2500, false, "user=ann\tcmd=console:mkdir\tvia=console");  // the trail has it
  log.AppendText(4000, false, "user=ann\tcmd=rename\tvia=rpc");
  log.Flush();
  AuditEntry action;
  action.at_wall_ms = 3000;
  action.action = "mkdir";
  action.via = "console";
  daemon.console().audit_trail().Add(action);
  const auto actions = [&](const std::string& query) {
    const Json page = Ask(daemon, "GET", "/api/v1/dfs/audit" + query).json;
    std::string text = std::to_string(page["total"].get<int>());
    for (const Json& entry : page["entries"]) text += " " + entry["action"].get<std::string>();
    return text;
  };
  EXPECT_EQ(actions(""), "4 rename mkdir delete open");
  EXPECT_EQ(actions("?limit=2&offset=1"), "4 mkdir delete");
  EXPECT_EQ(actions("?q=BOB"), "1 delete");
  EXPECT_EQ(actions("?via=rpc"), "2 rename open");
  EXPECT_EQ(actions("?changes=true"), "3 rename mkdir delete");
  EXPECT_EQ(actions("?via=console"), "1 mkdir");
  EXPECT_EQ(Json::parse(daemon.audit_view().News(3)).size(), 3u);
  EXPECT_EQ(daemon.audit_view().News(3), "");
}

}  // namespace
}  // namespace tusk::web
