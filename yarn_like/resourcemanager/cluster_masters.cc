// Cluster: what application masters ask: register, allocate, finish (yarn-wire §6).
#include <fmt/format.h>

#include <algorithm>

#include "base/log/log.h"
#include "yarn_like/resourcemanager/cluster.h"

namespace tusk::yarn {
namespace {

constexpr std::string_view kLog = "resourcemanager";
constexpr int32_t kResponseIdMask = 0x7fffffff;

Status NoSuchAttempt(const ApplicationAttemptId& id) {
  return {Code::kApplicationAttemptNotFound,
          fmt::format("Application attempt {} doesn't exist in ApplicationMasterService cache.", id.ToString())};
}

}  // namespace

Result<const Attempt*> Cluster::RegisterMaster(const ApplicationAttemptId& id, std::string host, int32_t rpc_port,
                                               std::string tracking_url, Now now) {
  Attempt* attempt = FindAttempt(id);
  if (attempt == nullptr || IsOver(attempt->state)) return NoSuchAttempt(id);
  if (attempt->session.registered) {
    return Status(Code::kInvalidApplicationMasterRequest,
                  fmt::format("Application Master is already registered : {}", id.application.ToString()));
  }
  Application* application = FindMutable(id.application);
  attempt->session.registered = true;
  attempt->session.response_id = 0;
  attempt->host = std::move(host);
  attempt->rpc_port = rpc_port;
  if (!tracking_url.empty()) attempt->original_tracking_url = std::move(tracking_url);
  attempt->last_contact = now.time;
  attempt->state = AttemptState::kRunning;
  const auto own = attempt->containers.find(attempt->am_container);
  if (own != attempt->containers.end()) own->second.state = LiveContainer::State::kRunning;
  // The answer carries what earlier attempts left, with the tokens for its nodes.
  attempt->session.inherited.clear();
  for (const auto& [container, live] : attempt->containers) {
    if (container.attempt != id) attempt->session.nodes_with_token.insert(live.grant.node);
  }
  application->state = AppState::kRunning;
  if (application->launch_wall_ms == 0) application->launch_wall_ms = now.wall_ms;
  LogInfo(kLog, "AM registration {}", id.ToString());
  return static_cast<const Attempt*>(attempt);
}

Result<AllocateResult> Cluster::Allocate(const ApplicationAttemptId& id, AllocateCall call, Now now) {
  Attempt* attempt = FindAttempt(id);
  if (attempt == nullptr || IsOver(attempt->state)) return NoSuchAttempt(id);
  Application* application = FindMutable(id.application);
  MasterSession& session = attempt->session;
  attempt->last_contact = now.time;
  if (!session.registered) {
    return Status(Code::kApplicationMasterNotRegistered,
                  fmt::format("AM is not registered for known application attempt: {} or RM had restarted after AM "
                              "registered.  AM should re-register.",
                              id.ToString()));
  }
  AllocateResult result;
  if (((call.response_id + 1) & kResponseIdMask) == session.response_id) {
    result.duplicate = true;
    return result;
  }
  if (call.response_id != session.response_id) {
    return Status(Code::kInvalidApplicationMasterRequest,
                  fmt::format("Invalid responseId in AllocateRequest from application attempt: {} expect responseId to "
                              "be {} but get {}",
                              id.ToString(), session.response_id, call.response_id));
  }
  for (Ask& ask : call.asks) RETURN_IF_ERROR(scheduler_.Normalize(&ask, config_.types));
  for (const ContainerId& release : call.releases) {
    if (release.attempt.application != id.application) {
      return Status(Code::kInvalidContainerRelease,
                    fmt::format("Cannot release container : {} not belonging to this application attempt : {}",
                                release.ToString(), id.ToString()));
    }
  }
  session.response_id = (call.response_id + 1) & kResponseIdMask;
  result.response_id = session.response_id;
  if (session.unregistered) return result;
  // Written so that what is not a number reads as 0.
  attempt->progress = call.progress >= 0 ? std::min(call.progress, 1.0f) : 0.0f;
  if (!call.tracking_url.empty()) attempt->original_tracking_url = std::move(call.tracking_url);

  // The master has what the last reply carried: the nodes may forget it.
  for (auto& [node_id, containers] : session.delivered) {
    if (NodeRecord* node = nodes_.Find(node_id); node != nullptr && node->usable()) {
      node->containers_to_remove.insert(containers.begin(), containers.end());
    }
  }
  session.delivered.clear();

  for (const ContainerId& release : call.releases) {
    const auto live = attempt->containers.find(release);
    if (live == attempt->containers.end() || release == attempt->am_container) continue;
    std::erase_if(session.updates, [&](const ContainerUpdate& update) { return update.container == release; });
    if (NodeRecord* node = nodes_.Find(live->second.grant.node)) node->containers_to_cleanup.insert(release);
    ContainerReport report;
    report.container = release;
    report.complete = true;
    report.exit_status = kExitAborted;
    report.diagnostics = "Container released by application";
    EndContainer(*application, *attempt, report, now);
  }
  TakeUpdates(*attempt, call.updates, &result);
  if (!call.asks.empty() || !call.blacklist_additions.empty() || !call.blacklist_removals.empty()) {
    Schedule(AsksChanged{id, std::move(call.asks), std::move(call.blacklist_additions),
                         std::move(call.blacklist_removals)},
             now);
  }
  for (const ContainerId& container : session.granted) {
    LiveContainer& live = attempt->containers[container];
    live.state = LiveContainer::State::kAcquired;
    live.acquired = now.time;
    if (session.nodes_with_token.insert(live.grant.node).second) result.token_nodes.push_back(live.grant.node);
    result.granted.push_back(live);
  }
  session.granted.clear();
  for (EndedContainer& ended : session.completed) {
    session.delivered[ended.node].push_back(ended.report.container);
    result.completed.push_back(std::move(ended.report));
  }
  session.completed.clear();
  ApplyUpdates(*attempt, &result, now);
  for (const ContainerId& container : session.inherited) {
    const auto live = attempt->containers.find(container);
    if (live == attempt->containers.end()) continue;
    result.inherited.push_back(live->second);
    if (session.nodes_with_token.insert(live->second.grant.node).second) {
      result.token_nodes.push_back(live->second.grant.node);
    }
  }
  session.inherited.clear();
  result.updated_nodes.assign(session.updated_nodes.begin(), session.updated_nodes.end());
  session.updated_nodes.clear();
  result.headroom = scheduler_.Headroom();
  return result;
}

// Why an update is refused, in Hadoop's words; nothing where it is not. Puts its size in order.
std::string Cluster::Refusal(const Attempt& attempt, const LiveContainer& live, ContainerUpdate* update) const {
  if (live.version != update->version) return "INCORRECT_CONTAINER_VERSION_ERROR";
  const auto& waiting = attempt.session.updates;
  const bool waits = std::any_of(waiting.begin(), waiting.end(),
                                 [&](const ContainerUpdate& other) { return other.container == update->container; });
  if (waits) return "UPDATE_OUTSTANDING_ERROR";
  if (update->type == UpdateType::kPromote || update->type == UpdateType::kDemote) return "";
  Ask ask;
  ask.capability = update->capability;
  if (!scheduler_.Normalize(&ask, config_.types).ok()) return "RESOURCE_OUTSIDE_ALLOWED_RANGE";
  const Resource& has = live.grant.resource;
  const bool increases = update->type == UpdateType::kIncrease;
  if (!(increases ? has.FitsIn(ask.capability) : ask.capability.FitsIn(has))) return "INVALID_CONTAINER_RESOURCE";
  update->capability = ask.capability;
  return "";
}

void Cluster::TakeUpdates(Attempt& attempt, const std::vector<ContainerUpdate>& updates, AllocateResult* result) {
  for (const ContainerUpdate& asked : updates) {
    ContainerUpdate update = asked;
    const auto at = attempt.containers.find(update.container);
    const bool known = at != attempt.containers.end() && at->second.state != LiveContainer::State::kAllocated;
    std::string reason = known ? Refusal(attempt, at->second, &update) : "INVALID_CONTAINER_ID";
    if (reason.empty()) {
      attempt.session.updates.push_back(update);
    } else {
      result->update_errors.push_back({std::move(reason), asked, known ? at->second.version : -1});
    }
  }
}

void Cluster::ApplyUpdates(Attempt& attempt, AllocateResult* result, Now now) {
  std::vector<ContainerUpdate> waiting;
  std::vector<ContainerUpdate> asked = std::move(attempt.session.updates);
  attempt.session.updates.clear();
  for (ContainerUpdate& update : asked) {
    const auto at = attempt.containers.find(update.container);
    if (at == attempt.containers.end()) continue;
    if (update.type == UpdateType::kIncrease && !scheduler_.MayGrow(update.container, update.capability)) {
      waiting.push_back(std::move(update));
      continue;
    }
    Grant& grant = at->second.grant;
    if (update.type == UpdateType::kPromote || update.type == UpdateType::kDemote) {
      // An opportunistic container keeps its share of the node here, so that nothing waits for a promotion.
      const auto wanted = update.type == UpdateType::kPromote ? ExecutionType::kGuaranteed : ExecutionType::kOpportunistic;
      if (grant.execution == wanted) continue;  // Hadoop has no answer to it either
      grant.execution = wanted;
    } else {
      grant.resource = update.capability;
      Schedule(ContainerResized{update.container, update.capability}, now);
    }
    ++at->second.version;
    result->updated.emplace_back(update, at->second);
  }
  attempt.session.updates = std::move(waiting);
}

void Cluster::NmKeyChanged() {
  for (auto& [id, application] : applications_) {
    if (Attempt* attempt = application.current()) attempt->session.nodes_with_token.clear();
  }
}

Result<bool> Cluster::FinishMaster(const ApplicationAttemptId& id, FinalStatus status, std::string diagnostics,
                                   std::string tracking_url, Now now) {
  Attempt* attempt = FindAttempt(id);
  if (attempt == nullptr) return NoSuchAttempt(id);
  MasterSession& session = attempt->session;
  if (session.unregistered) return true;
  if (IsOver(attempt->state)) return NoSuchAttempt(id);
  attempt->last_contact = now.time;
  if (!session.registered) {
    return Status(Code::kApplicationMasterNotRegistered,
                  fmt::format("Application Master is trying to unregister before registering for: {}",
                              id.application.ToString()));
  }
  Application* application = FindMutable(id.application);
  session.unregistered = true;
  attempt->final_status = status;
  diagnostics = BoundedDiagnostics(std::move(diagnostics));
  attempt->diagnostics = diagnostics;
  attempt->progress = 1.0f;
  if (!tracking_url.empty()) attempt->original_tracking_url = std::move(tracking_url);
  application->diagnostics = std::move(diagnostics);
  application->final_status = status;
  application->finish_wall_ms = now.wall_ms;
  if (application->submission.unmanaged) {
    EndAttempt(*application, *attempt, AttemptState::kFinished, now);
    EndApplication(*application, AppState::kFinished, status, now);
    return true;
  }
  attempt->state = AttemptState::kFinishing;
  application->state = AppState::kFinishing;
  NoteChanged(*application);
  return true;
}

}  // namespace tusk::yarn
