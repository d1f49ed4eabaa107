// The small protocols on the namenode's port, see the header.
#include "dfs/namenode/rpc/small_services.h"

namespace tusk::dfs {

namespace pb = hadoop::common;

namespace {
Status NoHa() { return Status(Code::kServiceFailed, "HA for namenode is not enabled"); }
}  // namespace

Task<Result<pb::MonitorHealthResponseProto>> HaServiceHandlers::MonitorHealth(rpc::CallContext&,
                                                                              const pb::MonitorHealthRequestProto&) {
  co_return NoHa();
}
Task<Result<pb::TransitionToActiveResponseProto>> HaServiceHandlers::TransitionToActive(
    rpc::CallContext&, const pb::TransitionToActiveRequestProto&) {
  co_return NoHa();
}
Task<Result<pb::TransitionToStandbyResponseProto>> HaServiceHandlers::TransitionToStandby(
    rpc::CallContext&, const pb::TransitionToStandbyRequestProto&) {
  co_return NoHa();
}
Task<Result<pb::TransitionToObserverResponseProto>> HaServiceHandlers::TransitionToObserver(
    rpc::CallContext&, const pb::TransitionToObserverRequestProto&) {
  co_return NoHa();
}
Task<Result<pb::GetServiceStatusResponseProto>> HaServiceHandlers::GetServiceStatus(
    rpc::CallContext&, const pb::GetServiceStatusRequestProto&) {
  co_return NoHa();
}

Task<Result<hadoop::tools::GetGroupsForUserResponseProto>> UserMappingHandlers::GetGroupsForUser(
    rpc::CallContext&, const hadoop::tools::GetGroupsForUserRequestProto& request) {
  hadoop::tools::GetGroupsForUserResponseProto response;
  for (const std::string& group : groups_.GroupsOf(request.user())) response.add_groups(group);
  co_return response;
}

// Groups are asked of the system again by themselves after a while, and nothing else is kept: there is nothing to do
// but to say who may ask.
Task<Result<pb::RefreshUserToGroupsMappingsResponseProto>> RefreshUserMappingHandlers::RefreshUserToGroupsMappings(
    rpc::CallContext& call, const pb::RefreshUserToGroupsMappingsRequestProto&) {
  CO_RETURN_IF_ERROR(allowed_(call, "refreshUserToGroupsMappings"));
  groups_.Refresh();
  co_return pb::RefreshUserToGroupsMappingsResponseProto();
}

Task<Result<pb::RefreshSuperUserGroupsConfigurationResponseProto>>
RefreshUserMappingHandlers::RefreshSuperUserGroupsConfiguration(
    rpc::CallContext& call, const pb::RefreshSuperUserGroupsConfigurationRequestProto&) {
  CO_RETURN_IF_ERROR(allowed_(call, "refreshSuperUserGroupsConfiguration"));
  co_return pb::RefreshSuperUserGroupsConfigurationResponseProto();
}

Task<Result<pb::RefreshServiceAclResponseProto>> RefreshPolicyHandlers::RefreshServiceAcl(
    rpc::CallContext& call, const pb::RefreshServiceAclRequestProto&) {
  CO_RETURN_IF_ERROR(allowed_(call, "refreshServiceAcl"));
  if (authorization_) co_return pb::RefreshServiceAclResponseProto();
  co_return Status(Code::kAuthorization, "Service Level Authorization not enabled!");
}

Task<Result<pb::RefreshCallQueueResponseProto>> RefreshCallQueueHandlers::RefreshCallQueue(
    rpc::CallContext& call, const pb::RefreshCallQueueRequestProto&) {
  CO_RETURN_IF_ERROR(allowed_(call, "refreshCallQueue"));
  co_return pb::RefreshCallQueueResponseProto();
}

}  // namespace tusk::dfs
