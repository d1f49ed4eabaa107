// Messages of node managers to events of the brain, and its orders back.
#include "yarn_like/resourcemanager/rpc/resource_tracker_handler.h"

#include <fmt/format.h>

#include "base/async/blocking_pool.h"
#include "base/env/network.h"
#include "yarn_like/common/conversions.h"
#include "yarn_like/resourcemanager/rpc/messages.h"

namespace tusk::yarn {
namespace {

namespace wire = hadoop::yarn;

constexpr std::string_view kVersion = "3.4.2";

void FillKey(const MasterKey& key, wire::MasterKeyProto* proto) {
  proto->set_key_id(key.id);
  proto->set_bytes(key.secret);
}

NodeUtilization FromProto(const wire::ResourceUtilizationProto& proto) {
  return {proto.pmem(), proto.vmem(), proto.cpu()};
}

ContainerReport FromProto(const wire::NMContainerStatusProto& status, const ResourceTypes& types) {
  ContainerReport report;
  report.container = yarn::FromProto(status.container_id());
  report.complete = status.container_state() == wire::C_COMPLETE;
  report.exit_status = status.container_exit_status();
  report.diagnostics = status.diagnostics();
  report.resource = yarn::FromProto(status.resource(), types);
  report.priority = status.priority().priority();
  report.allocation_request_id = status.allocation_request_id();
  report.creation_wall_ms = status.creation_time();
  report.version = status.version();
  report.execution = static_cast<ExecutionType>(status.executiontype());
  return report;
}

LogAggregationReport FromProto(const wire::LogAggregationReportProto& report) {
  return {yarn::FromProto(report.application_id()), static_cast<LogAggregationState>(report.log_aggregation_status())};
}

}  // namespace

Task<Result<wire::RegisterNodeManagerResponseProto>> ResourceTrackerHandler::RegisterNodeManager(
    rpc::CallContext& call, const wire::RegisterNodeManagerRequestProto& request) {
  NodeRegistration registration;
  NodeRecord& node = registration.node;
  node.id = yarn::FromProto(request.node_id());
  if (node.id.host.empty() || node.id.port <= 0) {
    co_return Status(Code::kInvalidArgument, "a node manager registers without its address");
  }
  node.http_port = request.http_port();
  node.version = request.nm_version();
  node.total = yarn::FromProto(request.resource(), cluster_.config().types);
  for (const auto& status : request.container_statuses()) {
    registration.containers.push_back(FromProto(status, cluster_.config().types));
  }
  for (const auto& report : request.log_aggregation_reports_for_apps()) {
    registration.log_aggregation.push_back(FromProto(report));
  }
  for (const auto& id : request.runningapplications()) registration.applications.push_back(yarn::FromProto(id));
  const std::string host = node.id.host;
  const Network& network = env_.network;
  Result<std::string> ip = co_await env_.disk_pool.Run([&network, host] { return network.ResolveBlocking(host); });
  node.ip = ip.ok() ? *ip : call.remote.host;

  const Now now{env_.clock.Now(), env_.clock.WallMillis()};
  const Status registered = cluster_.RegisterNode(std::move(registration), now);
  wire::RegisterNodeManagerResponseProto response;
  if (!registered.ok()) {
    response.set_nodeaction(wire::SHUTDOWN);
    response.set_diagnostics_message(std::string(registered.message()));
    co_return response;
  }
  FillKey(tokens_.container_key(), response.mutable_container_token_master_key());
  FillKey(tokens_.nm_key(), response.mutable_nm_token_master_key());
  response.set_nodeaction(wire::NORMAL);
  response.set_rm_identifier(cluster_.config().start_wall_ms);
  response.set_rm_version(std::string(kVersion));
  co_return response;
}

Task<Result<wire::NodeHeartbeatResponseProto>> ResourceTrackerHandler::NodeHeartbeat(
    rpc::CallContext& /*call*/, const wire::NodeHeartbeatRequestProto& request) {
  const auto& status = request.node_status();
  yarn::NodeHeartbeat heartbeat;
  heartbeat.node = yarn::FromProto(status.node_id());
  heartbeat.response_id = status.response_id();
  for (const auto& container : status.containersstatuses()) {
    heartbeat.containers.push_back(yarn::FromProto(container));
  }
  for (const auto& report : request.log_aggregation_reports_for_apps()) {
    heartbeat.log_aggregation.push_back(FromProto(report));
  }
  heartbeat.healthy = !status.has_nodehealthstatus() || status.nodehealthstatus().is_node_healthy();
  heartbeat.health_report = status.nodehealthstatus().health_report();
  heartbeat.health_wall_ms = status.nodehealthstatus().last_health_report_time();
  heartbeat.containers_utilization = FromProto(status.containers_utilization());
  heartbeat.node_utilization = FromProto(status.node_utilization());

  const Now now{env_.clock.Now(), env_.clock.WallMillis()};
  const HeartbeatOrder order = cluster_.Heartbeat(heartbeat, now);
  NodeRecord* node = cluster_.nodes().Find(heartbeat.node);
  wire::NodeHeartbeatResponseProto response;
  if (order == HeartbeatOrder::kDuplicate && response.ParseFromString(node->last_reply)) co_return response;
  if (order == HeartbeatOrder::kShutdown) {
    response.Clear();
    response.set_nodeaction(wire::SHUTDOWN);
    response.set_diagnostics_message(fmt::format("Disallowed NodeManager nodeId: {} hostname: {}",
                                                 heartbeat.node.ToString(), heartbeat.node.host));
    co_return response;
  }
  if (order != HeartbeatOrder::kNew) {
    response.Clear();
    response.set_nodeaction(wire::RESYNC);
    response.set_diagnostics_message(
        node == nullptr ? fmt::format("Node not found resyncing {}", heartbeat.node.ToString())
                        : fmt::format("Too far behind rm response id:{} nm response id:{}", node->response_id,
                                      heartbeat.response_id));
    co_return response;
  }
  response.set_response_id(node->response_id);
  if (request.last_known_container_token_master_key().key_id() != tokens_.container_key().id) {
    FillKey(tokens_.container_key(), response.mutable_container_token_master_key());
  }
  if (request.last_known_nm_token_master_key().key_id() != tokens_.nm_key().id) {
    FillKey(tokens_.nm_key(), response.mutable_nm_token_master_key());
  }
  response.set_nodeaction(wire::NORMAL);
  for (const ContainerId& id : node->containers_to_cleanup) ToProto(id, response.add_containers_to_cleanup());
  for (const ApplicationId& id : node->applications_to_cleanup) ToProto(id, response.add_applications_to_cleanup());
  for (const ContainerId& id : node->containers_to_remove) {
    ToProto(id, response.add_containers_to_be_removed_from_nm());
  }
  for (const auto& [id, command] : node->containers_to_signal) {
    auto* signal = response.add_containers_to_signal();
    ToProto(id, signal->mutable_container_id());
    signal->set_command(static_cast<wire::SignalContainerCommandProto>(command));
  }
  if (node->resized) ToProto(node->total, cluster_.config().types, response.mutable_resource());
  node->resized = false;
  node->containers_to_signal.clear();
  node->containers_to_cleanup.clear();
  node->applications_to_cleanup.clear();
  node->containers_to_remove.clear();
  response.set_nextheartbeatinterval(heartbeat_ms_);
  response.set_tokensequenceno(1);
  node->last_reply = response.SerializeAsString();
  co_return response;
}

Task<Result<wire::UnRegisterNodeManagerResponseProto>> ResourceTrackerHandler::UnRegisterNodeManager(
    rpc::CallContext& /*call*/, const wire::UnRegisterNodeManagerRequestProto& request) {
  cluster_.UnregisterNode(yarn::FromProto(request.node_id()), {env_.clock.Now(), env_.clock.WallMillis()});
  co_return wire::UnRegisterNodeManagerResponseProto();
}

}  // namespace tusk::yarn
