// Handlers of ContainerManagementProtocol.
#include "yarn_like/nodemanager/rpc/container_manager_service.h"

#include <csignal>

#include "base/log/log.h"
#include "yarn_like/nodemanager/rpc/launch_messages.h"

namespace tusk::yarn {
namespace {
namespace pb = hadoop::yarn;
// yarn.nodemanager.duration-to-track-stopped-containers
constexpr Duration kForgottenKept = std::chrono::minutes(10);
}  // namespace

int SignalOf(int command) {
  if (command == pb::OUTPUT_THREAD_DUMP) return SIGQUIT;
  return command == pb::GRACEFUL_SHUTDOWN ? SIGTERM : SIGKILL;
}

void ContainerManagerService::NoteForgotten(const ContainerId& id) {
  TimePoint now = env_.clock.Now();
  std::erase_if(forgotten_, [now](const auto& entry) { return entry.second + kForgottenKept < now; });
  forgotten_[id] = now;
}

bool ContainerManagerService::RecentlyForgotten(const ContainerId& id) const {
  auto found = forgotten_.find(id);
  return found != forgotten_.end() && found->second + kForgottenKept >= env_.clock.Now();
}

Task<Result<pb::StartContainersResponseProto>> ContainerManagerService::StartContainers(
    rpc::CallContext& call, const pb::StartContainersRequestProto& request) {
  if (!ready_) {
    co_return Status(Code::kNMNotYetReady,
                     "Rejecting new containers as NodeManager has not yet connected with ResourceManager");
  }
  pb::StartContainersResponseProto response;
  for (const auto& each : request.start_container_request()) {
    ContainerId id;
    Status started = StartOne(call.user, each, &id);
    if (started.code() == Code::kInvalidToken) co_return started;  // the whole call, as Hadoop does
    if (started.ok()) {
      if (on_started_) on_started_();
      ToProto(id, response.add_succeeded_requests());
    } else {
      LogWarn("containers", "{} not started: {}", id.ToString(), started.ToString());
      pb::ContainerIdProto proto;
      ToProto(id, &proto);
      AddFailure(proto, started, response.add_failed_requests());
    }
  }
  Status noted = co_await state_.Sync();  // what is told to have been started is known after a restart
  if (!noted.ok()) LogWarn("containers", "state: {}", noted.ToString());
  for (const auto& [name, metadata] : applications_.Metadata()) {
    auto* entry = response.add_services_meta_data();
    entry->set_key(name);
    entry->set_value(metadata);
  }
  co_return response;
}

Status ContainerManagerService::StartOne(const rpc::CallUser& user, const pb::StartContainerRequestProto& request,
                                         ContainerId* id) {
  int64_t wall_ms = env_.clock.WallMillis();
  const auto& token = request.container_token();
  // The id stands in the failure too; it is read before the token is believed.
  Result<ContainerTokenIdentifier> claimed = ContainerTokenIdentifier::Parse(token.identifier(), gate_.types());
  if (claimed.ok()) *id = claimed->container;
  ASSIGN_OR_RETURN(ContainerTokenIdentifier grant, gate_.CheckGrant(user.name, token.identifier(), token.password(), wall_ms));
  RETURN_IF_ERROR(gate_.CheckStarter(user.token_identifier));
  ApplicationId application = grant.container.attempt.application;
  ASSIGN_OR_RETURN(LaunchContext context, LaunchContextFromProto(request.container_launch_context(), grant.submitter,
                                                                 application.ToString()));
  RETURN_IF_ERROR(applications_.CheckServices(context));
  if (host_.Find(grant.container) != nullptr) {
    return Status(Code::kYarn, "Unauthorized request to start container.\n Attempt to relaunch the same container with id " +
                                   grant.container.ToString() + ".");
  }
  RETURN_IF_ERROR(applications_.Admit(application, grant.submitter, context, grant.log_aggregation_context));
  gate_.MarkUsed(grant, user.token_identifier, wall_ms);
  return host_.Start(std::move(grant), std::move(context), request.SerializeAsString());
}

void ContainerManagerService::Recover(const NodeRecords& records) {
  for (const auto& [name, record] : records.containers) {
    pb::StartContainerRequestProto request;
    if (!request.ParseFromString(record.request)) {
      LogWarn("containers", "{} cannot be recovered: its request does not parse", name);
      continue;
    }
    auto grant = ContainerTokenIdentifier::Parse(request.container_token().identifier(), gate_.types());
    if (!grant.ok()) {
      LogWarn("containers", "{} cannot be recovered: {}", name, grant.status().ToString());
      continue;
    }
    auto context = LaunchContextFromProto(request.container_launch_context(), grant->submitter,
                                          grant->container.attempt.application.ToString());
    if (!context.ok()) continue;  // it was checked when it came
    auto updated = ContainerTokenIdentifier::Parse(record.grant, gate_.types());
    if (!record.grant.empty() && updated.ok()) grant = std::move(updated);
    host_.Recover(std::move(*grant), std::move(*context), record);
  }
}

Status ContainerManagerService::Absent(const ContainerId& id) const {
  return Status(Code::kYarn, "Container " + id.ToString() +
                                 (RecentlyForgotten(id) ? " was recently stopped on node manager."
                                                        : " is not handled by this NodeManager"));
}

Status ContainerManagerService::MayTouch(const rpc::CallUser& user, const ContainerId& id, std::string_view deed) const {
  Result<ApplicationAttemptId> attempt = ApplicationAttemptId::Parse(user.name);
  if (attempt.ok() && attempt->application == id.attempt.application) return Status::Ok();
  return Status(Code::kYarn, user.name + " attempted to " + std::string(deed) + " non-application container : " + id.ToString());
}

Task<Result<pb::StopContainersResponseProto>> ContainerManagerService::StopContainers(
    rpc::CallContext& call, const pb::StopContainersRequestProto& request) {
  pb::StopContainersResponseProto response;
  for (const auto& proto : request.container_id()) {
    ContainerId id = FromProto(proto);
    Status stopped = MayTouch(call.user, id, "stop");
    if (stopped.ok() && host_.Find(id) == nullptr && !RecentlyForgotten(id)) {
      stopped = Status(Code::kYarn, "Container " + id.ToString() + " is not handled by this NodeManager");
    }
    if (stopped.ok()) {
      host_.Stop(id, kExitKilledByAppMaster, "Container killed by the ApplicationMaster.");
      *response.add_succeeded_requests() = proto;
    } else {
      AddFailure(proto, stopped, response.add_failed_requests());
    }
  }
  co_return response;
}

Task<Result<pb::GetContainerStatusesResponseProto>> ContainerManagerService::GetContainerStatuses(
    rpc::CallContext& call, const pb::GetContainerStatusesRequestProto& request) {
  pb::GetContainerStatusesResponseProto response;
  for (const auto& proto : request.container_id()) {
    ContainerId id = FromProto(proto);
    Status allowed = MayTouch(call.user, id, "get status for");
    Container* container = host_.Find(id);
    if (allowed.ok() && container == nullptr) {
      allowed = Absent(id);
    }
    if (allowed.ok()) {
      ToProto(*container, gate_.types(), gate_.node().host, node_ip_, response.add_status());
    } else {
      AddFailure(proto, allowed, response.add_failed_requests());
    }
  }
  co_return response;
}

Task<Result<pb::SignalContainerResponseProto>> ContainerManagerService::SignalToContainer(
    rpc::CallContext& call, const pb::SignalContainerRequestProto& request) {
  ContainerId id = FromProto(request.container_id());
  CO_RETURN_IF_ERROR(MayTouch(call.user, id, "signal"));
  host_.Signal(id, SignalOf(request.command()));
  co_return pb::SignalContainerResponseProto();
}

}  // namespace tusk::yarn
