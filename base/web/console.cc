// Console: its parts put together, the page's routes, and the guard before Hadoop's revealing pages.
#include "base/web/console.h"

#include <algorithm>

#include "base/async/task_scope.h"
#include "base/log/log.h"
#include "base/web/accounts.h"
#include "base/web/api_server.h"
#include "base/web/gate.h"
#include "base/web/page_assets.h"
#include "base/web/peer_daemon.h"
#include "base/web/session_endpoints.h"

namespace tusk::web {
namespace {

// Pages of Hadoop's that show settings, logs and threads, or change log levels.
constexpr std::string_view kGuarded[] = {"/conf", "/logLevel", "/logs", "/stacks"};

bool IsWildcard(std::string_view host) { return host.empty() || host == "0.0.0.0" || host == "::"; }

std::string HostOfUri(std::string_view uri) {
  const size_t slashes = uri.find("://");
  if (slashes == std::string_view::npos) return "";
  uri.remove_prefix(slashes + 3);
  return HostOf(uri.substr(0, uri.find('/')));
}

// Where the other daemon's web server is, as far as the configuration says.
HostPort PeerAddress(const Configuration& conf, ConsoleDaemon own) {
  const bool namenode = own == ConsoleDaemon::kResourceManager;
  const uint16_t port = namenode ? 9870 : 8088;
  const std::string text = namenode ? conf.Get("dfs.namenode.http-address", "0.0.0.0:9870")
                                    : conf.Get("yarn.resourcemanager.webapp.address",
                                               conf.Get("yarn.resourcemanager.hostname", "0.0.0.0") + ":8088");
  HostPort address = HostPort::Parse(text, port).value_or(HostPort{"", port});
  if (IsWildcard(address.host)) address.host = namenode ? HostOfUri(conf.Get("fs.defaultFS", "")) : conf.Get("yarn.resourcemanager.hostname", "");
  if (IsWildcard(address.host)) address.host = "127.0.0.1";
  return address;
}

class ConsoleImpl : public Console {
 public:
  ConsoleImpl(Env env, const Configuration& conf, ConsoleOptions options)
      : env_(env),
        conf_(conf),
        options_(std::move(options)),
        accounts_(Accounts::Open(env, AccountFiles::Of(conf, options_.process_user))),
        peer_(env, IsNamenode() ? "resourcemanager" : "namenode", PeerAddress(conf, options_.daemon)),
        events_(env),
        assets_(ConsoleBundle()),
        chores_(env.loop) {}

  Api& api() override { return api_; }
  EventHub& events() override { return events_; }
  AuditTrail& audit_trail() override { return audit_trail_; }
  void Mount(http::Server& server) override;
  void Start() override {
    chores_.Spawn(accounts_->KeepFresh(chores_.token()));
    chores_.Spawn(peer_.Watch(chores_.token()));
  }
  Task<void> Stop() override {
    events_.Close();
    peer_.Abort();
    chores_.Cancel();
    co_await chores_.Join();
  }

 private:
  bool IsNamenode() const { return options_.daemon == ConsoleDaemon::kNamenode; }
  bool LoginNeeded(const http::Server& server) const;
  Task<void> ServePage(http::Exchange& exchange);
  Task<void> ServePing(http::Exchange& exchange);
  Task<void> RefusePage(http::Exchange& exchange);
  static Task<void> ToConsole(http::Exchange& exchange);
  const http::Handler* GuardPage(const http::Request& request) const;
  std::vector<uint16_t> DatanodePorts() const;
  void Audit(const ConsoleAction& action);

  Env env_;
  const Configuration& conf_;
  const ConsoleOptions options_;
  std::unique_ptr<Accounts> accounts_;
  PeerDaemon peer_;
  EventHub events_;
  AuditTrail audit_trail_;
  Api api_;
  PageAssets assets_;
  std::unique_ptr<Gate> gate_;
  std::unique_ptr<SessionEndpoints> sessions_;
  std::unique_ptr<ApiServer> server_;
  http::Handler refuse_page_;
  TaskScope chores_;
};

// On loopback whoever reaches the port is on this machine; tusk.console.login=always asks there, too.
bool ConsoleImpl::LoginNeeded(const http::Server& server) const {
  if (conf_.Get("tusk.console.login", "auto") == "always") return true;
  return !IsLoopbackHost(server.address().host);
}

void ConsoleImpl::Mount(http::Server& server) {
  const GateOptions gate{LoginNeeded(server), options_.process_user, env_.network.LocalHostName()};
  gate_ = std::make_unique<Gate>(*accounts_, env_.clock, gate);
  if (gate.login_needed && accounts_->users().users().empty()) {
    LogWarn("console", "nobody can log in yet: tusk console adduser NAME --role admin (writes {})", accounts_->files().users);
  }
  const Duration session_length = conf_.GetDuration("tusk.console.session.length", std::chrono::hours(8), std::chrono::seconds(1)).value_or(std::chrono::hours(8));
  sessions_ = std::make_unique<SessionEndpoints>(
      env_, SessionParts{*accounts_, *gate_, peer_, IsNamenode() ? "namenode" : "resourcemanager", server.address().ToString(),
                         session_length, env_.clock.WallMillis()});
  sessions_->AddTo(api_);
  server_ = std::make_unique<ApiServer>(env_, ApiServerParts{api_, *gate_, *accounts_, peer_, IsNamenode() ? "/yarn/" : "/dfs/",
                                                                 [this](const ConsoleAction& action) { Audit(action); }});
  server.Handle("", std::string(kApiPrefix), [this](http::Exchange& exchange) { return server_->Serve(exchange); });
  server.Handle("GET", "/console", [this](http::Exchange& exchange) { return ServePage(exchange); });
  server.HandleExact("GET", std::string(kPingPath), [this](http::Exchange& exchange) { return ServePing(exchange); });
  server.HandleExact("GET", "/", [](http::Exchange& exchange) { return ToConsole(exchange); });
  for (const std::string& page : options_.legacy_pages) {
    server.HandleExact("GET", page, [](http::Exchange& exchange) { return ToConsole(exchange); });
  }
  refuse_page_ = [this](http::Exchange& exchange) { return RefusePage(exchange); };
  server.set_guard([this](const http::Request& request) { return GuardPage(request); });
}

void ConsoleImpl::Audit(const ConsoleAction& action) {
  AuditEntry entry;
  entry.at_wall_ms = env_.clock.WallMillis();
  entry.user = action.user;
  entry.address = action.address;
  entry.action = action.action;
  entry.target = action.target;
  entry.allowed = action.allowed;
  entry.via = "console";
  audit_trail_.Add(std::move(entry));
  if (options_.audit) options_.audit(action);
}

std::vector<uint16_t> ConsoleImpl::DatanodePorts() const {
  std::vector<uint16_t> ports = options_.datanode_ports ? options_.datanode_ports() : peer_.datanode_ports();
  const HostPort configured = HostPort::Parse(conf_.Get("dfs.datanode.http.address", "0.0.0.0:9864"), 9864).value_or(HostPort{"", 9864});
  if (configured.port != 0) ports.push_back(configured.port);
  std::sort(ports.begin(), ports.end());
  ports.erase(std::unique(ports.begin(), ports.end()), ports.end());
  if (ports.size() > 64) ports.resize(64);  // a header has bounds
  return ports;
}

Task<void> ConsoleImpl::ServePage(http::Exchange& exchange) {
  if (exchange.request().path == "/console") {
    (void)co_await exchange.Redirect(302, "/console/");
    co_return;
  }
  co_await assets_.Serve(exchange, ContentSecurityPolicy(DatanodePorts()));
}

// For the other daemon's console: this one lives, and file bytes come from these ports.
Task<void> ConsoleImpl::ServePing(http::Exchange& exchange) {
  std::string text;
  if (options_.datanode_ports) {
    for (uint16_t port : DatanodePorts()) text += std::to_string(port) + " ";
  }
  (void)co_await exchange.Reply(200, "text/plain; charset=utf-8", std::move(text));
}

Task<void> ConsoleImpl::ToConsole(http::Exchange& exchange) { (void)co_await exchange.Redirect(302, "/console/"); }

const http::Handler* ConsoleImpl::GuardPage(const http::Request& request) const {
  const auto guards = [&request](std::string_view page) {
    return request.path.starts_with(page) && (request.path.size() == page.size() || request.path[page.size()] == '/');
  };
  if (std::none_of(std::begin(kGuarded), std::end(kGuarded), guards)) return nullptr;
  const bool changes = request.path == "/logLevel" && request.query.Get("level").has_value();
  const Asker asker = gate_->WhoAsks(request);
  // Another site's page may not set levels in the name of who looks at it.
  if (changes && gate_->CheckOrigin(request, asker)) return &refuse_page_;
  if (!gate_->login_needed()) return nullptr;
  return gate_->CheckRole(asker, changes ? Role::kAdmin : Role::kViewer) ? &refuse_page_ : nullptr;
}

Task<void> ConsoleImpl::RefusePage(http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  const bool known = gate_->WhoAsks(request).who.has_value();
  if (!known && request.headers.Get("Accept", "").find("text/html") != std::string_view::npos) {
    (void)co_await exchange.Redirect(302, "/console/login");
    co_return;
  }
  (void)co_await exchange.Reply(known ? 403 : 401, "text/plain; charset=utf-8", known ? "not allowed\n" : "log in at /console/login first\n");
}

}  // namespace

Result<std::unique_ptr<Console>> Console::Open(Env env, const Configuration& conf, ConsoleOptions options) {
  return std::unique_ptr<Console>(std::make_unique<ConsoleImpl>(env, conf, std::move(options)));
}

}  // namespace tusk::web
