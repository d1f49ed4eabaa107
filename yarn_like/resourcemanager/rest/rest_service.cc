// Routes and everything that only reads.
#include "yarn_like/resourcemanager/rest/rest_service.h"

#include <fmt/format.h>

#include "base/log/log.h"
#include "base/rest/json.h"
#include "yarn_like/common/iso_time.h"
#include "yarn_like/resourcemanager/rest/app_query.h"
#include "yarn_like/resourcemanager/rest/dto.h"

namespace tusk::yarn {
namespace {

using rest::Answer;
using rest::Json;

constexpr std::string_view kRoot = "/ws/v1/cluster";
constexpr size_t kBodyBytesMax = 16 << 20;

// What a parameter or an id that does not parse is answered with.
Answer Wrong(const http::Request& request, const Status& status) {
  if (status.code() != Code::kInvalidArgument) return rest::BadRequest(request, status.message());
  return rest::Error(request, 400, "java.lang.IllegalArgumentException", status.message());
}

Json Wrapped(const char* outer, const char* inner, Json list) {
  if (list.empty()) return {{outer, Json::object()}};
  return {{outer, {{inner, std::move(list)}}}};
}

}  // namespace

Result<RestPolicy> RestPolicy::From(const Configuration& configuration, const HostPort& web_address,
                                    std::string daemon_user) {
  RestPolicy policy;
  const bool loopback = web_address.host.starts_with("127.") || web_address.host == "localhost" || web_address.host == "::1";
  policy.static_user = configuration.Get("hadoop.http.staticuser.user", "dr.who");
  policy.daemon_user = std::move(daemon_user);
  policy.anonymous_writes = loopback;
  ASSIGN_OR_RETURN(policy.submissions, configuration.GetBool("yarn.webapp.enable-rest-app-submissions", loopback));
  return policy;
}

void RestService::Mount(http::Server& server) {
  for (const char* method : {"GET", "PUT", "POST", "DELETE"}) {
    server.Handle(method, std::string(kRoot), [this](http::Exchange& exchange) { return Serve(exchange); });
  }
}

Task<void> RestService::Serve(http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  Question question{request, rest::PathParts(std::string_view(request.path).substr(kRoot.size())), policy_.static_user, true, ""};
  if (const std::string name = request.query.Get("user.name", ""); !name.empty() && name != policy_.static_user) {
    question.user = name;
    question.anonymous = false;
  }
  if (request.method == "GET" || request.method == "HEAD") {
    co_await rest::Send(exchange, Get(question));
    co_return;
  }
  Result<std::string> body = co_await exchange.ReadWholeBody(kBodyBytesMax);
  if (!body.ok()) {
    co_await rest::Send(exchange, rest::Text(413, "the body is too large\n"));
    co_return;
  }
  question.body = std::move(*body);
  co_await rest::Send(exchange, co_await Change(question));
}

Answer RestService::Get(const Question& question) const {
  const http::Request& request = question.request;
  const std::string what = question.parts.empty() ? "info" : question.parts[0];
  if (what == "apps") return GetApps(question);
  if (what == "nodes") return GetNodes(question);
  if (question.parts.size() > 1) return GetOthers(question);
  if (what == "info") return rest::Ok(request, {{"clusterInfo", rm_rest::ClusterInfoDto(cluster_)}});
  if (what == "metrics") return rest::Ok(request, {{"clusterMetrics", rm_rest::ClusterMetricsDto(cluster_)}});
  if (what == "scheduler") {
    return rest::Ok(request, {{"scheduler", rm_rest::SchedulerDto(cluster_, access_.queue_acls(), GetNow())}});
  }
  if (what == "appstatistics") return GetStatistics(question);
  return GetOthers(question);
}

const Application* RestService::FindApp(const Question& question, Answer* otherwise) const {
  const Result<ApplicationId> id = rm_rest::ApplicationIdOf(question.parts[1]);
  if (!id.ok()) {
    *otherwise = rest::BadId(question.request, id.status().message());
    return nullptr;
  }
  const Application* application = cluster_.Find(*id);
  if (application == nullptr) {
    *otherwise = rest::NotFound(question.request, fmt::format("app with id: {} not found", question.parts[1]));
  }
  return application;
}

Answer RestService::GetApps(const Question& question) const {
  if (question.parts.size() > 1) {
    Answer otherwise;
    const Application* application = FindApp(question, &otherwise);
    return application == nullptr ? otherwise : GetApp(question, *application);
  }
  const Result<rm_rest::AppQuery> query = rm_rest::AppQueryOf(question.request.query);
  if (!query.ok()) return Wrong(question.request, query.status());
  Json list = Json::array();
  for (const auto& [id, application] : cluster_.applications()) {
    if (static_cast<int64_t>(list.size()) >= query->limit) break;
    if (!query->filter.Passes(application)) continue;
    const rm_rest::AppFields fields{access_.MayView(question.user, application.submission), query->left_out};
    list.push_back(rm_rest::AppDto(cluster_, application, fields, GetNow()));
  }
  return rest::Ok(question.request, Wrapped("apps", "app", std::move(list)));
}

Answer RestService::GetApp(const Question& question, const Application& application) const {
  const http::Request& request = question.request;
  const bool visible = access_.MayView(question.user, application.submission);
  if (question.parts.size() == 2) {
    const rm_rest::AppFields fields{visible, rm_rest::ListOf(request.query, "deSelects", false)};
    return rest::Ok(request, {{"app", rm_rest::AppDto(cluster_, application, fields, GetNow())}});
  }
  const std::string& what = question.parts[2];
  if (!visible) {
    return rest::Forbidden(request, fmt::format("User {} does not have privilege to see this application {}", question.user,
                                                application.id().ToString()));
  }
  if (what == "appattempts") return GetAttempts(question, application);
  if (what == "state") return rest::Ok(request, {{"state", std::string(NameOf(application.state))}});
  if (what == "queue") return rest::Ok(request, {{"queue", "root." + application.submission.queue}});
  if (what == "priority") return rest::Ok(request, {{"priority", application.submission.priority}});
  if (what == "timeouts" && question.parts.size() == 3) {
    return rest::Ok(request, {{"timeouts", {{"timeout", Json::array({rm_rest::TimeoutDto(application, GetNow())})}}}});
  }
  if (what == "timeouts" && question.parts[3] == "LIFETIME") {
    return rest::Ok(request, {{"timeout", rm_rest::TimeoutDto(application, GetNow())}});
  }
  if (what == "timeouts") {
    return rest::BadRequest(
        request, fmt::format("Invalid application-state {} specified. It should be one of [LIFETIME]", question.parts[3]));
  }
  return GetOthers(question);
}

Answer RestService::GetAttempts(const Question& question, const Application& application) const {
  const http::Request& request = question.request;
  if (question.parts.size() == 3) {
    Json list = Json::array();
    for (const Attempt& attempt : application.attempts) list.push_back(rm_rest::AttemptRowDto(application, attempt));
    return rest::Ok(request, Wrapped("appAttempts", "appAttempt", std::move(list)));
  }
  const Result<ApplicationAttemptId> id = rm_rest::AttemptIdOf(question.parts[3]);
  if (!id.ok()) return rest::BadId(request, id.status().message());
  const Attempt* attempt = id->application == application.id() ? cluster_.FindAttempt(*id) : nullptr;
  if (attempt == nullptr) {
    return rest::Error(request, 404, "org.apache.hadoop.yarn.webapp.NotFoundException",
                       fmt::format("org.apache.hadoop.yarn.exceptions.ApplicationAttemptNotFoundException: "
                                   "ApplicationAttempt with id '{}' doesn't exist in RM.",
                                   id->ToString()));
  }
  if (question.parts.size() == 4) return rest::Ok(request, rm_rest::AttemptDto(cluster_, application, *attempt));
  if (question.parts[4] == "containers") return GetContainers(question, application, *attempt);
  return GetOthers(question);
}

Answer RestService::GetContainers(const Question& question, const Application& application, const Attempt& attempt) const {
  const http::Request& request = question.request;
  if (question.parts.size() == 5) {
    Json list = Json::array();
    for (const ContainerView& container : ContainersOf(attempt)) {
      list.push_back(rm_rest::ContainerDto(cluster_, application, container, GetNow()));
    }
    // Hadoop writes one container as an object, several as a list, none as nothing.
    if (list.empty()) return rest::Ok(request, Json::object());
    return rest::Ok(request, {{"container", list.size() == 1 ? list[0] : list}});
  }
  const Result<ContainerId> id = rm_rest::ContainerIdOf(question.parts[5]);
  if (!id.ok()) return rest::BadId(request, id.status().message());
  const std::optional<ContainerView> container = FindContainer(application, *id);
  if (!container) {
    return rest::Error(request, 404, "org.apache.hadoop.yarn.webapp.NotFoundException",
                       fmt::format("org.apache.hadoop.yarn.exceptions.ContainerNotFoundException: Container with id '{}' "
                                   "doesn't exist in RM.",
                                   id->ToString()));
  }
  return rest::Ok(request, rm_rest::ContainerDto(cluster_, application, *container, GetNow()));
}

Answer RestService::GetStatistics(const Question& question) const {
  const Result<std::set<AppState>> states = rm_rest::StatesOf(question.request.query);
  if (!states.ok()) return Wrong(question.request, states.status());
  const std::set<std::string> types = rm_rest::ListOf(question.request.query, "applicationTypes", true);
  if (types.size() > 1) {
    return rest::BadRequest(
        question.request,
        fmt::format("# of applicationTypes = {}, we temporarily support at most one applicationType", types.size()));
  }
  const std::string type = types.empty() ? "*" : *types.begin();
  return rest::Ok(question.request, {{"appStatInfo", rm_rest::StatisticsDto(cluster_, *states, type)}});
}

Answer RestService::GetNodes(const Question& question) const {
  const http::Request& request = question.request;
  if (question.parts.size() == 2) {
    const std::string& text = question.parts[1];
    const Result<NodeId> id = NodeId::Parse(text);
    if (!id.ok()) {
      return rest::Error(request, 400, "java.lang.IllegalArgumentException",
                         fmt::format("Invalid NodeId [{}]. Expected host:port", text));
    }
    const NodeRecord* node = cluster_.nodes().Find(*id);
    if (node == nullptr) return rest::NotFound(request, fmt::format("nodeId, {}, is not found", text));
    return rest::Ok(request, {{"node", rm_rest::NodeDto(cluster_, *node)}});
  }
  if (question.parts.size() > 2) return GetOthers(question);
  const Result<std::set<NodeState>> states = rm_rest::NodeStatesOf(request.query);
  if (!states.ok()) return Wrong(request, states.status());
  Json list = Json::array();
  for (const auto& [id, node] : cluster_.nodes().all()) {
    const bool gone = node.state == NodeState::kLost || node.state == NodeState::kShutdown ||
                      node.state == NodeState::kDecommissioned || node.state == NodeState::kRebooted;
    if (states->empty() ? !gone : states->contains(node.state)) list.push_back(rm_rest::NodeDto(cluster_, node));
  }
  return rest::Ok(request, Wrapped("nodes", "node", std::move(list)));
}

// What the scheduler does at the first usable node: only whether something waits; /scheduler/app-activities says why.
Answer RestService::Activities(const Question& question) const {
  const int64_t wall_ms = GetNow().wall_ms;
  for (const auto& [id, node] : cluster_.nodes().all()) {
    if (!node.usable()) continue;
    const bool pending = cluster_.scheduler().pending_container_count() > 0;
    const Json root = {{"name", "root"},
                       {"allocationState", "SKIPPED"},
                       {"diagnostic", pending ? "Nothing of what is pending fits" : "Queue does not need more resource"}};
    const Json allocation = {{"partition", ""}, {"finalAllocationState", "SKIPPED"}, {"root", root}};
    return rest::Ok(question.request, {{"activities",
                                        {{"nodeId", id.ToString()},
                                         {"timestamp", wall_ms},
                                         {"dateTime", JavaDateOf(wall_ms)},
                                         {"allocations", Json::array({allocation})}}}});
  }
  return rest::Ok(question.request, {{"activities", {{"diagnostic", "waiting for next allocation"}}}});
}

// What is small, and what is there to say that it is off.
Answer RestService::GetOthers(const Question& question) const {
  const http::Request& request = question.request;
  std::string path;
  for (const std::string& part : question.parts) path += "/" + part;
  const int64_t wall_ms = GetNow().wall_ms;
  if (path == "/scheduler/activities") return Activities(question);
  if (path.starts_with("/scheduler/app-activities/") && question.parts.size() == 3) {
    const Result<ApplicationId> id = rm_rest::ApplicationIdOf(question.parts[2]);
    if (!id.ok()) return rest::BadId(request, id.status().message());
    const Application* application = cluster_.Find(*id);
    std::string why = application == nullptr ? "" : cluster_.WhyWaiting(*application, GetNow());
    if (application == nullptr || IsOver(application->state)) why = "fail to get application activities after finished";
    return rest::Ok(request, {{"appActivities",
                               {{"applicationId", question.parts[2]},
                                {"diagnostic", why.empty() ? "nothing is pending" : why},
                                {"timestamp", wall_ms},
                                {"dateTime", JavaDateOf(wall_ms)}}}});
  }
  if (path == "/scheduler-conf") {
    Answer answer = rest::Text(400, "This API only supports to retrieve scheduler configuration from a mutable-conf scheduler, "
                                    "underneath scheduler CapacityScheduler is not an instance of MutableConfScheduler");
    answer.content_type = "application/json;charset=utf-8";  // so, as Hadoop's
    return answer;
  }
  if (path == "/get-node-to-labels") return rest::Ok(request, {{"nodeToLabels", nullptr}});
  if (path == "/get-node-labels") return rest::Ok(request, Json::object());
  if (path == "/label-mappings") return rest::Ok(request, {{"labelsToNodes", nullptr}});
  if (path == "/userinfo") {
    return rest::Ok(request, {{"rmLoginUser", policy_.daemon_user}, {"requestedUser", question.user}});
  }
  if (path == "/reservation/list") return rest::BadRequest(request, "Reservation is not enabled. Please enable & try again");
  if (question.parts.size() == 3 && question.parts[0] == "queues" && question.parts[2] == "access") {
    const std::string user = request.query.Get("user", "");
    const bool administer = request.query.Get("queue-acl-type", "SUBMIT_APPLICATIONS") == "ADMINISTER_QUEUE";
    const bool allowed = administer ? access_.MayAdministerQueue(user) : access_.MaySubmit(user);
    const std::string why = allowed ? "" : fmt::format("User={} doesn't have access to queue={}", user, question.parts[1]);
    return rest::Ok(request, {{"allowed", allowed ? "true" : "false"}, {"user", user}, {"diagnostics", why}});
  }
  return rest::NotFound(request, fmt::format("null for uri: {}", request.target));
}

}  // namespace tusk::yarn
