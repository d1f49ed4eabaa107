// Registration, heartbeats and their answers.
#include "yarn_like/nodemanager/rpc/resource_tracker_client.h"

#include <algorithm>
#include <sstream>

#include "base/log/log.h"
#include "yarn_like/nodemanager/container/process_tree.h"
#include "yarn_like/nodemanager/rpc/launch_messages.h"
#include "yarn_like/proto/ResourceTracker.rpc.h"

namespace tusk::yarn {

// The part of an answer that others carry out.
struct HeartbeatOrders {
  const hadoop::yarn::NodeHeartbeatResponseProto& response;
};

namespace {

namespace pb = hadoop::yarn;
constexpr Duration kRetryPause = std::chrono::seconds(1);
// Containers that end together are told together.
constexpr Duration kGatherPause = std::chrono::milliseconds(20);

MasterKey KeyFromProto(const pb::MasterKeyProto& proto) { return {proto.key_id(), proto.bytes()}; }
void ToProto(const MasterKey& key, pb::MasterKeyProto* proto) {
  proto->set_key_id(key.id);
  proto->set_bytes(key.secret);
}

rpc::CallOptions OneTry(Duration timeout) {
  rpc::CallOptions options;
  options.timeout = timeout;
  options.retries_max = 0;
  return options;
}

void FillHealth(const HealthReport& report, int64_t wall_ms, pb::NodeHealthStatusProto* health) {
  health->set_is_node_healthy(report.healthy);
  health->set_health_report(report.text);
  health->set_last_health_report_time(wall_ms);
}

// What the machine as a whole uses, from /proc/meminfo.
int32_t UsedMemoryMb(Disk& disk) {
  std::istringstream lines(ReadKernelFile(disk, "/proc/meminfo").value_or(""));
  int64_t total = 0, available = 0;
  for (std::string name; lines >> name;) {
    if (name == "MemTotal:") lines >> total;
    if (name == "MemAvailable:") lines >> available;
  }
  return static_cast<int32_t>((total - available) / 1024);
}

}  // namespace

ResourceTrackerClient::ResourceTrackerClient(Env env, rpc::Client& client, TokenGate& gate, ContainerHost& host,
                                             Applications& applications, ContainerManagerService& service)
    : env_(env), client_(client), gate_(gate), host_(host), applications_(applications), service_(service),
      wake_(env.loop), scope_(env.loop) {}

void ResourceTrackerClient::Start(TrackerFacts facts, std::function<void(std::string)> on_shutdown) {
  facts_ = std::move(facts);
  on_shutdown_ = std::move(on_shutdown);
  scope_.Spawn(Run());
}

Task<void> ResourceTrackerClient::Stop(bool unregister) {
  scope_.Cancel();
  wake_.Set();
  co_await scope_.Join();
  if (!registered_ || !unregister) co_return;
  pb::UnRegisterNodeManagerRequestProto request;
  ToProto(facts_.node, request.mutable_node_id());
  pb::ResourceTrackerClient tracker(rpc::Channel(client_, facts_.tracker, {.user = facts_.user}));
  auto answer = co_await tracker.UnRegisterNodeManager(request, OneTry(1s));
  if (!answer.ok()) LogInfo("tracker", "not unregistered: {}", answer.status().ToString());
  registered_ = false;
}

void ResourceTrackerClient::NoteDone(const ContainerId& id) {
  to_report_.insert(id);
  wake_.Set();
}

void ResourceTrackerClient::NoteApplicationGone(const ApplicationId& id) {
  gate_.ForgetApplication(id);
  std::vector<ContainerId> done;
  for (const auto& [container_id, container] : host_.containers()) {
    if (container_id.attempt.application == id && !to_report_.contains(container_id)) done.push_back(container_id);
  }
  for (const auto& container_id : done) {
    host_.Forget(container_id);
    service_.NoteForgotten(container_id);
  }
}

Task<void> ResourceTrackerClient::Run() {
  while (!scope_.cancelled() && !refused_) {
    Status status = registered_ ? co_await Beat() : co_await Register();
    Duration pause = interval_;
    if (!status.ok()) {
      LogWarn("tracker", "{}: {}", facts_.tracker.ToString(), status.ToString());
      pause = kRetryPause;
    }
    if (refused_) co_return;
    wake_.Reset();
    bool now = status.ok() && !to_report_.empty();
    Status woken = co_await wake_.Wait(env_.clock.Now() + (now ? kGatherPause : pause), scope_.token());
    if (woken.ok() && !scope_.cancelled()) {  // something ended: gather, then tell
      Status gathered = co_await SleepFor(env_.loop, kGatherPause, scope_.token());
      if (!gathered.ok()) co_return;
    }
  }
}

Task<Status> ResourceTrackerClient::Register() {
  pb::RegisterNodeManagerRequestProto request;
  ToProto(facts_.node, request.mutable_node_id());
  request.set_http_port(facts_.http_port);
  ToProto(facts_.resource, gate_.types(), request.mutable_resource());
  request.set_nm_version("3.4.2");
  for (const auto& [id, container] : host_.containers()) ToProto(*container, gate_.types(), request.add_container_statuses());
  for (const auto& [id, application] : applications_.all()) ToProto(id, request.add_runningapplications());
  ToProto(facts_.resource, gate_.types(), request.mutable_physicalresource());
  auto* status = request.mutable_nodestatus();
  ToProto(facts_.node, status->mutable_node_id());
  status->set_response_id(0);
  FillHealth(health_, health_wall_ms_, status->mutable_nodehealthstatus());
  pb::ResourceTrackerClient tracker(rpc::Channel(client_, facts_.tracker, {.user = facts_.user}));
  CO_ASSIGN_OR_RETURN(auto answer, co_await tracker.RegisterNodeManager(request, OneTry(10s)));
  if (answer.nodeaction() == pb::SHUTDOWN) {
    refused_ = true;
    if (on_shutdown_) on_shutdown_(answer.diagnostics_message());
    co_return Status(Code::kYarn, "Recieved SHUTDOWN signal from Resourcemanager, Registration of NodeManager failed, Message from ResourceManager: " +
                                      answer.diagnostics_message());
  }
  if (answer.has_container_token_master_key()) gate_.AcceptContainerKey(KeyFromProto(answer.container_token_master_key()));
  if (answer.has_nm_token_master_key()) gate_.AcceptNmKey(KeyFromProto(answer.nm_token_master_key()));
  gate_.SetResourceManager(answer.rm_identifier());
  response_id_ = 0;
  registered_ = true;
  interval_ = kGatherPause;  // the first heartbeat at once
  service_.SetReady(true);
  LogInfo("tracker", "registered as {} with {}, resource manager {} of version {}", facts_.node.ToString(),
          facts_.tracker.ToString(), answer.rm_identifier(), answer.rm_version());
  co_return Status::Ok();
}

Task<Status> ResourceTrackerClient::Beat() {
  pb::NodeHeartbeatRequestProto request;
  auto* status = request.mutable_node_status();
  ToProto(facts_.node, status->mutable_node_id());
  status->set_response_id(response_id_);
  std::vector<ContainerId> sent;
  TreeUsage usage;
  for (const auto& [id, container] : host_.containers()) {
    bool done = container->machine.done();
    if (done && !to_report_.contains(id)) continue;
    if (done) sent.push_back(id);
    ToProto(*container, gate_.types(), facts_.node.host, facts_.node_ip, status->add_containersstatuses());
    if (!done) usage.resident_bytes += container->resident_bytes;
    if (!done) usage.virtual_bytes += container->virtual_bytes;
  }
  FillHealth(health_, health_wall_ms_, status->mutable_nodehealthstatus());
  status->mutable_containers_utilization()->set_pmem(static_cast<int32_t>(usage.resident_bytes >> 20));
  status->mutable_containers_utilization()->set_vmem(static_cast<int32_t>(usage.virtual_bytes >> 20));
  status->mutable_containers_utilization()->set_cpu(0);
  for (const auto& id : service_.TakeIncreased()) {
    const Container* container = host_.Find(id);
    if (container == nullptr) continue;
    auto* increased = status->add_increased_containers();
    ToProto(id, increased->mutable_id());
    ToProto(container->grant.resource, gate_.types(), increased->mutable_resource());
    increased->set_version(container->grant.version);
  }
  status->mutable_node_utilization()->set_pmem(UsedMemoryMb(env_.disk));
  status->mutable_node_utilization()->set_vmem(UsedMemoryMb(env_.disk));
  status->mutable_node_utilization()->set_cpu(0);
  if (gate_.container_key()) ToProto(*gate_.container_key(), request.mutable_last_known_container_token_master_key());
  if (gate_.nm_key()) ToProto(*gate_.nm_key(), request.mutable_last_known_nm_token_master_key());
  request.set_tokensequenceno(token_sequence_);
  if (take_log_reports_) {
    for (auto& report : take_log_reports_()) log_reports_.push_back(std::move(report));
  }
  for (const auto& report : log_reports_) {
    auto* told = request.add_log_aggregation_reports_for_apps();
    ToProto(report.application, told->mutable_application_id());
    told->set_log_aggregation_status(static_cast<pb::LogAggregationStatusProto>(report.status));
    told->set_diagnostics(report.diagnostics);
  }
  pb::ResourceTrackerClient tracker(rpc::Channel(client_, facts_.tracker, {.user = facts_.user}));
  CO_ASSIGN_OR_RETURN(auto answer, co_await tracker.NodeHeartbeat(request, OneTry(20s)));
  if (answer.nodeaction() == pb::SHUTDOWN) {
    refused_ = true;
    service_.SetReady(false);
    if (on_shutdown_) on_shutdown_(answer.diagnostics_message());
    co_return Status::Ok();
  }
  if (answer.nodeaction() == pb::RESYNC) {
    LogWarn("tracker", "asked to register again: {}", answer.diagnostics_message());
    registered_ = false;
    to_report_.clear();  // the registration tells all
    interval_ = kGatherPause;
    co_return Status::Ok();
  }
  response_id_ = answer.response_id();
  token_sequence_ = answer.tokensequenceno();
  last_heartbeat_wall_ms_ = env_.clock.WallMillis();
  interval_ = answer.nextheartbeatinterval() > 0 ? Millis(answer.nextheartbeatinterval()) : Duration(1s);
  log_reports_.clear();
  ForgetReported(sent);
  Obey(HeartbeatOrders{answer});
  co_return Status::Ok();
}

void ResourceTrackerClient::ForgetReported(const std::vector<ContainerId>& sent) {
  for (const auto& id : sent) {
    to_report_.erase(id);
    if (applications_.Find(id.attempt.application) != nullptr) continue;
    host_.Forget(id);
    service_.NoteForgotten(id);
  }
}

void ResourceTrackerClient::Obey(const HeartbeatOrders& orders) {
  const auto& answer = orders.response;
  if (answer.has_container_token_master_key()) gate_.AcceptContainerKey(KeyFromProto(answer.container_token_master_key()));
  if (answer.has_nm_token_master_key()) gate_.AcceptNmKey(KeyFromProto(answer.nm_token_master_key()));
  for (const auto& proto : answer.containers_to_be_removed_from_nm()) {
    ContainerId id = FromProto(proto);
    if (to_report_.contains(id)) continue;
    host_.Forget(id);
    service_.NoteForgotten(id);
  }
  for (const auto& proto : answer.containers_to_cleanup()) {
    host_.Stop(FromProto(proto), kExitKilledByResourceManager, "Container Killed by ResourceManager");
  }
  for (const auto& change : answer.containers_to_update()) {  // made smaller: those come with no token
    Container* container = host_.Find(FromProto(change.id()));
    if (container == nullptr || !change.has_resource()) continue;
    ContainerTokenIdentifier grant = container->grant;
    grant.resource = FromProto(change.resource(), gate_.types());
    grant.version = change.version();
    Status changed = host_.ChangeGrant(grant.container, grant, gate_.types());
    if (!changed.ok()) LogWarn("tracker", "{}", changed.ToString());
  }
  for (const auto& proto : answer.applications_to_cleanup()) applications_.Finish(FromProto(proto));
  for (const auto& proto : answer.containers_to_signal()) {
    host_.Signal(FromProto(proto.container_id()), SignalOf(proto.command()));
  }
}

}  // namespace tusk::yarn
