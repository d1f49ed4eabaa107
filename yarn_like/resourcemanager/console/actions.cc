// Endpoints that change something. The router has checked login, role, CSRF token and origin, and audits each.
#include "base/log/log.h"
#include "yarn_like/resourcemanager/console/yarn_console.h"

namespace tusk::yarn {
namespace {

using web::ApiAnswer;
using web::ApiCall;
using web::JsonObject;

constexpr size_t kReasonMax = 1000;
constexpr int32_t kForcefulShutdown = 3;  // SignalContainerCommandProto
constexpr int64_t kTimeoutMax = 30 * 86'400;

std::string NodeActionJson(const Cluster& cluster, const NodeId& id, std::string_view message) {
  const NodeRecord* node = cluster.nodes().Find(id);
  return JsonObject().Set("id", id.ToString()).Set("state", node == nullptr ? "DECOMMISSIONED" : NameOf(node->state)).Set("message", message).Done();
}

}  // namespace

YarnConsole::Answer YarnConsole::KillApplication(ApiCall& call) {
  CO_RETURN_IF_ERROR(call.body.OnlyHas({"reason"}));
  CO_ASSIGN_OR_RETURN(const std::string reason, call.body.Text("reason", ""));
  if (reason.size() > kReasonMax) co_return Status(Code::kInvalidArgument, "reason: is longer than 1000 bytes");
  CO_ASSIGN_OR_RETURN(const Application* application, FindApplication(call));
  const ApplicationId id = application->id();
  if (!MayModify(call.who, application->submission)) {
    co_return Status(Code::kAccessControl, call.who.user + " may not kill " + id.ToString());
  }
  if (IsOver(application->state)) co_return Status(Code::kIllegalState, id.ToString() + " is over already");
  audit_.Success(call.who.user, call.who.address, audit::kKill, audit::kApplication, RmAudit::App(id));
  // The words of `yarn application -kill`.
  std::string diagnostics = "Application " + id.ToString() + " was killed by user " + call.who.user + " at " + call.who.address;
  if (!reason.empty()) diagnostics += " with diagnostic message: " + reason;
  CO_RETURN_IF_ERROR(cluster_.Kill(id, diagnostics, GetNow()).status());
  const Application* now = cluster_.Find(id);
  co_return ApiAnswer{JsonObject().Set("id", id.ToString()).Set("state", now == nullptr ? "KILLED" : NameOf(PublicStateOf(now->state))).Done()};
}

YarnConsole::Answer YarnConsole::KillTaskAttempt(ApiCall& call) {
  CO_RETURN_IF_ERROR(call.body.OnlyHas({}));
  CO_ASSIGN_OR_RETURN(const Application* application, FindApplication(call));
  const ApplicationId id = application->id();
  if (!MayModify(call.who, application->submission)) {
    co_return Status(Code::kAccessControl, call.who.user + " may not kill tasks of " + id.ToString());
  }
  const std::string attempt = call.Path("attempt");
  CO_ASSIGN_OR_RETURN(const std::string container, co_await masters_.ContainerOfAttempt(id, attempt));
  const Result<ContainerId> container_id = ContainerId::Parse(container);
  // What a master says is not trusted: only a container of this application is stopped.
  if (!container_id.ok() || !(container_id->attempt.application == id)) co_return Status(Code::kIllegalState, attempt + " has no container");
  CO_RETURN_IF_ERROR(cluster_.SignalContainer(*container_id, kForcefulShutdown));
  co_return ApiAnswer{JsonObject().Set("attempt", attempt).Set("state", "RUNNING").Done()};
}

YarnConsole::Answer YarnConsole::Exclude(ApiCall& call) {
  CO_RETURN_IF_ERROR(call.body.OnlyHas({"graceful", "timeoutSeconds"}));
  CO_ASSIGN_OR_RETURN(const NodeRecord* node, FindNode(call));
  const NodeId id = node->id;
  NodeExclusion::Manner manner;
  CO_ASSIGN_OR_RETURN(manner.graceful, call.body.Bool("graceful", true));
  if (call.body.Has("timeoutSeconds")) {
    CO_ASSIGN_OR_RETURN(manner.timeout_s, call.body.Int("timeoutSeconds", 0, kTimeoutMax));
  }
  CO_RETURN_IF_ERROR(co_await exclusion_.Exclude(id, manner));
  co_return ApiAnswer{NodeActionJson(cluster_, id,
                                     manner.graceful ? "It gets nothing new and leaves when what runs on it has ended."
                                                     : "It has left; what ran on it was lost and is run again elsewhere.")};
}

YarnConsole::Answer YarnConsole::Readmit(ApiCall& call) {
  CO_RETURN_IF_ERROR(call.body.OnlyHas({}));
  CO_ASSIGN_OR_RETURN(const NodeRecord* node, FindNode(call));
  const NodeId id = node->id;
  const bool leaving = node->state == NodeState::kDecommissioning;
  CO_RETURN_IF_ERROR(co_await exclusion_.Readmit(id));
  co_return ApiAnswer{NodeActionJson(cluster_, id, leaving ? "It stays." : "It may register again: start its node manager where it has ended.")};
}

YarnConsole::Answer YarnConsole::Preview(ApiCall& call) {
  CO_ASSIGN_OR_RETURN(const SubmitCommand command, MakeSubmitCommand(call.body, parts_.submit));
  web::JsonArray argv;
  for (const std::string& word : command.argv) argv.Add(word);
  co_return ApiAnswer{JsonObject().SetJson("argv", argv.Done()).Set("command", command.Line()).Done()};
}

YarnConsole::Answer YarnConsole::Submit(ApiCall& call) {
  CO_ASSIGN_OR_RETURN(SubmitCommand command, MakeSubmitCommand(call.body, parts_.submit));
  call.target = command.Line();
  std::string user = call.who.user;
  if (!access_.MaySubmit(user)) co_return Status(Code::kAccessControl, user + " may not submit to the queue");
  CO_ASSIGN_OR_RETURN(std::string json, co_await submissions_.Start(std::move(command), std::move(user)));
  co_return ApiAnswer{std::move(json)};
}

YarnConsole::Answer YarnConsole::StopSubmission(ApiCall& call) {
  CO_RETURN_IF_ERROR(call.body.OnlyHas({}));
  const std::string id = call.Path("id");
  CO_ASSIGN_OR_RETURN(const std::string user, submissions_.UserOf(id));
  if (!call.who.MayAct(web::Role::kAdmin) && user != call.who.user) co_return Status(Code::kAccessControl, id + " is somebody else's");
  CO_RETURN_IF_ERROR(submissions_.End(id));
  CO_ASSIGN_OR_RETURN(std::string json, co_await submissions_.Show(id, 0));
  co_return ApiAnswer{std::move(json)};
}

}  // namespace tusk::yarn
