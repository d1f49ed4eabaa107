// Routes, and the endpoints that read.
#include "yarn_like/resourcemanager/console/yarn_console.h"

#include <algorithm>

#include "base/web/daemon_views.h"

namespace tusk::yarn {
namespace {

using web::ApiAnswer;
using web::ApiCall;
using web::Role;

constexpr int64_t kNumberMax = int64_t{1} << 60;

// Endpoints that only read the brain.
Task<Result<ApiAnswer>> Plain(Result<std::string> json) {
  if (!json.ok()) co_return json.status();
  co_return ApiAnswer{std::move(*json)};
}

Task<Result<ApiAnswer>> Ready(Result<ApiAnswer> answer) { co_return answer; }

}  // namespace

YarnConsole::YarnConsole(Env env, Cluster& cluster, Access& access, const Configuration& conf, const History& history,
                         RmAudit& audit, YarnConsoleParts parts)
    : env_(env),
      cluster_(cluster),
      access_(access),
      conf_(conf),
      history_(history),
      audit_(audit),
      parts_(std::move(parts)),
      masters_(env, cluster, parts_.finished),
      logs_(env, cluster, conf, parts_.process_user),
      submissions_(env, cluster, parts_.submissions),
      exclusion_(env, cluster, parts_.reload) {}

Result<std::unique_ptr<YarnConsole>> YarnConsole::Open(Env env, Cluster& cluster, Access& access, const Configuration& conf,
                                                       const History& history, const AuditLog& audit_log, RmAudit& audit,
                                                       YarnConsoleParts parts) {
  std::unique_ptr<YarnConsole> console(new YarnConsole(env, cluster, access, conf, history, audit, std::move(parts)));
  web::ConsoleOptions options;
  options.daemon = web::ConsoleDaemon::kResourceManager;
  options.process_user = console->parts_.process_user;
  options.legacy_pages = {"/cluster", "/cluster/apps", "/cluster/nodes", "/cluster/scheduler", "/ui2"};
  options.audit = [&audit](const web::ConsoleAction& action) { audit.Console(action); };
  ASSIGN_OR_RETURN(console->console_, web::Console::Open(env, conf, std::move(options)));
  console->audit_view_ = std::make_unique<web::AuditView>(env, console->console_->audit_trail(), audit_log, ReadRmAuditLine);
  console->feed_ = std::make_unique<EventFeed>(env, cluster, console->parts_.facts, console->console_->events());
  console->AddRoutes();
  return console;
}

void YarnConsole::Start() {
  console_->Start();
  feed_->Start();
}

Task<void> YarnConsole::Stop() {
  logs_.Stop();
  co_await feed_->Stop();
  co_await console_->Stop();
  co_await submissions_.Stop();
}

void YarnConsole::AddRoutes() {
  web::Api& api = console_->api();
  api.Handle({"GET", "/yarn/overview"}, [this](ApiCall&) { return Plain(OverviewJson(cluster_, parts_.facts, GetNow())); });
  api.Handle({"GET", "/yarn/queues"}, [this](ApiCall&) { return Plain(QueuesJson(cluster_, parts_.facts, GetNow())); });
  api.Handle({"GET", "/yarn/history"}, [this](ApiCall& call) { return Ready(web::HistoryAnswer(history_, call)); });
  api.Handle({"GET", "/yarn/config"}, [this](ApiCall& call) { return Ready(web::ConfigurationAnswer(conf_, call)); });
  api.Handle({"GET", "/yarn/audit"}, [this](ApiCall& call) { return audit_view_->Answer(call); });
  api.Handle({"GET", "/yarn/events"}, [this](ApiCall& call) {
    return console_->events().Serve(call, [this] { return feed_->First(); });
  });
  api.Handle({"GET", "/yarn/nodes"}, [this](ApiCall& call) { return Nodes(call); });
  api.Handle({"GET", "/yarn/nodes/{id}"}, [this](ApiCall& call) { return NodeDetail(call); });
  api.Handle({"GET", "/yarn/submit/forms"}, [this](ApiCall&) { return Plain(SubmitFormsJson(parts_.submit)); });
  api.Handle({"GET", "/yarn/submissions/{id}"}, [this](ApiCall& call) { return Submitted(call); });
  api.Handle({"GET", "/yarn/submissions"}, [this](ApiCall& call) { return AllSubmitted(call); });
  AddApplicationRoutes();
  AddActionRoutes();
}

void YarnConsole::AddApplicationRoutes() {
  web::Api& api = console_->api();
  api.Handle({"GET", "/yarn/apps"}, [this](ApiCall& call) { return Applications(call); });
  api.Handle({"GET", "/yarn/apps/{id}"}, [this](ApiCall& call) { return ApplicationDetail(call); });
  api.Handle({"GET", "/yarn/apps/{id}/live"}, [this](ApiCall& call) { return Live(call); });
  api.Handle({"GET", "/yarn/apps/{id}/tasks"}, [this](ApiCall& call) { return Tasks(call); });
  api.Handle({"GET", "/yarn/apps/{id}/counters"}, [this](ApiCall& call) { return Counters(call); });
  api.Handle({"GET", "/yarn/apps/{id}/timeline"}, [this](ApiCall& call) { return Timeline(call); });
  api.Handle({"GET", "/yarn/containers/{id}/logs"}, [this](ApiCall& call) { return LogFiles(call); });
  api.Handle({"GET", "/yarn/containers/{id}/logs/{file}"}, [this](ApiCall& call) { return LogText(call); });
}

void YarnConsole::AddActionRoutes() {
  web::Api& api = console_->api();
  api.Handle({"POST", "/yarn/apps/{id}/kill", Role::kOperator, "killApplication"}, [this](ApiCall& call) { return KillApplication(call); });
  api.Handle({"POST", "/yarn/apps/{id}/tasks/{attempt}/kill", Role::kOperator, "killTaskAttempt"},
             [this](ApiCall& call) { return KillTaskAttempt(call); });
  api.Handle({"POST", "/yarn/nodes/{id}/decommission", Role::kAdmin, "decommissionNodeManager"}, [this](ApiCall& call) { return Exclude(call); });
  api.Handle({"POST", "/yarn/nodes/{id}/recommission", Role::kAdmin, "recommissionNodeManager"}, [this](ApiCall& call) { return Readmit(call); });
  api.Handle({"POST", "/yarn/submit/preview", Role::kViewer, "previewSubmission"}, [this](ApiCall& call) { return Preview(call); });
  api.Handle({"POST", "/yarn/submit", Role::kOperator, "submit"}, [this](ApiCall& call) { return Submit(call); });
  api.Handle({"POST", "/yarn/submissions/{id}/stop", Role::kOperator, "stopSubmission"}, [this](ApiCall& call) { return StopSubmission(call); });
}

Result<const Application*> YarnConsole::FindApplication(const ApiCall& call) const {
  ASSIGN_OR_RETURN(const ApplicationId id, ApplicationId::Parse(call.Path("id")));
  const Application* application = cluster_.Find(id);
  if (application == nullptr) return Status(Code::kApplicationNotFound, "there is no application " + id.ToString());
  return application;
}

Result<const NodeRecord*> YarnConsole::FindNode(const ApiCall& call) const {
  ASSIGN_OR_RETURN(const NodeId id, NodeId::Parse(call.Path("id")));
  const NodeRecord* node = cluster_.nodes().Find(id);
  if (node == nullptr) return Status(Code::kFileNotFound, "there is no node " + id.ToString());
  return node;
}

// Without ACLs a cluster lets everybody see everything by other ways; the console shows what is somebody's to him only.
bool YarnConsole::MayView(const web::Identity& who, const Submission& submission) const {
  if (who.MayAct(Role::kAdmin) || who.user == submission.user) return true;
  return access_.enabled() && access_.MayView(who.user, submission);
}

bool YarnConsole::MayModify(const web::Identity& who, const Submission& submission) const {
  if (who.MayAct(Role::kAdmin)) return true;
  if (!who.MayAct(Role::kOperator)) return false;
  return who.user == submission.user || (access_.enabled() && access_.MayModify(who.user, submission));
}

YarnConsole::Answer YarnConsole::Applications(ApiCall& call) {
  CO_ASSIGN_OR_RETURN(const web::Page page, web::Page::Of(call));
  ListQuery query;
  query.states = call.Text("state");
  query.user = call.Text("user");
  query.type = call.Text("type");
  query.queue = call.Text("queue");
  query.q = call.Text("q");
  query.sort = call.Text("sort");
  query.offset = page.offset;
  query.limit = page.limit;
  co_return co_await Plain(ApplicationListJson(cluster_, query, GetNow()));
}

YarnConsole::Answer YarnConsole::ApplicationDetail(ApiCall& call) {
  CO_ASSIGN_OR_RETURN(const Application* application, FindApplication(call));
  co_return ApiAnswer{ApplicationDetailJson(cluster_, *application, MayModify(call.who, application->submission), GetNow())};
}

YarnConsole::Answer YarnConsole::Live(ApiCall& call) {
  CO_ASSIGN_OR_RETURN(const Application* application, FindApplication(call));
  CO_ASSIGN_OR_RETURN(const int64_t after, call.Int("after", 0, 0, kNumberMax));
  CO_ASSIGN_OR_RETURN(const int64_t from, call.Int("from", 0, 0, kNumberMax));
  const ApplicationId id = application->id();
  co_return co_await Plain(co_await masters_.Live(id, after, from));
}

YarnConsole::Answer YarnConsole::Tasks(ApiCall& call) {
  CO_ASSIGN_OR_RETURN(const Application* application, FindApplication(call));
  CO_ASSIGN_OR_RETURN(const web::Page page, web::Page::Of(call));
  ListQuery query;
  query.states = call.Text("state");
  query.q = call.Text("q");
  query.sort = call.Text("sort");
  query.offset = page.offset;
  query.limit = page.limit;
  std::string type = call.Text("type");
  constexpr std::string_view kTypes[] = {"", "MAP", "REDUCE"};
  if (std::find(std::begin(kTypes), std::end(kTypes), type) == std::end(kTypes)) co_return Status(Code::kInvalidArgument, "type: MAP or REDUCE");
  constexpr std::string_view kStates[] = {"", "PENDING", "RUNNING", "SUCCEEDED", "FAILED", "KILLED"};
  if (std::find(std::begin(kStates), std::end(kStates), query.states) == std::end(kStates)) {
    co_return Status(Code::kInvalidArgument, "state: no state of tasks " + query.states);
  }
  const ApplicationId id = application->id();
  co_return co_await Plain(co_await masters_.Tasks(id, std::move(query), std::move(type)));
}

YarnConsole::Answer YarnConsole::Counters(ApiCall& call) {
  CO_ASSIGN_OR_RETURN(const Application* application, FindApplication(call));
  const ApplicationId id = application->id();
  co_return co_await Plain(co_await masters_.Counters(id));
}

YarnConsole::Answer YarnConsole::Timeline(ApiCall& call) {
  CO_ASSIGN_OR_RETURN(const Application* application, FindApplication(call));
  const ApplicationId id = application->id();
  co_return co_await Plain(co_await masters_.Timeline(id));
}

YarnConsole::Answer YarnConsole::Nodes(ApiCall& call) {
  constexpr int64_t kNodesMax = 5000;  // a heat map wants all of them
  ListQuery query;
  CO_ASSIGN_OR_RETURN(const int64_t offset, call.Int("offset", 0, 0, 1'000'000'000));
  CO_ASSIGN_OR_RETURN(const int64_t limit, call.Int("limit", 100, 1, kNodesMax));
  query.offset = static_cast<size_t>(offset);
  query.limit = static_cast<size_t>(limit);
  query.states = call.Text("state");
  query.q = call.Text("q");
  query.sort = call.Text("sort");
  co_return co_await Plain(NodeListJson(cluster_, query, GetNow()));
}

YarnConsole::Answer YarnConsole::NodeDetail(ApiCall& call) {
  CO_ASSIGN_OR_RETURN(const NodeRecord* node, FindNode(call));
  co_return ApiAnswer{NodeDetailJson(cluster_, *node, GetNow())};
}

YarnConsole::Answer YarnConsole::LogFiles(ApiCall& call) {
  CO_ASSIGN_OR_RETURN(const ContainerId id, ContainerId::Parse(call.Path("id")));
  const Application* application = cluster_.Find(id.attempt.application);
  if (application == nullptr) co_return Status(Code::kContainerNotFound, "the application of " + id.ToString() + " is not known");
  if (!MayView(call.who, application->submission)) co_return Status(Code::kAccessControl, call.who.user + " may not read logs of this application");
  co_return co_await Plain(co_await logs_.List(id));
}

YarnConsole::Answer YarnConsole::LogText(ApiCall& call) {
  CO_ASSIGN_OR_RETURN(const ContainerId id, ContainerId::Parse(call.Path("id")));
  const Application* application = cluster_.Find(id.attempt.application);
  if (application == nullptr) co_return Status(Code::kContainerNotFound, "the application of " + id.ToString() + " is not known");
  if (!MayView(call.who, application->submission)) co_return Status(Code::kAccessControl, call.who.user + " may not read logs of this application");
  LogPart part;
  CO_ASSIGN_OR_RETURN(part.start, call.Int("start", 0, -kNumberMax, kNumberMax));
  CO_ASSIGN_OR_RETURN(part.end, call.Int("end", -1, -1, kNumberMax));
  CO_ASSIGN_OR_RETURN(part.follow, call.Bool("follow", false));
  std::string file = call.Path("file");
  CO_RETURN_IF_ERROR(co_await logs_.Send(call.exchange, id, std::move(file), part));
  ApiAnswer sent;
  sent.sent = true;
  co_return sent;
}

YarnConsole::Answer YarnConsole::AllSubmitted(ApiCall& call) {
  CO_ASSIGN_OR_RETURN(const web::Page page, web::Page::Of(call));
  co_return ApiAnswer{submissions_.ListJson(page.offset, page.limit)};
}

YarnConsole::Answer YarnConsole::Submitted(ApiCall& call) {
  CO_ASSIGN_OR_RETURN(const int64_t from, call.Int("from", 0, 0, kNumberMax));
  const std::string id = call.Path("id");
  CO_ASSIGN_OR_RETURN(const std::string user, submissions_.UserOf(id));
  if (!call.who.MayAct(Role::kAdmin) && user != call.who.user) co_return Status(Code::kAccessControl, id + " is somebody else's");
  co_return co_await Plain(co_await submissions_.Show(id, from));
}

}  // namespace tusk::yarn
