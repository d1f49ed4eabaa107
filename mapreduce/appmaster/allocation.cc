// Containers: asking the resource manager for them, starting and stopping them on the node managers.
#include "base/log/log.h"
#include "mapreduce/appmaster/app_master_wire.h"
#include "mapreduce/client/job_files.h"
#include "mapreduce/client/launch_context.h"
#include "mapreduce/shuffle/shuffle_wire.h"
#include "yarn_like/common/conversions.h"

namespace tusk::mapreduce {

namespace {
constexpr char kAnywhere[] = "*";
constexpr char kRack[] = "/default-rack";
constexpr auto kLaunchTimeout = std::chrono::seconds(60);
}  // namespace

std::string ContainerName(const hadoop::yarn::ContainerIdProto& id) { return yarn::FromProto(id).ToString(); }

rpc::Channel AppMaster::Wire::SchedulerChannel(rpc::Client& client) const {
  return rpc::Channel(client, scheduler, {attempt.ToString(), "", am_rm_token}, {.timeout = std::chrono::seconds(20), .retries_max = 10});
}

Result<rpc::Channel> AppMaster::Wire::NodeChannel(rpc::Client& client, const std::string& node) const {
  auto token = node_tokens.find(node);
  if (token == node_tokens.end()) return Status(Code::kInvalidToken, "no NM token for " + node);
  ASSIGN_OR_RETURN(HostPort address, HostPort::Parse(node));
  return rpc::Channel(client, address, {attempt.ToString(), "", token->second}, {.timeout = kLaunchTimeout, .retries_max = 1});
}

void AppMaster::Wire::FillAsks(const JobBrain& brain, hadoop::yarn::AllocateRequestProto& request) {
  std::map<std::pair<int, std::string>, int> wanted;
  for (const ContainerAsk& ask : brain.Asks()) {
    if (ask.count == 0) continue;
    wanted[{ask.priority, kAnywhere}] = ask.count;
    int on_rack = 0;
    for (const auto& [host, count] : ask.by_host) {
      if (host == "localhost") continue;  // says nothing about a node
      wanted[{ask.priority, host}] = count;
      on_rack = std::max(on_rack, std::min(ask.count, on_rack + count));
    }
    if (on_rack > 0) wanted[{ask.priority, kRack}] = on_rack;
  }
  for (const auto& [key, count] : outstanding) {
    if (count > 0) wanted.try_emplace(key, 0);  // taken back
  }
  for (const auto& [key, count] : wanted) {
    auto known = outstanding.find(key);
    if (known != outstanding.end() && known->second == count) continue;
    auto* row = request.add_ask();
    row->mutable_priority()->set_priority(key.first);
    row->set_resource_name(key.second);
    *row->mutable_capability() = key.first == kReducePriority ? reduce_resource : map_resource;
    row->set_num_containers(count);
    row->set_relax_locality(true);
    outstanding[key] = count;
  }
}

void AppMaster::Wire::NoteGrant(const hadoop::yarn::ContainerProto& container) {
  int priority = container.priority().priority();
  for (const std::string& name : {std::string(kAnywhere), std::string(kRack), container.nodeid().host()}) {
    auto row = outstanding.find({priority, name});
    if (row != outstanding.end() && row->second > 0) --row->second;
  }
}

Task<Status> AppMaster::Heartbeat() {
  hadoop::yarn::AllocateRequestProto request;
  request.set_response_id(wire_->response_id);
  request.set_progress(static_cast<float>(0.5 * run_->brain.MapProgress() + 0.5 * run_->brain.ReduceProgress()));
  auto before = wire_->outstanding;
  wire_->FillAsks(run_->brain, request);
  for (const auto& id : wire_->releases) *request.add_release() = id;
  for (const std::string& node : run_->brain.avoided_nodes()) {
    if (wire_->avoided_told.insert(node).second) request.mutable_blacklist_request()->add_blacklist_additions(node.substr(0, node.rfind(':')));
  }
  hadoop::yarn::ApplicationMasterProtocolClient rm(wire_->SchedulerChannel(*rpc_));
  Result<hadoop::yarn::AllocateResponseProto> response = co_await rm.Allocate(request);
  if (!response.ok()) {
    wire_->outstanding = std::move(before);
    if (response.code() == Code::kApplicationMasterNotRegistered) {
      // The resource manager was restarted: everything is asked for again.
      wire_->outstanding.clear();
      wire_->response_id = 0;
      CO_RETURN_IF_ERROR(co_await Register());
      co_return Status::Ok();
    }
    co_return std::move(response).status();
  }
  wire_->response_id = response->response_id();
  wire_->releases.clear();
  TimePoint now = env_.clock.Now();
  if (response->has_am_rm_token()) wire_->am_rm_token = FromProto(response->am_rm_token());
  for (const auto& token : response->nm_tokens()) wire_->node_tokens[NodeName(token.nodeid())] = FromProto(token.token());
  if (response->has_limit()) run_->brain.SetMapFits(response->limit().memory() >= wire_->map_resource.memory());
  for (const auto& container : response->allocated_containers()) {
    wire_->NoteGrant(container);
    std::string name = ContainerName(container.id());
    wire_->containers[name] = container;
    LogInfo("appmaster", "granted {} on {}", name, NodeName(container.nodeid()));
    run_->brain.ContainerGranted(name, NodeName(container.nodeid()), container.nodeid().host(), container.priority().priority(), now);
  }
  for (const auto& status : response->completed_container_statuses()) {
    std::string name = ContainerName(status.container_id());
    LogInfo("appmaster", "{} ended with exit status {}", name, status.exit_status());
    run_->brain.ContainerEnded(name, status.exit_status(), status.diagnostics(), now);
    wire_->containers.erase(name);
  }
  for (const auto& node : response->updated_nodes()) {
    bool usable = node.node_state() == hadoop::yarn::NS_RUNNING || node.node_state() == hadoop::yarn::NS_NEW ||
                  node.node_state() == hadoop::yarn::NS_DECOMMISSIONING;
    if (!usable) run_->brain.NodeLost(NodeName(node.nodeid()), now);
  }
  co_return Status::Ok();
}

void AppMaster::PerformActions() {
  for (const Action& action : run_->brain.TakeActions()) {
    switch (action.kind) {
      case Action::Kind::kLaunch:
        scope_.Spawn(Launch(action.container, action.attempt));
        break;
      case Action::Kind::kRelease: {
        auto found = wire_->containers.find(action.container);
        if (found != wire_->containers.end()) wire_->releases.push_back(found->second.id());
        break;
      }
      case Action::Kind::kStop:
        scope_.Spawn(Stop(action.container));
        break;
    }
  }
  for (const JobBrain::Ended& ended : run_->brain.TakeEnded()) {
    client_->AttemptEnded(ended);
    if (ended.state == AttemptState::kFailed) {
      LogWarn("appmaster", "{} failed: {}", run_->brain.AttemptId(ended.key), ended.diagnostics);
    }
  }
}

Task<void> AppMaster::Launch(std::string container, AttemptKey key) {
  Status launched = co_await TryLaunch(container, key);
  if (!launched.ok()) {
    LogWarn("appmaster", "cannot launch {}: {}", container, launched.ToString());
    run_->brain.LaunchFailed(container, launched.ToString(), env_.clock.Now());
    auto found = wire_->containers.find(container);
    if (found != wire_->containers.end()) wire_->releases.push_back(found->second.id());
  }
  run_->wake.Set();
}

Task<Status> AppMaster::TryLaunch(std::string container, AttemptKey key) {
  auto found = wire_->containers.find(container);
  if (found == wire_->containers.end()) co_return Status::Ok();  // it has ended already
  std::string node = NodeName(found->second.nodeid());
  CO_ASSIGN_OR_RETURN(rpc::Channel channel, wire_->NodeChannel(*rpc_, node));
  LaunchPlan plan;
  plan.role = kTaskRole;
  plan.options = {kAppMasterOption + wire_->umbilical_address, kContainerOption + container};
  plan.credentials = task_credentials_;
  plan.shuffle_service_data = shuffle_service_data_;
  hadoop::yarn::StartContainersRequestProto request;
  auto* start = request.add_start_container_request();
  CO_ASSIGN_OR_RETURN(*start->mutable_container_launch_context(), MakeLaunchContext(setup_.job->configuration(), wire_->resources, plan));
  *start->mutable_container_token() = found->second.container_token();
  hadoop::yarn::ContainerManagementProtocolClient nm(channel);
  LogInfo("appmaster", "launching {} in {} on {}", run_->brain.AttemptId(key), container, node);
  CO_ASSIGN_OR_RETURN(hadoop::yarn::StartContainersResponseProto response, co_await nm.StartContainers(request));
  if (response.failed_requests_size() > 0) {
    const auto& failure = response.failed_requests(0).exception();
    co_return Status::FromJava(failure.class_name(), failure.message());
  }
  for (const auto& metadata : response.services_meta_data()) {
    if (metadata.key() != kShuffleServiceName || metadata.value().size() != 4) continue;
    uint32_t port = LoadBigEndian<uint32_t>(AsBytes(metadata.value()).data());
    run_->brain.ShufflePortOf(container, static_cast<uint16_t>(port));
  }
  co_return Status::Ok();
}

Task<void> AppMaster::Stop(std::string container) {
  auto found = wire_->containers.find(container);
  if (found == wire_->containers.end()) co_return;
  hadoop::yarn::StopContainersRequestProto request;
  *request.add_container_id() = found->second.id();
  Result<rpc::Channel> channel = wire_->NodeChannel(*rpc_, NodeName(found->second.nodeid()));
  if (!channel.ok()) co_return;
  hadoop::yarn::ContainerManagementProtocolClient nm(*channel);
  auto stopped = co_await nm.StopContainers(request);
  if (!stopped.ok()) LogInfo("appmaster", "stopping {}: {}", container, stopped.status().ToString());
}

}  // namespace tusk::mapreduce
