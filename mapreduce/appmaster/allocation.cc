// Containers: asking the resource manager for them, starting and stopping them on the node managers.
#include "base/log/log.h"
#include "mapreduce/appmaster/app_master_wire.h"
#include "mapreduce/client/job_files.h"
#include "mapreduce/client/launch_context.h"
#include "mapreduce/shuffle/shuffle_wire.h"

namespace tusk::mapreduce {

Task<Status> AppMaster::Heartbeat() {
  std::vector<yarn::ContainersWanted> wanted;
  for (ContainerAsk& ask : run_->brain.Asks()) {
    const auto& capability = ask.priority == kReducePriority ? wire_->reduce_resource : wire_->map_resource;
    wanted.push_back({ask.priority, capability, ask.count, std::move(ask.by_host)});
  }
  std::set<std::string> avoided;
  for (const std::string& node : run_->brain.avoided_nodes()) avoided.insert(node.substr(0, node.rfind(':')));
  wire_->yarn->SetAvoided(std::move(avoided));
  const double progress = 0.5 * run_->brain.MapProgress() + 0.5 * run_->brain.ReduceProgress();
  CO_ASSIGN_OR_RETURN(const yarn::AppMasterClient::Answer answer, co_await wire_->yarn->Allocate(std::move(wanted), progress));
  const TimePoint now = env_.clock.Now();
  const yarn::AppMasterClient::Headroom& headroom = wire_->yarn->headroom();
  run_->brain.SetClusterNodes(headroom.nodes);
  if (headroom.known) run_->brain.SetMapFits(headroom.memory_mb >= wire_->map_resource.memory());
  for (const yarn::AppMasterClient::Granted& granted : answer.granted) {
    LogInfo("appmaster", "granted {} on {}", granted.id, granted.node);
    run_->brain.ContainerGranted(granted.id, granted.node, granted.host, granted.priority, now);
  }
  for (const yarn::AppMasterClient::Ended& ended : answer.ended) {
    LogInfo("appmaster", "{} ended with exit status {}", ended.id, ended.exit_status);
    run_->brain.ContainerEnded(ended.id, ended.exit_status, ended.diagnostics, now);
  }
  for (const std::string& node : answer.lost_nodes) run_->brain.NodeLost(node, now);
  co_return Status::Ok();
}

void AppMaster::PerformActions() {
  for (const Action& action : run_->brain.TakeActions()) {
    switch (action.kind) {
      case Action::Kind::kLaunch:
        scope_.Spawn(Launch(action.container, action.attempt));
        break;
      case Action::Kind::kRelease:
        wire_->yarn->Release(action.container);
        break;
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
    wire_->yarn->Release(container);
  }
  run_->wake.Set();
}

Task<Status> AppMaster::TryLaunch(std::string container, AttemptKey key) {
  LaunchPlan plan;
  plan.role = kTaskRole;
  plan.options = {kAppMasterOption + wire_->umbilical_address, kContainerOption + container};
  plan.credentials = task_credentials_;
  plan.shuffle_service_data = shuffle_service_data_;
  CO_ASSIGN_OR_RETURN(hadoop::yarn::ContainerLaunchContextProto context, MakeLaunchContext(setup_.job->configuration(), wire_->resources, plan));
  LogInfo("appmaster", "launching {} in {}", run_->brain.AttemptId(key), container);
  CO_ASSIGN_OR_RETURN(const yarn::AppMasterClient::ServiceAnswers services, co_await wire_->yarn->Launch(container, std::move(context)));
  const auto shuffle = services.find(kShuffleServiceName);
  if (shuffle != services.end() && shuffle->second.size() == sizeof(uint32_t)) {
    run_->brain.ShufflePortOf(container, static_cast<uint16_t>(LoadBigEndian<uint32_t>(AsBytes(shuffle->second).data())));
  }
  co_return Status::Ok();
}

Task<void> AppMaster::Stop(std::string container) {
  const Status stopped = co_await wire_->yarn->Stop(container);
  if (!stopped.ok()) LogInfo("appmaster", "stopping {}: {}", container, stopped.ToString());
}

}  // namespace tusk::mapreduce
