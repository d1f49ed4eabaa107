// ApplicationMasterProtocol and ContainerManagementProtocol from an app master's end.
#include "yarn_like/client/app_master_client.h"

#include "base/async/event_loop.h"
#include "yarn_like/common/conversions.h"
#include "yarn_like/proto/applicationmaster_protocol.rpc.h"
#include "yarn_like/proto/containermanagement_protocol.rpc.h"
#include "yarn_like/proto/yarn_service_protos.pb.h"

namespace tusk::yarn {
namespace {

constexpr char kAnywhere[] = "*";
constexpr char kRack[] = "/default-rack";
constexpr auto kLaunchTimeout = std::chrono::seconds(60);
// A node manager that restarts is back in seconds; each try after a refused connection waits twice as long as the one before.
// Nothing is worth waiting for to stop a container there.
constexpr int kLaunchRetriesMax = 6, kStopRetriesMax = 1;

Token TokenFromProto(const hadoop::common::TokenProto& proto) {
  return {proto.identifier(), proto.password(), proto.kind(), proto.service()};
}
std::string NodeName(const hadoop::yarn::NodeIdProto& node) { return node.host() + ":" + std::to_string(node.port()); }
AppMasterClient::Granted GrantedFromProto(const hadoop::yarn::ContainerProto& container) {
  return {FromProto(container.id()).ToString(), NodeName(container.nodeid()), container.nodeid().host(), container.priority().priority()};
}

}  // namespace

AppMasterClient::AppMasterClient(Env env, AppMasterClientSetup setup)
    : env_(env), setup_(std::move(setup)), rpc_(rpc::Client::Make(env, std::chrono::seconds(60))) {}

rpc::Channel AppMasterClient::SchedulerChannel() {
  return rpc::Channel(*rpc_, setup_.scheduler, {setup_.attempt.ToString(), "", setup_.am_rm_token},
                      {.timeout = std::chrono::seconds(20), .retries_max = 10});
}

Result<rpc::Channel> AppMasterClient::NodeChannel(const std::string& node, int retries_max) {
  const auto token = node_tokens_.find(node);
  if (token == node_tokens_.end()) return Status(Code::kInvalidToken, "no NM token for " + node);
  ASSIGN_OR_RETURN(HostPort address, HostPort::Parse(node));
  return rpc::Channel(*rpc_, address, {setup_.attempt.ToString(), "", token->second}, {.timeout = kLaunchTimeout, .retries_max = retries_max});
}

Task<Result<std::vector<AppMasterClient::Granted>>> AppMasterClient::Register() {
  hadoop::yarn::RegisterApplicationMasterRequestProto request;
  request.set_host(setup_.host);
  request.set_rpc_port(setup_.client_port);
  request.set_tracking_url(setup_.tracking_url);
  hadoop::yarn::ApplicationMasterProtocolClient rm(SchedulerChannel());
  CO_ASSIGN_OR_RETURN(hadoop::yarn::RegisterApplicationMasterResponseProto response, co_await rm.RegisterApplicationMaster(request));
  if (response.has_queue()) queue_ = response.queue();
  for (const auto& token : response.nm_tokens_from_previous_attempts()) node_tokens_[NodeName(token.nodeid())] = TokenFromProto(token.token());
  std::vector<Granted> running;
  for (const auto& container : response.containers_from_previous_attempts()) {
    Granted granted = GrantedFromProto(container);
    containers_[granted.id] = container;
    running.push_back(std::move(granted));
  }
  co_return running;
}

void AppMasterClient::FillAsks(const std::vector<ContainersWanted>& wanted, hadoop::yarn::AllocateRequestProto& request,
                               std::map<AskKey, int>& asked) const {
  std::map<int, const hadoop::yarn::ResourceProto*> capabilities;
  std::map<AskKey, int> rows;
  for (const ContainersWanted& group : wanted) {
    capabilities[group.priority] = &group.capability;
    if (group.count == 0) continue;
    rows[{group.priority, kAnywhere}] = group.count;
    int on_rack = 0;
    for (const auto& [host, count] : group.by_host) {
      if (host == "localhost") continue;  // says nothing about a node
      rows[{group.priority, host}] = count;
      on_rack = std::min(group.count, on_rack + count);
    }
    if (on_rack > 0) rows[{group.priority, kRack}] = on_rack;
  }
  for (const auto& [key, count] : asked) {
    if (count > 0) rows.try_emplace(key, 0);  // taken back
  }
  for (const auto& [key, count] : rows) {
    const auto known = asked.find(key);
    if (known != asked.end() && known->second == count) continue;
    auto* row = request.add_ask();
    row->mutable_priority()->set_priority(key.first);
    row->set_resource_name(key.second);
    if (const auto capability = capabilities.find(key.first); capability != capabilities.end()) *row->mutable_capability() = *capability->second;
    row->set_num_containers(count);
    row->set_relax_locality(true);
    asked[key] = count;
  }
}

Task<Result<AppMasterClient::Answer>> AppMasterClient::Allocate(std::vector<ContainersWanted> wanted, double progress) {
  hadoop::yarn::AllocateRequestProto request;
  request.set_response_id(response_id_);
  request.set_progress(static_cast<float>(progress));
  std::map<AskKey, int> asked = asked_;
  FillAsks(wanted, request, asked);
  const std::vector<hadoop::yarn::ContainerIdProto> releases = std::exchange(releases_, {});
  for (const auto& id : releases) *request.add_release() = id;
  const std::set<std::string> avoided = avoided_;
  for (const std::string& host : avoided) {
    if (!avoided_told_.contains(host)) request.mutable_blacklist_request()->add_blacklist_additions(host);
  }
  for (const std::string& host : avoided_told_) {
    if (!avoided.contains(host)) request.mutable_blacklist_request()->add_blacklist_removals(host);
  }
  hadoop::yarn::ApplicationMasterProtocolClient rm(SchedulerChannel());
  Result<hadoop::yarn::AllocateResponseProto> response = co_await rm.Allocate(request);
  if (!response.ok()) releases_.insert(releases_.end(), releases.begin(), releases.end());
  if (response.code() == Code::kApplicationMasterNotRegistered) {  // the resource manager was restarted
    asked_.clear();
    avoided_told_.clear();
    response_id_ = 0;
    CO_RETURN_IF_ERROR(co_await Register());
    co_return Answer();
  }
  if (!response.ok()) co_return std::move(response).status();
  asked_ = std::move(asked);
  avoided_told_ = avoided;
  co_return TakeIn(*response);
}

AppMasterClient::Answer AppMasterClient::TakeIn(const hadoop::yarn::AllocateResponseProto& response) {
  response_id_ = response.response_id();
  if (response.has_am_rm_token()) setup_.am_rm_token = TokenFromProto(response.am_rm_token());
  for (const auto& token : response.nm_tokens()) node_tokens_[NodeName(token.nodeid())] = TokenFromProto(token.token());
  headroom_ = {response.has_limit(), response.limit().memory(), response.limit().virtual_cores(), response.num_cluster_nodes()};
  Answer answer;
  for (const auto& container : response.allocated_containers()) {
    Granted granted = GrantedFromProto(container);
    for (const std::string& name : {std::string(kAnywhere), std::string(kRack), granted.host}) {
      const auto row = asked_.find({granted.priority, name});
      if (row != asked_.end() && row->second > 0) --row->second;
    }
    containers_[granted.id] = container;
    answer.granted.push_back(std::move(granted));
  }
  for (const auto& status : response.completed_container_statuses()) {
    const std::string id = FromProto(status.container_id()).ToString();
    containers_.erase(id);
    answer.ended.push_back({id, status.exit_status(), status.diagnostics()});
  }
  for (const auto& node : response.updated_nodes()) {
    const bool usable = node.node_state() == hadoop::yarn::NS_RUNNING || node.node_state() == hadoop::yarn::NS_NEW ||
                        node.node_state() == hadoop::yarn::NS_DECOMMISSIONING;
    if (!usable) answer.lost_nodes.push_back(NodeName(node.nodeid()));
  }
  return answer;
}

Task<Result<AppMasterClient::ServiceAnswers>> AppMasterClient::Launch(std::string container, hadoop::yarn::ContainerLaunchContextProto context) {
  const auto found = containers_.find(container);
  if (found == containers_.end()) co_return ServiceAnswers();  // it has ended already
  CO_ASSIGN_OR_RETURN(rpc::Channel channel, NodeChannel(NodeName(found->second.nodeid()), kLaunchRetriesMax));
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
  ServiceAnswers answers;
  for (const auto& metadata : response.services_meta_data()) answers[metadata.key()] = metadata.value();
  co_return answers;
}

Task<Status> AppMasterClient::Stop(std::string container) {
  const auto found = containers_.find(container);
  if (found == containers_.end()) co_return Status::Ok();
  hadoop::yarn::StopContainersRequestProto request;
  *request.add_container_id() = found->second.id();
  CO_ASSIGN_OR_RETURN(rpc::Channel channel, NodeChannel(NodeName(found->second.nodeid()), kStopRetriesMax));
  hadoop::yarn::ContainerManagementProtocolClient nm(channel);
  co_return (co_await nm.StopContainers(request)).status();
}

void AppMasterClient::Release(const std::string& container) {
  const auto found = containers_.find(container);
  if (found != containers_.end()) releases_.push_back(found->second.id());
}

Task<Status> AppMasterClient::Finish(hadoop::yarn::FinalApplicationStatusProto outcome, std::string diagnostics, std::string tracking_url) {
  hadoop::yarn::FinishApplicationMasterRequestProto request;
  request.set_final_application_status(outcome);
  request.set_diagnostics(diagnostics);
  if (!tracking_url.empty()) request.set_tracking_url(tracking_url);
  hadoop::yarn::ApplicationMasterProtocolClient rm(SchedulerChannel());
  for (;;) {
    CO_ASSIGN_OR_RETURN(hadoop::yarn::FinishApplicationMasterResponseProto response, co_await rm.FinishApplicationMaster(request));
    if (response.isunregistered()) co_return Status::Ok();
    CO_RETURN_IF_ERROR(co_await SleepFor(env_.loop, std::chrono::milliseconds(20)));
  }
}

std::string HostToListenOn(Network& network, const std::string& host) {
  const Result<std::unique_ptr<Listener>> probe = network.Listen({host, 0});
  if (!probe.ok()) return "0.0.0.0";
  (*probe)->Close();
  return host;
}

}  // namespace tusk::yarn
