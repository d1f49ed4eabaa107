// Each command: may the caller, read again, apply.
#include "yarn_like/resourcemanager/rpc/admin_handler.h"

#include <algorithm>

#include "base/async/blocking_pool.h"
#include "base/log/log.h"
#include "yarn_like/common/conversions.h"
#include "yarn_like/resourcemanager/nodes/node_admission.h"

namespace tusk::yarn {
namespace {

namespace wire = hadoop::yarn;

constexpr std::string_view kLog = "admin";

Status LabelsAreOff() {
  return {Code::kIOError, "Node-label-based scheduling is disabled. Please check yarn.node-labels.enabled"};
}

}  // namespace

Task<Result<Configuration>> AdminHandler::Fresh() const {
  const Reload& reload = reload_;
  co_return co_await env_.disk_pool.Run([&reload] { return reload(); });
}

Status AdminHandler::CheckAdmin(const rpc::CallContext& call, std::string_view operation) const {
  Status allowed = access_.CheckAdmin(call.user.name, operation);
  if (!allowed.ok()) audit_.Failure(call, operation, audit::kAdminService, audit::kUnauthorized, "");
  return allowed;
}

Task<Result<wire::RefreshQueuesResponseProto>> AdminHandler::RefreshQueues(
    rpc::CallContext& call, const wire::RefreshQueuesRequestProto& /*request*/) {
  CO_RETURN_IF_ERROR(CheckAdmin(call, "refreshQueues"));
  CO_ASSIGN_OR_RETURN(const Configuration fresh, co_await Fresh());
  CO_ASSIGN_OR_RETURN(const double share,
                      fresh.GetDouble("yarn.scheduler.capacity.maximum-am-resource-percent", 0.1));
  access_.RefreshQueues(fresh);
  cluster_.SetMasterShare(share, GetNow());
  NoteDone(call, "refreshQueues");
  co_return wire::RefreshQueuesResponseProto();
}

Task<Result<wire::RefreshNodesResponseProto>> AdminHandler::RefreshNodes(rpc::CallContext& call,
                                                                         const wire::RefreshNodesRequestProto& request) {
  CO_RETURN_IF_ERROR(CheckAdmin(call, "refreshNodes"));
  CO_ASSIGN_OR_RETURN(const Configuration fresh, co_await Fresh());
  Disk& disk = env_.disk;
  const Configuration* read = &fresh;
  CO_ASSIGN_OR_RETURN(NodeAdmission admission,
                      co_await env_.disk_pool.Run([&disk, read] { return ReadAdmission(disk, *read); }));
  const bool graceful = request.decommissiontype() == wire::DECOMMISSION_GRACEFUL;
  Duration timeout = Duration::max();
  if (graceful) {
    CO_ASSIGN_OR_RETURN(const int64_t otherwise,
                        fresh.GetInt("yarn.resourcemanager.nodemanager-graceful-decommission-timeout-secs", 3600));
    const int64_t seconds = request.has_decommissiontimeout() ? request.decommissiontimeout() : otherwise;
    if (seconds >= 0) timeout = std::chrono::seconds(seconds);
  }
  LogInfo(kLog, "{} refreshes nodes: {} included, {} excluded", call.user.name, admission.included.size(),
          admission.excluded.size());
  cluster_.SetAdmission(std::move(admission), graceful, timeout, GetNow());
  NoteDone(call, "refreshNodes");
  co_return wire::RefreshNodesResponseProto();
}

Task<Result<wire::RefreshSuperUserGroupsConfigurationResponseProto>> AdminHandler::RefreshSuperUserGroupsConfiguration(
    rpc::CallContext& call, const wire::RefreshSuperUserGroupsConfigurationRequestProto& /*request*/) {
  CO_RETURN_IF_ERROR(CheckAdmin(call, "refreshSuperUserGroupsConfiguration"));
  CO_ASSIGN_OR_RETURN(const Configuration fresh, co_await Fresh());
  access_.RefreshProxies(fresh);
  NoteDone(call, "refreshSuperUserGroupsConfiguration");
  co_return wire::RefreshSuperUserGroupsConfigurationResponseProto();
}

Task<Result<wire::RefreshUserToGroupsMappingsResponseProto>> AdminHandler::RefreshUserToGroupsMappings(
    rpc::CallContext& call, const wire::RefreshUserToGroupsMappingsRequestProto& /*request*/) {
  CO_RETURN_IF_ERROR(CheckAdmin(call, "refreshUserToGroupsMappings"));
  access_.RefreshGroups();
  NoteDone(call, "refreshUserToGroupsMappings");
  co_return wire::RefreshUserToGroupsMappingsResponseProto();
}

Task<Result<wire::RefreshAdminAclsResponseProto>> AdminHandler::RefreshAdminAcls(
    rpc::CallContext& call, const wire::RefreshAdminAclsRequestProto& /*request*/) {
  CO_RETURN_IF_ERROR(CheckAdmin(call, "refreshAdminAcls"));
  CO_ASSIGN_OR_RETURN(const Configuration fresh, co_await Fresh());
  access_.RefreshAdmins(fresh);
  NoteDone(call, "refreshAdminAcls");
  co_return wire::RefreshAdminAclsResponseProto();
}

Task<Result<wire::RefreshServiceAclsResponseProto>> AdminHandler::RefreshServiceAcls(
    rpc::CallContext& call, const wire::RefreshServiceAclsRequestProto& /*request*/) {
  CO_RETURN_IF_ERROR(CheckAdmin(call, "refreshServiceAcls"));
  co_return Status(Code::kIOError, "Service Authorization (hadoop.security.authorization) not enabled.");
}

Task<Result<wire::GetGroupsForUserResponseProto>> AdminHandler::GetGroupsForUser(
    rpc::CallContext& /*call*/, const wire::GetGroupsForUserRequestProto& request) {
  wire::GetGroupsForUserResponseProto response;
  for (const std::string& group : access_.GroupsOf(request.user())) response.add_groups(group);
  co_return response;
}

Task<Result<wire::UpdateNodeResourceResponseProto>> AdminHandler::UpdateNodeResource(
    rpc::CallContext& call, const wire::UpdateNodeResourceRequestProto& request) {
  CO_RETURN_IF_ERROR(CheckAdmin(call, "updateNodeResource"));
  for (const auto& entry : request.node_resource_map()) {
    CO_RETURN_IF_ERROR(cluster_.ResizeNode(
        FromProto(entry.node_id()), FromProto(entry.resource_option().resource(), cluster_.config().types), GetNow()));
  }
  NoteDone(call, "updateNodeResource");
  co_return wire::UpdateNodeResourceResponseProto();
}

Task<Result<wire::RefreshNodesResourcesResponseProto>> AdminHandler::RefreshNodesResources(
    rpc::CallContext& call, const wire::RefreshNodesResourcesRequestProto& /*request*/) {
  CO_RETURN_IF_ERROR(CheckAdmin(call, "refreshNodesResources"));
  NoteDone(call, "refreshNodesResources");
  co_return wire::RefreshNodesResourcesResponseProto();  // there is no dynamic-resources.xml
}

Task<Result<wire::AddToClusterNodeLabelsResponseProto>> AdminHandler::AddToClusterNodeLabels(
    rpc::CallContext& /*call*/, const wire::AddToClusterNodeLabelsRequestProto& /*request*/) {
  co_return LabelsAreOff();
}

Task<Result<wire::RemoveFromClusterNodeLabelsResponseProto>> AdminHandler::RemoveFromClusterNodeLabels(
    rpc::CallContext& /*call*/, const wire::RemoveFromClusterNodeLabelsRequestProto& /*request*/) {
  co_return LabelsAreOff();
}

Task<Result<wire::ReplaceLabelsOnNodeResponseProto>> AdminHandler::ReplaceLabelsOnNodes(
    rpc::CallContext& /*call*/, const wire::ReplaceLabelsOnNodeRequestProto& /*request*/) {
  co_return LabelsAreOff();
}

Task<Result<wire::NodesToAttributesMappingResponseProto>> AdminHandler::MapAttributesToNodes(
    rpc::CallContext& /*call*/, const wire::NodesToAttributesMappingRequestProto& /*request*/) {
  co_return Status(Code::kIOError, "Node attributes are not kept by this resource manager.");
}

Task<Result<wire::CheckForDecommissioningNodesResponseProto>> AdminHandler::CheckForDecommissioningNodes(
    rpc::CallContext& call, const wire::CheckForDecommissioningNodesRequestProto& /*request*/) {
  CO_RETURN_IF_ERROR(CheckAdmin(call, "checkForDecommissioningNodes"));
  wire::CheckForDecommissioningNodesResponseProto response;
  for (const auto& [id, node] : cluster_.nodes().all()) {
    if (node.state == NodeState::kDecommissioning) ToProto(id, response.add_decommissioningnodes());
  }
  co_return response;
}

Task<Result<wire::RefreshClusterMaxPriorityResponseProto>> AdminHandler::RefreshClusterMaxPriority(
    rpc::CallContext& call, const wire::RefreshClusterMaxPriorityRequestProto& /*request*/) {
  CO_RETURN_IF_ERROR(CheckAdmin(call, "refreshClusterMaxPriority"));
  CO_ASSIGN_OR_RETURN(const Configuration fresh, co_await Fresh());
  CO_ASSIGN_OR_RETURN(const int64_t priority, fresh.GetInt("yarn.cluster.max-application-priority", 0));
  cluster_.SetPriorityMax(static_cast<int32_t>(std::clamp<int64_t>(priority, 0, INT32_MAX)));
  NoteDone(call, "refreshClusterMaxPriority");
  co_return wire::RefreshClusterMaxPriorityResponseProto();
}

}  // namespace tusk::yarn
