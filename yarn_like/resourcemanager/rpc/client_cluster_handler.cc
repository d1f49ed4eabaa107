// ApplicationClientProtocol: the cluster, its nodes, queues and resource types.
#include <set>

#include "yarn_like/common/conversions.h"
#include "yarn_like/resourcemanager/rpc/client_handler.h"
#include "yarn_like/resourcemanager/rpc/messages.h"

namespace tusk::yarn {
namespace {

namespace wire = hadoop::yarn;

Status NoProfiles() {
  return {Code::kYarnFeatureNotEnabled,
          "Resource profile is not enabled, please enable resource profile feature before using its functions. (by "
          "setting yarn.resourcemanager.resource-profiles.enabled to true)"};
}

}  // namespace

Task<Result<wire::GetClusterMetricsResponseProto>> ClientHandler::GetClusterMetrics(
    rpc::CallContext& /*call*/, const wire::GetClusterMetricsRequestProto& /*request*/) {
  const NodeTable& nodes = cluster_.nodes();
  const auto count = [&](NodeState state) { return static_cast<int32_t>(nodes.Count(state)); };
  wire::GetClusterMetricsResponseProto response;
  auto* metrics = response.mutable_cluster_metrics();
  metrics->set_num_node_managers(count(NodeState::kRunning));
  metrics->set_num_active_nms(count(NodeState::kRunning));
  metrics->set_num_decommissioned_nms(count(NodeState::kDecommissioned));
  metrics->set_num_lost_nms(count(NodeState::kLost));
  metrics->set_num_unhealthy_nms(count(NodeState::kUnhealthy));
  metrics->set_num_rebooted_nms(count(NodeState::kRebooted));
  metrics->set_num_decommissioning_nms(count(NodeState::kDecommissioning));
  metrics->set_num_shutdown_nms(count(NodeState::kShutdown));
  co_return response;
}

Task<Result<wire::GetClusterNodesResponseProto>> ClientHandler::GetClusterNodes(
    rpc::CallContext& /*call*/, const wire::GetClusterNodesRequestProto& request) {
  const std::set<int> states(request.nodestates().begin(), request.nodestates().end());
  wire::GetClusterNodesResponseProto response;
  for (const auto& [id, node] : cluster_.nodes().all()) {
    if (states.empty() || states.contains(StateProto(node.state))) {
      FillNodeReport(cluster_, node, response.add_nodereports());
    }
  }
  co_return response;
}

Task<Result<wire::GetQueueInfoResponseProto>> ClientHandler::GetQueueInfo(
    rpc::CallContext& call, const wire::GetQueueInfoRequestProto& request) {
  wire::GetQueueInfoResponseProto response;
  const std::string& name = request.queuename();
  const auto flag = [](bool value) { return value ? "true" : "false"; };
  const std::string about = RmAudit::Field("QUEUENAME", name) + RmAudit::Field("INCLUDEAPPS", flag(request.includeapplications())) +
                            RmAudit::Field("INCLUDECHILDQUEUES", flag(request.includechildqueues())) +
                            RmAudit::Field("RECURSIVE", flag(request.recursive()));
  const bool known = name == "default" || name == "root.default" || name == "root";
  if (known) audit_.Success(call, audit::kQueueInfo, audit::kClientService, about);
  else audit_.Failure(call, audit::kQueueInfo, audit::kClientService, "Unknown queue: " + name, "UNKNOWN", about);
  if (name == "default" || name == "root.default") {
    FillQueueInfo(cluster_, request.includeapplications(), GetNow(), response.mutable_queueinfo());
  } else if (name == "root") {
    auto* root = response.mutable_queueinfo();
    FillQueueInfo(cluster_, request.includeapplications(), GetNow(), root);
    root->set_queuename("root");
    root->set_queuepath("root");
    if (request.includechildqueues()) {
      FillQueueInfo(cluster_, request.includeapplications(), GetNow(), root->add_childqueues());
    }
  }  // else nothing, as Hadoop
  co_return response;
}

Task<Result<wire::GetQueueUserAclsInfoResponseProto>> ClientHandler::GetQueueUserAcls(
    rpc::CallContext& call, const wire::GetQueueUserAclsInfoRequestProto& /*request*/) {
  wire::GetQueueUserAclsInfoResponseProto response;
  for (const char* queue : {"root", "default"}) {
    auto* acls = response.add_queueuseracls();
    acls->set_queuename(queue);
    if (access_.MayAdministerQueue(call.user.name)) acls->add_useracls(wire::QACL_ADMINISTER_QUEUE);
    if (access_.MaySubmit(call.user.name)) acls->add_useracls(wire::QACL_SUBMIT_APPLICATIONS);
  }
  co_return response;
}

// Labels and attributes are off: the answers are empty.
Task<Result<wire::GetNodesToLabelsResponseProto>> ClientHandler::GetNodeToLabels(
    rpc::CallContext& /*call*/, const wire::GetNodesToLabelsRequestProto& /*request*/) {
  co_return wire::GetNodesToLabelsResponseProto();
}

Task<Result<wire::GetLabelsToNodesResponseProto>> ClientHandler::GetLabelsToNodes(
    rpc::CallContext& /*call*/, const wire::GetLabelsToNodesRequestProto& /*request*/) {
  co_return wire::GetLabelsToNodesResponseProto();
}

Task<Result<wire::GetClusterNodeLabelsResponseProto>> ClientHandler::GetClusterNodeLabels(
    rpc::CallContext& /*call*/, const wire::GetClusterNodeLabelsRequestProto& /*request*/) {
  co_return wire::GetClusterNodeLabelsResponseProto();
}

Task<Result<wire::GetClusterNodeAttributesResponseProto>> ClientHandler::GetClusterNodeAttributes(
    rpc::CallContext& /*call*/, const wire::GetClusterNodeAttributesRequestProto& /*request*/) {
  co_return wire::GetClusterNodeAttributesResponseProto();
}

Task<Result<wire::GetNodesToAttributesResponseProto>> ClientHandler::GetNodesToAttributes(
    rpc::CallContext& /*call*/, const wire::GetNodesToAttributesRequestProto& /*request*/) {
  co_return wire::GetNodesToAttributesResponseProto();
}

Task<Result<wire::GetAttributesToNodesResponseProto>> ClientHandler::GetAttributesToNodes(
    rpc::CallContext& /*call*/, const wire::GetAttributesToNodesRequestProto& /*request*/) {
  co_return wire::GetAttributesToNodesResponseProto();
}

Task<Result<wire::GetAllResourceProfilesResponseProto>> ClientHandler::GetResourceProfiles(
    rpc::CallContext& /*call*/, const wire::GetAllResourceProfilesRequestProto& /*request*/) {
  co_return NoProfiles();
}

Task<Result<wire::GetResourceProfileResponseProto>> ClientHandler::GetResourceProfile(
    rpc::CallContext& /*call*/, const wire::GetResourceProfileRequestProto& /*request*/) {
  co_return NoProfiles();
}

Task<Result<wire::GetAllResourceTypeInfoResponseProto>> ClientHandler::GetResourceTypeInfo(
    rpc::CallContext& /*call*/, const wire::GetAllResourceTypeInfoRequestProto& /*request*/) {
  const ResourceTypes& types = cluster_.config().types;
  wire::GetAllResourceTypeInfoResponseProto response;
  for (size_t i = 0; i < types.size(); ++i) {
    auto* type = response.add_resource_type_info();
    type->set_name(types.name(i));
    type->set_units(std::string(types.unit(i)));
    type->set_type(wire::COUNTABLE);
  }
  co_return response;
}

}  // namespace tusk::yarn
