// PUT and POST: through the handler of ApplicationClientProtocol, with its rules and errors.
#include <fmt/format.h>

#include "base/rest/json.h"
#include "yarn_like/common/conversions.h"
#include "yarn_like/resourcemanager/rest/app_query.h"
#include "yarn_like/resourcemanager/rest/dto.h"
#include "yarn_like/resourcemanager/rest/rest_service.h"
#include "yarn_like/resourcemanager/rest/submission.h"

namespace tusk::yarn {
namespace {

namespace wire = hadoop::yarn;
using rest::Answer;
using rest::Json;

// {"name":value} or {"outer":{"name":value}}; null where the body is no such object.
Json MemberOf(const std::string& body, const char* name, const char* outer = nullptr) {
  Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (outer != nullptr && json.is_object() && json.contains(outer)) json = Json(json[outer]);
  if (!json.is_object() || !json.contains(name)) return nullptr;
  return json[name];
}

std::string TextOf(const Json& value) { return value.is_string() ? value.get<std::string>() : ""; }

// A page of another site can send forms and plain text, but no JSON unless we allow it, which we never do.
bool IsJson(const http::Request& request) {
  return request.headers.Get("Content-Type", "").starts_with("application/json");
}

}  // namespace

rpc::CallContext RestService::CallOf(const Question& question) const {
  rpc::CallContext call;
  call.user.name = question.user;
  call.received = env_.clock.Now();
  return call;
}

Task<Answer> RestService::Change(const Question& question) {
  const http::Request& request = question.request;
  const std::vector<std::string>& parts = question.parts;
  const bool post = request.method == "POST";
  if (question.anonymous && !policy_.anonymous_writes) {
    co_return rest::Forbidden(request, "The default static user cannot carry out this operation.");
  }
  const bool has_body = !(post && (parts.size() == 2 && parts[1] == "new-application"));
  if (has_body && request.method != "DELETE" && !(parts.size() == 4 && parts[2] == "signal") && !IsJson(request)) {
    co_return rest::Text(415, "the body must be application/json\n");
  }
  if (parts.size() == 2 && parts[0] == "apps" && parts[1] == "new-application" && post) co_return NewApplication(question);
  if (parts.size() == 1 && parts[0] == "apps" && post) co_return co_await Submit(question);
  if (parts.size() == 3 && parts[0] == "apps") {
    Answer otherwise;
    const Application* application = FindApp(question, &otherwise);
    if (application == nullptr) co_return otherwise;
    co_return co_await ChangeApp(question, application->id());
  }
  if (parts.size() == 3 && parts[0] == "nodes" && parts[2] == "resource" && post) co_return ResizeNode(question);
  if (parts.size() == 4 && parts[0] == "containers" && parts[2] == "signal" && post) {
    const Result<ContainerId> id = rm_rest::ContainerIdOf(parts[1]);
    if (!id.ok()) co_return rest::BadId(request, id.status().message());
    wire::SignalContainerCommandProto command;
    if (!wire::SignalContainerCommandProto_Parse(parts[3], &command)) {
      co_return rest::BadRequest(request, "Invalid command: " + parts[3]);
    }
    wire::SignalContainerRequestProto signal;
    ToProto(*id, signal.mutable_container_id());
    signal.set_command(command);
    rpc::CallContext call = CallOf(question);
    const auto done = co_await handler_.SignalToContainer(call, signal);
    co_return done.ok() ? rest::Empty(200) : rest::ErrorOf(request, done.status());
  }
  if (parts.size() >= 1 && parts[0] == "delegation-token") {
    Answer answer = rest::Text(403, "Delegation token operations can only be carried out on a Kerberos authenticated channel. "
                                    "Expected auth type is kerberos, got type null");
    co_return answer;
  }
  co_return rest::NotFound(request, fmt::format("null for uri: {}", request.target));
}

Answer RestService::NewApplication(const Question& question) {
  return rest::Ok(question.request,
                  {{"application-id", cluster_.NewApplicationId().ToString()},
                   {"maximum-resource-capability",
                    rm_rest::ResourceDto(cluster_.scheduler().MaximumCapability(), cluster_.config().types)}});
}

Task<Answer> RestService::Submit(const Question& question) {
  const http::Request& request = question.request;
  if (!policy_.submissions) co_return rest::Forbidden(request, "App submission via REST is disabled.");
  const auto submission = rm_rest::SubmissionOf(question.body, cluster_.config().types);
  if (!submission.ok()) co_return rest::BadRequest(request, submission.status().message());
  rpc::CallContext call = CallOf(question);
  const auto done = co_await handler_.SubmitApplication(call, *submission);
  if (!done.ok()) co_return rest::ErrorOf(request, done.status());
  Answer answer = rest::Empty(202);
  answer.content_type = "application/json;charset=utf-8";
  const ApplicationId id = FromProto(submission->application_submission_context().application_id());
  answer.headers.Add("Location", fmt::format("http://{}/ws/v1/cluster/apps/{}", cluster_.config().web_address, id.ToString()));
  co_return answer;
}

Task<Answer> RestService::ChangeApp(const Question& question, ApplicationId id) {
  const http::Request& request = question.request;
  const std::string& what = question.parts[2];
  if (request.method == "PUT" && what == "state") co_return co_await PutState(question, id);
  if (request.method == "PUT" && what == "priority") co_return co_await PutPriority(question, id);
  if (request.method == "PUT" && what == "timeout") co_return co_await PutTimeout(question, id);
  if (request.method == "PUT" && what == "queue") {
    wire::MoveApplicationAcrossQueuesRequestProto move;
    ToProto(id, move.mutable_application_id());
    move.set_target_queue(TextOf(MemberOf(question.body, "queue")));
    rpc::CallContext call = CallOf(question);
    const auto done = co_await handler_.MoveApplicationAcrossQueues(call, move);
    if (!done.ok()) co_return rest::ErrorOf(request, done.status());
    co_return rest::Ok(request, {{"queue", "root.default"}});
  }
  co_return rest::NotFound(request, fmt::format("null for uri: {}", request.target));
}

Task<Answer> RestService::PutState(const Question& question, ApplicationId id) {
  const http::Request& request = question.request;
  const std::string target = TextOf(MemberOf(question.body, "state"));
  const std::string state(NameOf(cluster_.Find(id)->state));
  if (state == target) co_return rest::Ok(request, {{"state", state}});
  if (target != "KILLED") co_return rest::BadRequest(request, "Only 'KILLED' is allowed as a target state.");
  wire::KillApplicationRequestProto kill;
  ToProto(id, kill.mutable_application_id());
  kill.set_diagnostics(TextOf(MemberOf(question.body, "diagnostics")));
  rpc::CallContext call = CallOf(question);
  const auto done = co_await handler_.ForceKillApplication(call, kill);
  if (!done.ok()) co_return rest::ErrorOf(request, done.status());
  if (done->is_kill_completed()) {
    const Application* application = cluster_.Find(id);
    co_return rest::Ok(request, {{"state", application == nullptr ? "KILLED" : std::string(NameOf(application->state))}});
  }
  Answer answer = rest::Ok(request, {{"state", "KILLING"}}, 202);
  answer.headers.Add("Location", fmt::format("http://{}{}", cluster_.config().web_address, request.path));
  co_return answer;
}

Task<Answer> RestService::PutPriority(const Question& question, ApplicationId id) {
  const http::Request& request = question.request;
  const Json priority = MemberOf(question.body, "priority");
  if (!priority.is_number_integer()) co_return rest::BadRequest(request, "The priority is no number");
  wire::UpdateApplicationPriorityRequestProto update;
  ToProto(id, update.mutable_applicationid());
  update.mutable_applicationpriority()->set_priority(priority.get<int32_t>());
  rpc::CallContext call = CallOf(question);
  const auto done = co_await handler_.UpdateApplicationPriority(call, update);
  if (!done.ok()) co_return rest::ErrorOf(request, done.status());
  co_return rest::Ok(request, {{"priority", done->applicationpriority().priority()}});
}

Task<Answer> RestService::PutTimeout(const Question& question, ApplicationId id) {
  const http::Request& request = question.request;
  const std::string type = TextOf(MemberOf(question.body, "type", "timeout"));
  const std::string expiry = TextOf(MemberOf(question.body, "expiryTime", "timeout"));
  if (type.empty()) co_return rest::BadRequest(request, "Timeout type is null");
  if (type != "LIFETIME") {
    co_return rest::BadRequest(request, fmt::format("Invalid application-state {} specified. It should be one of [LIFETIME]", type));
  }
  wire::UpdateApplicationTimeoutsRequestProto update;
  ToProto(id, update.mutable_applicationid());
  auto* timeout = update.add_application_timeouts();
  timeout->set_application_timeout_type(wire::APP_TIMEOUT_LIFETIME);
  timeout->set_expire_time(expiry);
  rpc::CallContext call = CallOf(question);
  const auto done = co_await handler_.UpdateApplicationTimeouts(call, update);
  if (!done.ok()) co_return rest::ErrorOf(request, done.status());
  const Application* application = cluster_.Find(id);
  if (application == nullptr) co_return rest::NotFound(request, fmt::format("app with id: {} not found", id.ToString()));
  co_return rest::Ok(request, {{"timeout", rm_rest::TimeoutDto(*application, GetNow())}});
}

Answer RestService::ResizeNode(const Question& question) {
  const http::Request& request = question.request;
  if (!access_.IsAdmin(question.user)) {
    return rest::Forbidden(request, fmt::format("User {} not allowed to update node resources", question.user));
  }
  const Result<NodeId> id = NodeId::Parse(question.parts[1]);
  const NodeRecord* node = id.ok() ? cluster_.nodes().Find(*id) : nullptr;
  if (node == nullptr) return rest::NotFound(request, fmt::format("nodeId, {}, is not found", question.parts[1]));
  const Json memory = MemberOf(question.body, "memory", "resource"), cores = MemberOf(question.body, "vCores", "resource");
  if (!memory.is_number_integer() || !cores.is_number_integer()) return rest::BadRequest(request, "memory and vCores must be numbers");
  Resource total = node->total;
  total.amounts[0] = memory.get<int64_t>();
  total.amounts[1] = cores.get<int64_t>();
  const Status resized = cluster_.ResizeNode(*id, total, GetNow());
  if (!resized.ok()) return rest::ErrorOf(request, resized);
  return rest::Ok(request, {{"resourceInfo", rm_rest::ResourceDto(total, cluster_.config().types)}});
}

}  // namespace tusk::yarn
