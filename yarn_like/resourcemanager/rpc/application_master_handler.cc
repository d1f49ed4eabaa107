// Messages of application masters to the brain; grants leave with their tokens.
#include "yarn_like/resourcemanager/rpc/application_master_handler.h"

#include <algorithm>
#include <set>

#include "yarn_like/common/conversions.h"
#include "yarn_like/resourcemanager/rpc/messages.h"

namespace tusk::yarn {
namespace {

namespace wire = hadoop::yarn;

Result<AmRmTokenIdentifier> CallerOf(const rpc::CallContext& call) {
  if (call.user.method != rpc::AuthMethod::kToken || call.user.token_kind != kAmRmTokenKind) {
    return Status(Code::kAccessControl, "No AMRMToken found for user " + call.user.name);
  }
  return AmRmTokenIdentifier::Parse(call.user.token_identifier);
}

void FillContainer(const LiveContainer& live, const ResourceTypes& types, const Token& token,
                   wire::ContainerProto* container) {
  const Grant& grant = live.grant;
  ToProto(grant.container, container->mutable_id());
  ToProto(grant.node, container->mutable_nodeid());
  container->set_node_http_address(live.node_http_address);
  ToProto(grant.resource, types, container->mutable_resource());
  container->mutable_priority()->set_priority(grant.priority);
  FillToken(token, container->mutable_container_token());
  container->set_execution_type(static_cast<wire::ExecutionTypeProto>(grant.execution));
  container->set_allocation_request_id(grant.allocation_request_id);
  container->set_version(live.version);
}

ContainerUpdate FromProto(const wire::UpdateContainerRequestProto& request, const ResourceTypes& types) {
  return {yarn::FromProto(request.container_id()), request.container_version(),
          static_cast<UpdateType>(request.update_type()), yarn::FromProto(request.capability(), types)};
}

void FillUpdate(const ContainerUpdate& update, const ResourceTypes& types, wire::UpdateContainerRequestProto* request) {
  request->set_container_version(update.version);
  ToProto(update.container, request->mutable_container_id());
  request->set_update_type(static_cast<wire::ContainerUpdateTypeProto>(update.type));
  if (update.type == UpdateType::kIncrease || update.type == UpdateType::kDecrease) {
    ToProto(update.capability, types, request->mutable_capability());
  } else {
    request->set_execution_type(update.type == UpdateType::kPromote ? wire::GUARANTEED : wire::OPPORTUNISTIC);
  }
}

}  // namespace

Task<Result<wire::RegisterApplicationMasterResponseProto>> ApplicationMasterHandler::RegisterApplicationMaster(
    rpc::CallContext& call, const wire::RegisterApplicationMasterRequestProto& request) {
  CO_ASSIGN_OR_RETURN(const AmRmTokenIdentifier caller, CallerOf(call));
  CO_RETURN_IF_ERROR(cluster_.RegisterMaster(caller.attempt, request.host(), request.rpc_port(),
                                             request.tracking_url(), GetNow()));
  const ResourceTypes& types = cluster_.config().types;
  wire::RegisterApplicationMasterResponseProto response;
  ToProto(cluster_.scheduler().MaximumCapability(), types, response.mutable_maximumcapability());
  const Application* application = cluster_.Find(caller.attempt.application);
  audit_.Success(application->submission.user, call.remote.host, audit::kRegister, audit::kMasterService,
                 RmAudit::App(application->id()) + RmAudit::Field("APPATTEMPTID", caller.attempt.ToString()));
  wire::ContainerLaunchContextProto context;
  if (context.ParseFromString(application->submission.launch_context)) {
    *response.mutable_application_acls() = context.application_acls();
  }
  response.set_queue("root." + application->submission.queue);
  FillInherited(caller.attempt, *application, &response);
  response.add_scheduler_resource_types(wire::MEMORY);
  response.add_scheduler_resource_types(wire::CPU);
  for (size_t i = 0; i < types.size(); ++i) {
    auto* type = response.add_resource_types();
    type->set_name(types.name(i));
    type->set_units(std::string(types.unit(i)));
    type->set_type(wire::COUNTABLE);
  }
  co_return response;
}

// What earlier attempts left running, and the tokens to speak to its nodes.
void ApplicationMasterHandler::FillInherited(const ApplicationAttemptId& id, const Application& application,
                                             wire::RegisterApplicationMasterResponseProto* response) const {
  std::set<NodeId> nodes;
  const Submission& submission = application.submission;
  for (const auto& [container, live] : application.current()->containers) {
    const NodeRecord* node = cluster_.nodes().Find(live.grant.node);
    if (container.attempt == id || node == nullptr) continue;
    FillContainer(live, cluster_.config().types,
                  tokens_.ContainerToken(live, *node, submission, env_.clock.WallMillis()),
                  response->add_containers_from_previous_attempts());
    if (!nodes.insert(node->id).second) continue;
    auto* token = response->add_nm_tokens_from_previous_attempts();
    ToProto(node->id, token->mutable_nodeid());
    FillToken(tokens_.NmToken(id, *node, submission.user), token->mutable_token());
  }
}

Task<Result<wire::AllocateResponseProto>> ApplicationMasterHandler::Allocate(
    rpc::CallContext& call, const wire::AllocateRequestProto& request) {
  CO_ASSIGN_OR_RETURN(const AmRmTokenIdentifier caller, CallerOf(call));
  co_return AllocateNow(caller, request);
}

Result<wire::AllocateResponseProto> ApplicationMasterHandler::AllocateNow(const AmRmTokenIdentifier& caller,
                                                                          const wire::AllocateRequestProto& request) {
  const ResourceTypes& types = cluster_.config().types;
  AllocateCall call;
  call.response_id = request.response_id();
  call.progress = request.progress();
  call.tracking_url = request.tracking_url();
  for (const auto& row : request.ask()) call.asks.push_back(FromProto(row, types));
  for (const auto& update : request.update_requests()) call.updates.push_back(FromProto(update, types));
  for (const auto& id : request.release()) call.releases.push_back(FromProto(id));
  for (const std::string& host : request.blacklist_request().blacklist_additions()) {
    if (host == kAnyPlace) return Status(Code::kInvalidResourceBlacklistRequest, "Cannot add * to the blacklist!");
    call.blacklist_additions.push_back(host);
  }
  for (const std::string& host : request.blacklist_request().blacklist_removals()) {
    call.blacklist_removals.push_back(host);
  }
  if (request.scheduling_requests_size() > 0) {
    return Status(Code::kYarn, "Scheduling requests are not supported: yarn.resourcemanager.placement-constraints.handler "
                               "is disabled");
  }
  const Now now = GetNow();
  ASSIGN_OR_RETURN(AllocateResult result, cluster_.Allocate(caller.attempt, std::move(call), now));
  Attempt* attempt = cluster_.FindAttempt(caller.attempt);
  wire::AllocateResponseProto response;
  if (result.duplicate && response.ParseFromString(attempt->session.last_reply)) return response;

  const Submission& submission = cluster_.Find(caller.attempt.application)->submission;
  response.set_response_id(result.response_id);
  for (const LiveContainer& live : result.granted) {
    const NodeRecord* node = cluster_.nodes().Find(live.grant.node);
    if (node == nullptr) continue;
    FillContainer(live, types, tokens_.ContainerToken(live, *node, submission, now.wall_ms),
                  response.add_allocated_containers());
  }
  for (const LiveContainer& live : result.inherited) {
    const NodeRecord* node = cluster_.nodes().Find(live.grant.node);
    if (node == nullptr) continue;
    FillContainer(live, types, tokens_.ContainerToken(live, *node, submission, now.wall_ms),
                  response.add_containers_from_previous_attempts());
  }
  for (const auto& [update, live] : result.updated) {
    const NodeRecord* node = cluster_.nodes().Find(live.grant.node);
    if (node == nullptr) continue;
    auto* updated = response.add_updated_containers();
    updated->set_update_type(static_cast<wire::ContainerUpdateTypeProto>(update.type));
    FillContainer(live, types, tokens_.ContainerToken(live, *node, submission, now.wall_ms),
                  updated->mutable_container());
  }
  for (const UpdateError& error : result.update_errors) {
    auto* refused = response.add_update_errors();
    refused->set_reason(error.reason);
    refused->set_current_container_version(error.current_version);
    FillUpdate(error.update, types, refused->mutable_update_request());
  }
  for (const ContainerReport& ended : result.completed) {
    FillContainerStatus(ended, response.add_completed_container_statuses());
  }
  ToProto(result.headroom, types, response.mutable_limit());
  for (const NodeId& id : result.updated_nodes) {
    if (const NodeRecord* node = cluster_.nodes().Find(id)) FillNodeReport(cluster_, *node, response.add_updated_nodes());
  }
  response.set_num_cluster_nodes(static_cast<int32_t>(cluster_.scheduler().node_count()));
  for (const NodeId& id : result.token_nodes) {
    const NodeRecord* node = cluster_.nodes().Find(id);
    if (node == nullptr) continue;
    auto* token = response.add_nm_tokens();
    ToProto(id, token->mutable_nodeid());
    FillToken(tokens_.NmToken(caller.attempt, *node, submission.user), token->mutable_token());
  }
  if (caller.key_id != tokens_.amrm_key_id()) {
    FillToken(tokens_.AmRmToken(caller.attempt), response.mutable_am_rm_token());
  }
  response.mutable_application_priority()->set_priority(submission.priority);
  auto* enhanced = response.mutable_enhanced_headroom();
  enhanced->set_total_pending_count(static_cast<int32_t>(
      std::min<int64_t>(INT32_MAX, cluster_.scheduler().UsageOf(caller.attempt).pending_containers)));
  enhanced->set_total_active_cores(static_cast<int32_t>(cluster_.scheduler().total().vcores()));
  attempt->session.last_reply = response.SerializeAsString();
  return response;
}

Task<Result<wire::FinishApplicationMasterResponseProto>> ApplicationMasterHandler::FinishApplicationMaster(
    rpc::CallContext& call, const wire::FinishApplicationMasterRequestProto& request) {
  CO_ASSIGN_OR_RETURN(const AmRmTokenIdentifier caller, CallerOf(call));
  CO_ASSIGN_OR_RETURN(const bool unregistered,
                      cluster_.FinishMaster(caller.attempt,
                                            static_cast<FinalStatus>(request.final_application_status()),
                                            request.diagnostics(), request.tracking_url(), GetNow()));
  CO_RETURN_IF_ERROR(co_await store_.Sync());
  wire::FinishApplicationMasterResponseProto response;
  response.set_isunregistered(unregistered);
  co_return response;
}

}  // namespace tusk::yarn
