// ContainerManagementProtocol: the calls that change a container that runs. Checks and texts are Hadoop's.
#include <fmt/format.h>

#include "base/log/log.h"
#include "yarn_like/common/conversions.h"
#include "yarn_like/nodemanager/rpc/container_manager_service.h"
#include "yarn_like/nodemanager/rpc/launch_messages.h"

namespace tusk::yarn {
namespace {
namespace pb = hadoop::yarn;
}  // namespace

Status ContainerManagerService::UpdateOne(const rpc::CallUser& user, const hadoop::common::TokenProto& token, ContainerId* id) {
  Result<ContainerTokenIdentifier> claimed = ContainerTokenIdentifier::Parse(token.identifier(), gate_.types());
  if (claimed.ok()) *id = claimed->container;
  int64_t wall_ms = env_.clock.WallMillis();
  ASSIGN_OR_RETURN(ContainerTokenIdentifier grant, gate_.CheckUpdate(user.name, token.identifier(), token.password(), wall_ms));
  RETURN_IF_ERROR(gate_.CheckStarter(user.token_identifier));
  Container* container = host_.Find(grant.container);
  if (container == nullptr) return Absent(grant.container);
  if (container->grant.version >= grant.version) {
    return Status(Code::kYarn, fmt::format("Container {} has update version [{}] >= requested version [{}]", container->name,
                                           container->grant.version, grant.version));
  }
  bool increase = !(grant.resource == container->grant.resource) && container->grant.resource.FitsIn(grant.resource);
  if (increase) increased_.push_back(grant.container);
  return host_.ChangeGrant(*id, std::move(grant), gate_.types());
}

Task<Result<pb::ContainerUpdateResponseProto>> ContainerManagerService::UpdateContainer(
    rpc::CallContext& call, const pb::ContainerUpdateRequestProto& request) {
  if (!ready_) {
    co_return Status(Code::kNMNotYetReady,
                     "Rejecting container resource increase as NodeManager has not yet connected with ResourceManager");
  }
  pb::ContainerUpdateResponseProto response;
  for (const auto& token : request.update_container_token()) {
    ContainerId id;
    Status updated = UpdateOne(call.user, token, &id);
    pb::ContainerIdProto proto;
    ToProto(id, &proto);
    if (updated.ok()) {
      *response.add_succeeded_requests() = proto;
    } else {
      AddFailure(proto, updated, response.add_failed_requests());
    }
  }
  co_return response;
}

// The older name of the same.
Task<Result<pb::IncreaseContainersResourceResponseProto>> ContainerManagerService::IncreaseContainersResource(
    rpc::CallContext& call, const pb::IncreaseContainersResourceRequestProto& request) {
  pb::ContainerUpdateRequestProto update;
  *update.mutable_update_container_token() = request.increase_containers();
  CO_ASSIGN_OR_RETURN(auto updated, co_await UpdateContainer(call, update));
  pb::IncreaseContainersResourceResponseProto response;
  *response.mutable_succeeded_requests() = updated.succeeded_requests();
  *response.mutable_failed_requests() = updated.failed_requests();
  co_return response;
}

Result<Container*> ContainerManagerService::Changeable(const rpc::CallUser& user, const ContainerId& id, std::string_view deed) {
  if (!MayTouch(user, id, "change").ok()) {
    return Status(Code::kYarn, fmt::format("ApplicationMaster not authorized to perform [{}] on Container [{}]!!", deed, id.ToString()));
  }
  Container* container = host_.Find(id);
  if (container == nullptr) return Status(Code::kYarn, fmt::format("Specified {} does not exist!", id.ToString()));
  if (container->machine.state() == ContainerState::kRunning) return container;
  return Status(Code::kYarn, fmt::format("Cannot perform {} on [{}]. Current state is [{}, isReInitializing={}]. Container Execution "
                                         "Type is [{}].",
                                         deed, id.ToString(), NameOf(container->machine.state()), container->machine.reinitializing(),
                                         container->grant.execution == ExecutionType::kGuaranteed ? "GUARANTEED" : "OPPORTUNISTIC"));
}

Task<Result<pb::ResourceLocalizationResponseProto>> ContainerManagerService::Localize(
    rpc::CallContext& call, const pb::ResourceLocalizationRequestProto& request) {
  ContainerId id = FromProto(request.container_id());
  CO_ASSIGN_OR_RETURN(Container * container, Changeable(call.user, id, "LOCALIZE"));
  pb::ContainerLaunchContextProto wanted;
  *wanted.mutable_localresources() = request.local_resources();
  CO_ASSIGN_OR_RETURN(LaunchContext context,
                      LaunchContextFromProto(wanted, container->grant.submitter, container->application));
  host_.LocalizeMore(id, std::move(context.resources));
  co_return pb::ResourceLocalizationResponseProto();
}

Task<Result<pb::ReInitializeContainerResponseProto>> ContainerManagerService::ReInitializeContainer(
    rpc::CallContext& call, const pb::ReInitializeContainerRequestProto& request) {
  ContainerId id = FromProto(request.container_id());
  CO_ASSIGN_OR_RETURN(Container * container, Changeable(call.user, id, "RE_INIT"));
  if (!request.has_container_launch_context()) {
    host_.Reinitialize(id, nullptr, request.auto_commit(), "");
    co_return pb::ReInitializeContainerResponseProto();
  }
  CO_ASSIGN_OR_RETURN(LaunchContext context, LaunchContextFromProto(request.container_launch_context(), container->grant.submitter,
                                                                    container->application));
  // What a restart of this node manager starts from: the grant as it was signed, with the new context.
  pb::StartContainerRequestProto stored;
  *stored.mutable_container_launch_context() = request.container_launch_context();
  auto* token = stored.mutable_container_token();
  token->set_identifier(container->grant.Serialize(gate_.types()));
  token->set_password("");  // it has been checked; the wire's message wants them there
  token->set_kind("");
  token->set_service("");
  host_.Reinitialize(id, std::make_unique<LaunchContext>(std::move(context)), request.auto_commit(), stored.SerializeAsString());
  co_return pb::ReInitializeContainerResponseProto();
}

Task<Result<pb::RestartContainerResponseProto>> ContainerManagerService::RestartContainer(rpc::CallContext& call,
                                                                                          const pb::ContainerIdProto& request) {
  ContainerId id = FromProto(request);
  auto container = Changeable(call.user, id, "RE_INIT");
  CO_RETURN_IF_ERROR(container.status());
  host_.Reinitialize(id, nullptr, true, "");
  co_return pb::RestartContainerResponseProto();
}

Task<Result<pb::RollbackResponseProto>> ContainerManagerService::RollbackLastReInitialization(rpc::CallContext& call,
                                                                                              const pb::ContainerIdProto& request) {
  ContainerId id = FromProto(request);
  CO_ASSIGN_OR_RETURN(Container * container, Changeable(call.user, id, "ROLLBACK"));
  if (!container->machine.can_roll_back()) co_return Status(Code::kYarn, "Nothing to rollback to !!");
  host_.RollBack(id);
  co_return pb::RollbackResponseProto();
}

Task<Result<pb::CommitResponseProto>> ContainerManagerService::CommitLastReInitialization(rpc::CallContext& call,
                                                                                          const pb::ContainerIdProto& request) {
  ContainerId id = FromProto(request);
  CO_ASSIGN_OR_RETURN(Container * container, Changeable(call.user, id, "COMMIT"));
  if (!container->machine.can_roll_back()) co_return Status(Code::kYarn, "Nothing to Commit !!");
  host_.Commit(id);
  co_return pb::CommitResponseProto();
}

Task<Result<pb::GetLocalizationStatusesResponseProto>> ContainerManagerService::GetLocalizationStatuses(
    rpc::CallContext& call, const pb::GetLocalizationStatusesRequestProto& request) {
  pb::GetLocalizationStatusesResponseProto response;
  for (const auto& proto : request.container_id()) {
    ContainerId id = FromProto(proto);
    Status allowed = MayTouch(call.user, id, "get localization status for");
    Container* container = host_.Find(id);
    if (allowed.ok() && container == nullptr) allowed = Absent(id);
    if (!allowed.ok()) {
      AddFailure(proto, allowed, response.add_failed_requests());
      continue;
    }
    auto* statuses = response.add_cntn_localization_statuses();
    *statuses->mutable_container_id() = proto;
    auto add = [statuses](const std::string& key, pb::LocalizationStateProto state) {
      auto* status = statuses->add_localization_statuses();
      status->set_resource_key(key);
      status->set_localization_state(state);
      return status;
    };
    bool localizing = container->machine.state() == ContainerState::kLocalizing || container->machine.state() == ContainerState::kNew;
    for (const auto& resource : container->launch.context.resources) {
      if (container->extra_files.contains(resource.link)) continue;
      add(resource.link, localizing ? pb::L_PENDING : pb::L_COMPLETED);
    }
    for (const auto& [link, outcome] : container->extra_files) {
      auto* status = add(link, !outcome ? pb::L_PENDING : outcome->ok() ? pb::L_COMPLETED : pb::L_FAILED);
      if (outcome && !outcome->ok()) status->set_diagnostics(std::string(outcome->message()));
    }
  }
  co_return response;
}

}  // namespace tusk::yarn
