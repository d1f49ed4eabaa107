// ApplicationMasterProtocol and ContainerManagementProtocol from an app master's end.
#include "yarn_like/client/app_master_client.h"

#include "base/async/event_loop.h"
#include "yarn_like/common/conversions.h"
#include "yarn_like/proto/applicationmaster_protocol.rpc.h"
#include "yarn_like/proto/containermanagement_protocol.rpc.h"
#include "yarn_like/proto/yarn_service_protos.pb.h"

namespace tusk::yarn {
namespace {

constexpr int kPriority = 20;
constexpr auto kLaunchTimeout = std::chrono::seconds(60);

Token TokenFromProto(const hadoop::common::TokenProto& proto) {
  return {proto.identifier(), proto.password(), proto.kind(), proto.service()};
}
std::string NodeName(const hadoop::yarn::NodeIdProto& node) { return node.host() + ":" + std::to_string(node.port()); }

}  // namespace

AppMasterClient::AppMasterClient(Env env, AppMasterClientSetup setup)
    : env_(env), setup_(std::move(setup)), rpc_(rpc::Client::Make(env, std::chrono::seconds(60))) {}

rpc::Channel AppMasterClient::SchedulerChannel() {
  return rpc::Channel(*rpc_, setup_.scheduler, {setup_.attempt.ToString(), "", setup_.am_rm_token},
                      {.timeout = std::chrono::seconds(20), .retries_max = 10});
}

Result<rpc::Channel> AppMasterClient::NodeChannel(const std::string& node) {
  const auto token = node_tokens_.find(node);
  if (token == node_tokens_.end()) return Status(Code::kInvalidToken, "no NM token for " + node);
  ASSIGN_OR_RETURN(HostPort address, HostPort::Parse(node));
  return rpc::Channel(*rpc_, address, {setup_.attempt.ToString(), "", token->second}, {.timeout = kLaunchTimeout, .retries_max = 1});
}

Task<Result<std::vector<AppMasterClient::Granted>>> AppMasterClient::Register() {
  hadoop::yarn::RegisterApplicationMasterRequestProto request;
  request.set_host(setup_.host);
  request.set_rpc_port(setup_.client_port);
  request.set_tracking_url(setup_.tracking_url);
  hadoop::yarn::ApplicationMasterProtocolClient rm(SchedulerChannel());
  CO_ASSIGN_OR_RETURN(hadoop::yarn::RegisterApplicationMasterResponseProto response, co_await rm.RegisterApplicationMaster(request));
  for (const auto& token : response.nm_tokens_from_previous_attempts()) node_tokens_[NodeName(token.nodeid())] = TokenFromProto(token.token());
  std::vector<Granted> running;
  for (const auto& container : response.containers_from_previous_attempts()) {
    const std::string id = FromProto(container.id()).ToString();
    containers_[id] = container;
    running.push_back({id, NodeName(container.nodeid())});
  }
  co_return running;
}

Task<Result<AppMasterClient::Answer>> AppMasterClient::Allocate(int wanted, double progress) {
  hadoop::yarn::AllocateRequestProto request;
  request.set_response_id(response_id_);
  request.set_progress(static_cast<float>(progress));
  if (wanted != asked_) {
    auto* row = request.add_ask();
    row->mutable_priority()->set_priority(kPriority);
    row->set_resource_name("*");
    *row->mutable_capability() = setup_.capability;
    row->set_num_containers(wanted);
    row->set_relax_locality(true);
  }
  for (const auto& id : releases_) *request.add_release() = id;
  hadoop::yarn::ApplicationMasterProtocolClient rm(SchedulerChannel());
  Result<hadoop::yarn::AllocateResponseProto> response = co_await rm.Allocate(request);
  if (response.code() == Code::kApplicationMasterNotRegistered) {  // the resource manager was restarted
    asked_ = 0;
    response_id_ = 0;
    CO_RETURN_IF_ERROR(co_await Register());
    co_return Answer();
  }
  if (!response.ok()) co_return std::move(response).status();
  asked_ = wanted;
  releases_.clear();
  response_id_ = response->response_id();
  if (response->has_am_rm_token()) setup_.am_rm_token = TokenFromProto(response->am_rm_token());
  for (const auto& token : response->nm_tokens()) node_tokens_[NodeName(token.nodeid())] = TokenFromProto(token.token());
  headroom_ = std::to_string(response->limit().memory()) + " MB and " + std::to_string(response->limit().virtual_cores()) +
              " cores are free for this job on " + std::to_string(response->num_cluster_nodes()) + " nodes";
  Answer allocation;
  for (const auto& container : response->allocated_containers()) {
    const std::string id = FromProto(container.id()).ToString();
    if (asked_ > 0) --asked_;
    containers_[id] = container;
    allocation.granted.push_back({id, NodeName(container.nodeid())});
  }
  for (const auto& status : response->completed_container_statuses()) {
    const std::string id = FromProto(status.container_id()).ToString();
    containers_.erase(id);
    allocation.ended.push_back({id, status.exit_status(), status.diagnostics()});
  }
  co_return allocation;
}

Task<Status> AppMasterClient::Launch(std::string container, hadoop::yarn::ContainerLaunchContextProto context) {
  const auto found = containers_.find(container);
  if (found == containers_.end()) co_return Status::Ok();  // it has ended already
  CO_ASSIGN_OR_RETURN(rpc::Channel channel, NodeChannel(NodeName(found->second.nodeid())));
  hadoop::yarn::StartContainersRequestProto request;
  auto* start = request.add_start_container_request();
  *start->mutable_container_launch_context() = std::move(context);
  *start->mutable_container_token() = found->second.container_token();
  hadoop::yarn::ContainerManagementProtocolClient nm(channel);
  CO_ASSIGN_OR_RETURN(hadoop::yarn::StartContainersResponseProto response, co_await nm.StartContainers(request));
  if (response.failed_requests_size() > 0) {
    const auto& failure = response.failed_requests(0).exception();
    co_return Status::FromJava(failure.class_name(), failure.message());
  }
  co_return Status::Ok();
}

Task<void> AppMasterClient::Stop(std::string container) {
  const auto found = containers_.find(container);
  if (found == containers_.end()) co_return;
  hadoop::yarn::StopContainersRequestProto request;
  *request.add_container_id() = found->second.id();
  Result<rpc::Channel> channel = NodeChannel(NodeName(found->second.nodeid()));
  if (!channel.ok()) co_return;
  hadoop::yarn::ContainerManagementProtocolClient nm(*channel);
  (void)co_await nm.StopContainers(request);  // the release at the heartbeat says it again
}

void AppMasterClient::Release(const std::string& container) {
  const auto found = containers_.find(container);
  if (found != containers_.end()) releases_.push_back(found->second.id());
}

Task<Status> AppMasterClient::Finish(hadoop::yarn::FinalApplicationStatusProto outcome, std::string diagnostics) {
  hadoop::yarn::FinishApplicationMasterRequestProto request;
  request.set_final_application_status(outcome);
  request.set_diagnostics(diagnostics);
  hadoop::yarn::ApplicationMasterProtocolClient rm(SchedulerChannel());
  for (;;) {
    CO_ASSIGN_OR_RETURN(hadoop::yarn::FinishApplicationMasterResponseProto response, co_await rm.FinishApplicationMaster(request));
    if (response.isunregistered()) co_return Status::Ok();
    CO_RETURN_IF_ERROR(co_await SleepFor(env_.loop, std::chrono::milliseconds(20)));
  }
}

}  // namespace tusk::yarn
