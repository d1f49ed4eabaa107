// ApplicationClientProtocol: applications, attempts and containers.
#include "yarn_like/resourcemanager/rpc/client_handler.h"

#include <fmt/format.h>

#include <algorithm>

#include "yarn_like/common/conversions.h"
#include "yarn_like/common/iso_time.h"
#include "yarn_like/resourcemanager/cluster_view.h"
#include "yarn_like/resourcemanager/rpc/messages.h"

namespace tusk::yarn {
namespace {

namespace wire = hadoop::yarn;

constexpr size_t kTypeLengthMax = 20;
constexpr int kTagsMax = 10;
// What is kept of every application until it is over. A MapReduce job's is some 20 KB.
constexpr size_t kLaunchContextBytesMax = 16 << 20;
constexpr size_t kNameBytesMax = 4096;

std::string LowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// The rows that ask for the application master's container.
Result<std::vector<Ask>> MasterAsks(const wire::ApplicationSubmissionContextProto& context, const Cluster& cluster) {
  std::vector<Ask> asks;
  const ResourceTypes& types = cluster.config().types;
  for (const auto& row : context.am_container_resource_request()) asks.push_back(FromProto(row, types));
  if (asks.empty()) {
    Ask any;
    any.capability = FromProto(context.resource(), types);
    any.node_label = context.node_label_expression();
    asks.push_back(any);
  }
  for (Ask& ask : asks) {
    ask.priority = 0;
    ask.count = 1;
    if (ask.place.empty()) ask.place = kAnyPlace;
    RETURN_IF_ERROR(cluster.scheduler().Normalize(&ask, types));
  }
  return asks;
}

// What getApplications asks for.
ApplicationFilter FilterOf(const wire::GetApplicationsRequestProto& request) {
  ApplicationFilter filter;
  for (const std::string& type : request.application_types()) filter.types.insert(LowerCase(type));
  for (const std::string& tag : request.applicationtags()) filter.tags.insert(LowerCase(tag));
  filter.users.insert(request.users().begin(), request.users().end());
  filter.queues.insert(request.queues().begin(), request.queues().end());
  for (const int state : request.application_states()) {
    // Names are those of AppState, but for one that does not occur here.
    const auto name = wire::YarnApplicationStateProto_Name(static_cast<wire::YarnApplicationStateProto>(state));
    filter.states.insert(AppStateOf(name).value_or(AppState::kNew));
  }
  if (request.has_name()) filter.name = request.name();
  if (request.has_start_begin()) filter.started_begin = request.start_begin();
  if (request.has_start_end()) filter.started_end = request.start_end();
  if (request.has_finish_begin()) filter.finished_begin = request.finish_begin();
  if (request.has_finish_end()) filter.finished_end = request.finish_end();
  return filter;
}

}  // namespace

Result<const Application*> ClientHandler::FindApplication(const wire::ApplicationIdProto& proto) const {
  const ApplicationId id = FromProto(proto);
  const Application* application = cluster_.Find(id);
  if (application == nullptr) {
    return Status(Code::kApplicationNotFound,
                  fmt::format("Application with id '{}' doesn't exist in RM. Please check that the job submission was "
                              "successful.",
                              id.ToString()));
  }
  return application;
}

Result<const Application*> ClientHandler::FindOrNote(const rpc::CallContext& call, const wire::ApplicationIdProto& proto,
                                                     std::string_view operation) const {
  Result<const Application*> found = FindApplication(proto);
  if (!found.ok()) {
    audit_.Failure(call, operation, audit::kClientService, fmt::format("Trying to {} of an absent application", operation), "UNKNOWN",
                   RmAudit::App(FromProto(proto)));
  }
  return found;
}

Result<const Application*> ClientHandler::FindToModify(const rpc::CallContext& call, const wire::ApplicationIdProto& proto,
                                                       std::string_view operation) const {
  ASSIGN_OR_RETURN(const Application* application, FindOrNote(call, proto, operation));
  if (!access_.MayModify(call.user.name, application->submission)) {
    audit_.Failure(call, operation, audit::kClientService, audit::kUnauthorized, "User doesn't have permissions to MODIFY_APP",
                   RmAudit::App(application->id()));
    return Status(Code::kAccessControl, fmt::format("User {} cannot perform operation MODIFY_APP on {}", call.user.name,
                                                    application->id().ToString()));
  }
  return application;
}

Result<const Application*> ClientHandler::FindToView(const rpc::CallContext& call, const wire::ApplicationIdProto& proto,
                                                     std::string_view operation) const {
  ASSIGN_OR_RETURN(const Application* application, FindOrNote(call, proto, operation));
  if (!access_.MayView(call.user.name, application->submission)) {
    return Status(Code::kYarn, fmt::format("User {} does not have privilege to see this application {}", call.user.name,
                                           application->id().ToString()));
  }
  return application;
}

void ClientHandler::FillReport(const rpc::CallContext& call, const Application& application,
                               wire::ApplicationReportProto* report) const {
  FillApplicationReport(cluster_, application, GetNow(), report);
  if (access_.MayView(call.user.name, application.submission)) return;
  report->set_host("N/A");
  report->set_rpc_port(-1);
  report->set_trackingurl("N/A");
  report->set_originaltrackingurl("N/A");
  report->set_diagnostics("");
  report->clear_app_resource_usage();
  report->clear_currentapplicationattemptid();
}

Task<Result<wire::GetNewApplicationResponseProto>> ClientHandler::GetNewApplication(
    rpc::CallContext& /*call*/, const wire::GetNewApplicationRequestProto& /*request*/) {
  wire::GetNewApplicationResponseProto response;
  ToProto(cluster_.NewApplicationId(), response.mutable_application_id());
  ToProto(cluster_.scheduler().MaximumCapability(), cluster_.config().types, response.mutable_maximumcapability());
  co_return response;
}

Task<Result<wire::SubmitApplicationResponseProto>> ClientHandler::SubmitApplication(
    rpc::CallContext& call, const wire::SubmitApplicationRequestProto& request) {
  const auto& context = request.application_submission_context();
  const ApplicationId id = FromProto(context.application_id());
  // A client asks again when it has not heard an answer.
  if (cluster_.Find(id) != nullptr) co_return wire::SubmitApplicationResponseProto();
  const Status submitted = co_await Submit(call, request);
  const std::string about = RmAudit::App(id) + RmAudit::CallerContext(call) + RmAudit::Field("QUEUENAME", context.queue());
  if (!submitted.ok()) {
    audit_.Failure(call, audit::kSubmit, audit::kClientService, "Exception in submitting application", submitted.message(), about);
    co_return submitted;
  }
  audit_.Success(call, audit::kSubmit, audit::kClientService, about);
  co_return wire::SubmitApplicationResponseProto();
}

Task<Status> ClientHandler::Submit(const rpc::CallContext& call, const wire::SubmitApplicationRequestProto& request) {
  const auto& context = request.application_submission_context();
  Submission submission;
  submission.id = FromProto(context.application_id());
  if (submission.id.id <= 0) co_return Status(Code::kInvalidArgument, "the submission names no application id");
  submission.user = call.user.name;
  if (!access_.MaySubmit(submission.user)) {
    co_return Status(Code::kAccessControl,
                     fmt::format("User {} does not have permission to submit {} to queue {}", submission.user,
                                 submission.id.ToString(), context.queue()));
  }
  submission.name = context.application_name().substr(0, kNameBytesMax);
  submission.queue = context.queue();
  submission.type = context.applicationtype().substr(0, kTypeLengthMax);
  if (context.applicationtags_size() > kTagsMax) {
    co_return Status(Code::kInvalidArgument, "Too many applicationTags, a maximum of only 10 are allowed!");
  }
  submission.tags.assign(context.applicationtags().begin(), context.applicationtags().end());
  submission.max_attempts = context.maxappattempts();
  submission.unmanaged = context.unmanaged_am();
  submission.keep_containers = context.keep_containers_across_application_attempts();
  submission.failure_validity_ms = context.attempt_failures_validity_interval();
  submission.priority = context.priority().priority();
  for (const auto& timeout : context.application_timeouts()) {
    if (timeout.application_timeout_type() == wire::APP_TIMEOUT_LIFETIME) submission.lifetime_s = timeout.timeout();
  }
  for (const auto& acl : context.am_container_spec().application_acls()) {
    (acl.accesstype() == wire::APPACCESS_VIEW_APP ? submission.view_acl : submission.modify_acl) = acl.acl();
  }
  if (!submission.unmanaged) {
    if (!context.has_am_container_spec()) {
      co_return Status(Code::kInvalidArgument, "the submission has no launch context for its application master");
    }
    CO_ASSIGN_OR_RETURN(submission.am_asks, MasterAsks(context, cluster_));
    submission.launch_context = context.am_container_spec().SerializeAsString();
    if (submission.launch_context.size() > kLaunchContextBytesMax) {
      co_return Status(Code::kInvalidArgument,
                       fmt::format("the launch context of the application master has {} bytes; at most {} are taken",
                                   submission.launch_context.size(), kLaunchContextBytesMax));
    }
  }
  if (context.has_log_aggregation_context()) {
    submission.log_aggregation_context = context.log_aggregation_context().SerializeAsString();
  }
  CO_RETURN_IF_ERROR(cluster_.Submit(std::move(submission), GetNow()));
  co_return co_await store_.Sync();
}

Task<Result<wire::GetApplicationReportResponseProto>> ClientHandler::GetApplicationReport(
    rpc::CallContext& call, const wire::GetApplicationReportRequestProto& request) {
  CO_ASSIGN_OR_RETURN(const Application* application, FindOrNote(call, request.application_id(), audit::kReport));
  wire::GetApplicationReportResponseProto response;
  FillReport(call, *application, response.mutable_application_report());
  const Attempt* attempt = application->current();
  if (application->submission.unmanaged && attempt != nullptr && attempt->state == AttemptState::kLaunched &&
      call.user.name == application->submission.user) {
    FillToken(tokens_.AmRmToken(attempt->id), response.mutable_application_report()->mutable_am_rm_token());
  }
  co_return response;
}

Task<Result<wire::GetApplicationsResponseProto>> ClientHandler::GetApplications(
    rpc::CallContext& call, const wire::GetApplicationsRequestProto& request) {
  const ApplicationFilter filter = FilterOf(request);
  const int64_t limit = request.has_limit() ? request.limit() : INT64_MAX;
  wire::GetApplicationsResponseProto response;
  for (const auto& [id, application] : cluster_.applications()) {
    if (response.applications_size() >= limit) break;
    if (!filter.Passes(application)) continue;
    if (request.scope() == wire::OWN && application.submission.user != call.user.name) continue;
    if (request.scope() == wire::VIEWABLE && !access_.MayView(call.user.name, application.submission)) continue;
    FillReport(call, application, response.add_applications());
  }
  audit_.Success(call, audit::kApplications, audit::kClientService);
  co_return response;
}

Task<Result<wire::KillApplicationResponseProto>> ClientHandler::ForceKillApplication(
    rpc::CallContext& call, const wire::KillApplicationRequestProto& request) {
  const ApplicationId id = FromProto(request.application_id());
  const std::string about = RmAudit::App(id) + RmAudit::CallerContext(call);
  if (const Application* application = cluster_.Find(id); application == nullptr) {
    audit_.Failure(call, audit::kKill, audit::kClientService, "Trying to kill an absent application", "UNKNOWN", about);
  } else if (!access_.MayModify(call.user.name, application->submission)) {
    audit_.Failure(call, audit::kKill, audit::kClientService, audit::kUnauthorized, "User doesn't have permissions to MODIFY_APP", about);
    co_return Status(Code::kAccessControl, fmt::format("User {} cannot perform operation MODIFY_APP on {}", call.user.name, id.ToString()));
  } else if (!IsOver(application->state) && application->state != AppState::kFinishing) {
    audit_.Success(call, audit::kKill, audit::kApplication, RmAudit::App(id));
  }
  std::string diagnostics = fmt::format("Application {} was killed by user {}", id.ToString(), call.user.name);
  if (!call.remote.host.empty()) diagnostics += " at " + call.remote.host;
  if (!request.diagnostics().empty()) diagnostics += " with diagnostic message: " + request.diagnostics();
  CO_ASSIGN_OR_RETURN(const bool over, cluster_.Kill(id, diagnostics, GetNow()));
  CO_RETURN_IF_ERROR(co_await store_.Sync());
  wire::KillApplicationResponseProto response;
  response.set_is_kill_completed(over);
  co_return response;
}

Task<Result<wire::GetApplicationAttemptReportResponseProto>> ClientHandler::GetApplicationAttemptReport(
    rpc::CallContext& call, const wire::GetApplicationAttemptReportRequestProto& request) {
  CO_ASSIGN_OR_RETURN(const Application* application,
                      FindToView(call, request.application_attempt_id().application_id(), audit::kAttemptReport));
  const ApplicationAttemptId id = FromProto(request.application_attempt_id());
  const Attempt* attempt = cluster_.FindAttempt(id);
  if (attempt == nullptr) {
    co_return Status(Code::kApplicationAttemptNotFound,
                     fmt::format("ApplicationAttempt with id '{}' doesn't exist in RM.", id.ToString()));
  }
  wire::GetApplicationAttemptReportResponseProto response;
  FillAttemptReport(cluster_, *application, *attempt, GetNow(), response.mutable_application_attempt_report());
  co_return response;
}

Task<Result<wire::GetApplicationAttemptsResponseProto>> ClientHandler::GetApplicationAttempts(
    rpc::CallContext& call, const wire::GetApplicationAttemptsRequestProto& request) {
  CO_ASSIGN_OR_RETURN(const Application* application, FindToView(call, request.application_id(), audit::kAttempts));
  wire::GetApplicationAttemptsResponseProto response;
  for (const Attempt& attempt : application->attempts) {
    FillAttemptReport(cluster_, *application, attempt, GetNow(), response.add_application_attempts());
  }
  co_return response;
}

Task<Result<wire::GetContainerReportResponseProto>> ClientHandler::GetContainerReport(
    rpc::CallContext& call, const wire::GetContainerReportRequestProto& request) {
  const ContainerId id = FromProto(request.container_id());
  CO_ASSIGN_OR_RETURN(const Application* application,
                      FindToView(call, request.container_id().app_attempt_id().application_id(), audit::kContainerReport));
  wire::GetContainerReportResponseProto response;
  // With keep_containers a later attempt may hold it.
  for (const Attempt& attempt : application->attempts) {
    if (const auto live = attempt.containers.find(id); live != attempt.containers.end()) {
      FillContainerReport(cluster_, *application, live->second, response.mutable_container_report());
      co_return response;
    }
    for (const PastContainer& past : attempt.past) {
      if (past.container != id) continue;
      FillContainerReport(cluster_, *application, past, response.mutable_container_report());
      co_return response;
    }
  }
  co_return Status(Code::kContainerNotFound, fmt::format("Container with id '{}' doesn't exist in RM.", id.ToString()));
}

Task<Result<wire::GetContainersResponseProto>> ClientHandler::GetContainers(
    rpc::CallContext& call, const wire::GetContainersRequestProto& request) {
  CO_ASSIGN_OR_RETURN(const Application* application,
                      FindToView(call, request.application_attempt_id().application_id(), audit::kContainers));
  const ApplicationAttemptId id = FromProto(request.application_attempt_id());
  const Attempt* attempt = cluster_.FindAttempt(id);
  if (attempt == nullptr) {
    co_return Status(Code::kApplicationAttemptNotFound,
                     fmt::format("ApplicationAttempt with id '{}' doesn't exist in RM.", id.ToString()));
  }
  wire::GetContainersResponseProto response;
  // Those that ended too, which Hadoop leaves to its timeline server: without them their logs could not be found.
  for (const PastContainer& past : attempt->past) {
    FillContainerReport(cluster_, *application, past, response.add_containers());
  }
  for (const auto& [container, live] : attempt->containers) {
    FillContainerReport(cluster_, *application, live, response.add_containers());
  }
  co_return response;
}

Task<Result<wire::MoveApplicationAcrossQueuesResponseProto>> ClientHandler::MoveApplicationAcrossQueues(
    rpc::CallContext& call, const wire::MoveApplicationAcrossQueuesRequestProto& request) {
  CO_RETURN_IF_ERROR(FindToModify(call, request.application_id(), audit::kMove));
  const ApplicationId id = FromProto(request.application_id());
  if (request.target_queue() != "default" && request.target_queue() != "root.default") {
    const std::string reason = fmt::format("The specified Queue: {} doesn't exist", request.target_queue());
    audit_.Failure(call, audit::kMove, audit::kClientService, reason, "UNKNOWN", RmAudit::App(id));
    co_return Status(Code::kYarn, reason);
  }
  NoteDone(call, audit::kMove, id);
  co_return wire::MoveApplicationAcrossQueuesResponseProto();
}

Task<Result<wire::UpdateApplicationPriorityResponseProto>> ClientHandler::UpdateApplicationPriority(
    rpc::CallContext& call, const wire::UpdateApplicationPriorityRequestProto& request) {
  CO_RETURN_IF_ERROR(FindToModify(call, request.applicationid(), audit::kPriority));
  CO_ASSIGN_OR_RETURN(const int32_t priority, cluster_.SetPriority(FromProto(request.applicationid()),
                                                                   request.applicationpriority().priority(),
                                                                   GetNow()));
  CO_RETURN_IF_ERROR(co_await store_.Sync());
  wire::UpdateApplicationPriorityResponseProto response;
  response.mutable_applicationpriority()->set_priority(priority);
  NoteDone(call, audit::kPriority, FromProto(request.applicationid()));
  co_return response;
}

Task<Result<wire::FailApplicationAttemptResponseProto>> ClientHandler::FailApplicationAttempt(
    rpc::CallContext& call, const wire::FailApplicationAttemptRequestProto& request) {
  CO_RETURN_IF_ERROR(FindToModify(call, request.application_attempt_id().application_id(), audit::kFailAttempt));
  const ApplicationAttemptId id = FromProto(request.application_attempt_id());
  CO_RETURN_IF_ERROR(cluster_.FailAttemptByUser(id, GetNow()));
  NoteDone(call, audit::kFailAttempt, id.application);
  co_return wire::FailApplicationAttemptResponseProto();
}

Task<Result<wire::SignalContainerResponseProto>> ClientHandler::SignalToContainer(
    rpc::CallContext& call, const wire::SignalContainerRequestProto& request) {
  const ContainerId id = FromProto(request.container_id());
  CO_RETURN_IF_ERROR(FindToModify(call, request.container_id().app_attempt_id().application_id(), audit::kSignal));
  CO_RETURN_IF_ERROR(cluster_.SignalContainer(id, request.command()));
  NoteDone(call, audit::kSignal, id.attempt.application, RmAudit::Container(id));
  co_return wire::SignalContainerResponseProto();
}

Task<Result<wire::UpdateApplicationTimeoutsResponseProto>> ClientHandler::UpdateApplicationTimeouts(
    rpc::CallContext& call, const wire::UpdateApplicationTimeoutsRequestProto& request) {
  CO_RETURN_IF_ERROR(FindToModify(call, request.applicationid(), audit::kTimeouts));
  wire::UpdateApplicationTimeoutsResponseProto response;
  for (const auto& timeout : request.application_timeouts()) {
    const std::optional<int64_t> expiry = WallMillisOfIso8601(timeout.expire_time());
    if (!expiry) {
      co_return Status(Code::kYarn, fmt::format("Expire time is not in ISO8601 format. ISO8601 supported format is "
                                                "yyyy-MM-dd'T'HH:mm:ss.SSSZ. Configured Expire time is {}",
                                                timeout.expire_time()));
    }
    CO_RETURN_IF_ERROR(cluster_.SetExpiry(FromProto(request.applicationid()), *expiry, GetNow()));
    *response.add_application_timeouts() = timeout;
  }
  CO_RETURN_IF_ERROR(co_await store_.Sync());
  NoteDone(call, audit::kTimeouts, FromProto(request.applicationid()));
  co_return response;
}

}  // namespace tusk::yarn
