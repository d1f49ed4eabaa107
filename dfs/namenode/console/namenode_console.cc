// The endpoints put together, and what is told without being asked.
#include "dfs/namenode/console/namenode_console.h"

#include <algorithm>

#include "base/async/event_loop.h"
#include "base/web/daemon_views.h"
#include "dfs/namenode/blocks/block_manager.h"
#include "dfs/namenode/console/overview.h"

namespace tusk::dfs {

using namespace std::chrono_literals;

namespace {

constexpr Duration kTellEvery = 2s;
constexpr size_t kAuditAtOnce = 100;

}  // namespace

NameNodeConsole::NameNodeConsole(ConsoleContext context)
    : context_(std::move(context)),
      datanodes_(context_),
      datanode_actions_(context_),
      namenode_(context_, services_),
      file_views_(context_, services_),
      file_actions_(context_, services_),
      trash_(context_, services_) {
  services_.set_observer(context_.audit);
}

Result<std::unique_ptr<NameNodeConsole>> NameNodeConsole::Open(ConsoleContext context) {
  std::unique_ptr<NameNodeConsole> console(new NameNodeConsole(std::move(context)));
  web::ConsoleOptions options;
  options.daemon = web::ConsoleDaemon::kNamenode;
  options.process_user = console->context_.process_user;
  options.datanode_ports = [raw = console.get()] { return raw->DatanodePorts(); };
  options.legacy_pages = {"/index.html", "/dfshealth.html", "/explorer.html", "/dfshealth.jsp"};
  options.audit = [audit = console->context_.audit](const web::ConsoleAction& action) {
    audit->Note(action.user, action.address, "console:" + action.action, action.target, action.allowed,
                std::string(kConsoleTransport));
  };
  ASSIGN_OR_RETURN(console->console_, web::Console::Open(console->context_.env, console->context_.conf, std::move(options)));
  console->audit_view_ = std::make_unique<web::AuditView>(console->context_.env, console->console_->audit_trail(),
                                                          *console->context_.audit_log, ReadAuditLine);
  return console;
}

std::vector<uint16_t> NameNodeConsole::DatanodePorts() const {
  std::vector<uint16_t> ports;
  for (const Datanode& node : context_.registry().datanodes()) {
    const auto port = static_cast<uint16_t>(node.identity.info_port);
    if (std::find(ports.begin(), ports.end(), port) == ports.end()) ports.push_back(port);
    if (ports.size() >= 64) break;
  }
  return ports;
}

void NameNodeConsole::Mount(http::Server& server) {
  web::Api& api = console_->api();
  AddOwn();
  datanodes_.AddTo(api);
  datanode_actions_.AddTo(api);
  namenode_.AddTo(api);
  file_views_.AddTo(api);
  file_actions_.AddTo(api);
  trash_.AddTo(api);
  console_->Mount(server);
}

void NameNodeConsole::AddOwn() {
  web::Api& api = console_->api();
  api.Handle({"GET", "/dfs/overview"}, [this](web::ApiCall& call) { return Overview(call); });
  api.Handle({"GET", "/dfs/history"}, [this](web::ApiCall& call) { return History(call); });
  api.Handle({"GET", "/dfs/config"}, [this](web::ApiCall& call) { return Config(call); });
  api.Handle({"GET", "/dfs/audit"}, [this](web::ApiCall& call) { return Audit(call); });
  api.Handle({"GET", "/dfs/events"}, [this](web::ApiCall& call) { return Events(call); });
}

Task<Result<web::ApiAnswer>> NameNodeConsole::Overview(web::ApiCall&) { co_return web::ApiAnswer{OverviewJson(context_)}; }
Task<Result<web::ApiAnswer>> NameNodeConsole::History(web::ApiCall& call) { co_return web::HistoryAnswer(context_.history, call); }
Task<Result<web::ApiAnswer>> NameNodeConsole::Config(web::ApiCall& call) { co_return web::ConfigurationAnswer(context_.conf, call); }
Task<Result<web::ApiAnswer>> NameNodeConsole::Audit(web::ApiCall& call) { return audit_view_->Answer(call); }

Task<Result<web::ApiAnswer>> NameNodeConsole::Events(web::ApiCall& call) {
  co_return co_await console_->events().Serve(call, [this] { return std::vector<web::Event>{{"overview", OverviewJson(context_)}}; });
}

Task<void> NameNodeConsole::Run(std::stop_token stop) {
  console_->Start();
  while (!stop.stop_requested()) {
    Status slept = co_await SleepFor(context_.env.loop, kTellEvery, stop);
    if (!slept.ok()) co_return;
    if (console_->events().streams() > 0) TellChanges();
  }
}

void NameNodeConsole::TellChanges() {
  std::string overview = OverviewJson(context_);
  if (overview != told_overview_) {
    told_overview_ = overview;
    console_->events().Publish("overview", std::move(overview));
  }
  if (std::string changes = datanodes_.Changes(); !changes.empty()) console_->events().Publish("datanodes", std::move(changes));
  if (std::string news = audit_view_->News(kAuditAtOnce); !news.empty()) console_->events().Publish("audit", std::move(news));
}

}  // namespace tusk::dfs
