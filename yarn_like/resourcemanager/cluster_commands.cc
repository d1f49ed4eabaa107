// Cluster: what users and administrators change while applications run: failing an attempt, priorities, lifetimes,
// signals; nodes that may not take part any more, nodes that get another size.
#include <fmt/format.h>

#include <algorithm>

#include "base/log/log.h"
#include "yarn_like/resourcemanager/cluster.h"

namespace tusk::yarn {
namespace {

constexpr std::string_view kLog = "resourcemanager";
constexpr size_t kSignalsMax = 1000;  // waiting for one node

}  // namespace

Status Cluster::FailAttemptByUser(const ApplicationAttemptId& id, Now now) {
  Application* application = FindMutable(id.application);
  Attempt* attempt = FindAttempt(id);
  if (attempt == nullptr) {
    return {Code::kApplicationAttemptNotFound,
            fmt::format("ApplicationAttempt with id '{}' doesn't exist in RM.", id.ToString())};
  }
  if (IsOver(attempt->state) || attempt->state == AttemptState::kFinishing) return Status::Ok();
  FailAttempt(*application, *attempt, "Attempt failed by user.", /*counts=*/true, now);
  return Status::Ok();
}

Result<int32_t> Cluster::SetPriority(const ApplicationId& id, int32_t priority, Now now) {
  Application* application = FindMutable(id);
  if (application == nullptr) {
    return Status(Code::kApplicationNotFound, fmt::format("Trying to update priority of an absent application {}",
                                                          id.ToString()));
  }
  if (IsOver(application->state) || application->state == AppState::kFinishing) {
    return Status(Code::kYarn, fmt::format("Application in {} state cannot update priority.",
                                           NameOf(application->state)));
  }
  application->submission.priority = std::clamp(priority, 0, config_.priority_max);
  if (const Attempt* attempt = application->current()) {
    Schedule(AttemptReprioritized{attempt->id, application->submission.priority}, now);
  }
  NoteChanged(*application);
  return application->submission.priority;
}

Status Cluster::SetExpiry(const ApplicationId& id, int64_t expiry_wall_ms, Now now) {
  Application* application = FindMutable(id);
  if (application == nullptr) {
    return {Code::kApplicationNotFound, fmt::format("Application with id '{}' doesn't exist in RM.", id.ToString())};
  }
  if (IsOver(application->state) || application->state == AppState::kFinishing) {
    return {Code::kYarn, fmt::format("Application in {} state cannot update timeout.", NameOf(application->state))};
  }
  if (expiry_wall_ms < now.wall_ms) {
    return {Code::kYarn, fmt::format("Expire time is less than current time, application timeout cannot be updated for "
                                     "{}",
                                     id.ToString())};
  }
  Submission& submission = application->submission;
  submission.lifetime_s = std::max<int64_t>(1, (expiry_wall_ms - submission.submit_wall_ms + 999) / 1000);
  NoteChanged(*application);
  return Status::Ok();
}

Status Cluster::SignalContainer(const ContainerId& id, int32_t command) {
  const Attempt* owner = OwnerOf(id);
  NodeRecord* node = owner == nullptr ? nullptr : nodes_.Find(owner->containers.at(id).grant.node);
  if (node == nullptr || !node->usable() || node->containers_to_signal.size() >= kSignalsMax) {
    return {Code::kYarn, fmt::format("Trying to signal an absent container {}", id.ToString())};
  }
  node->containers_to_signal.emplace_back(id, command);
  return Status::Ok();
}

void Cluster::SetAdmission(NodeAdmission admission, bool graceful, Duration timeout, Now now) {
  admission_ = std::move(admission);
  std::vector<NodeId> leaving;
  for (auto& [id, listed] : nodes_.all()) {
    NodeRecord* node = nodes_.Find(id);
    const bool allowed = admission_.Allows(*node);
    if (allowed && node->state == NodeState::kDecommissioning) {
      node->state = NodeState::kRunning;
      node->leaves_by = kNever;
      node->leaves_in_s = -1;
      Schedule(NodeDrained{id, false}, now);
    } else if (allowed && node->state == NodeState::kDecommissioned) {
      node->state = NodeState::kShutdown;  // it may come back
    } else if (!allowed && (node->usable() || node->state == NodeState::kUnhealthy)) {
      if (graceful && node->usable()) {
        node->state = NodeState::kDecommissioning;
        node->leaves_by = timeout == Duration::max() ? kNever : now.time + timeout;
        node->leaves_in_s = timeout == Duration::max() ? -1 : static_cast<int32_t>(ToMillis(timeout) / 1000);
        Schedule(NodeDrained{id, true}, now);
        AnnounceNode(id);
      } else {
        leaving.push_back(id);
      }
    }
  }
  for (const NodeId& id : leaving) {
    if (NodeRecord* node = nodes_.Find(id)) LoseNode(*node, NodeState::kDecommissioned, now);
  }
  FinishDecommissioning(now);
}

void Cluster::FinishDecommissioning(Now now) {
  if (nodes_.Count(NodeState::kDecommissioning) == 0) return;
  std::vector<NodeId> done;
  for (const auto& [id, node] : nodes_.all()) {
    if (node.state != NodeState::kDecommissioning) continue;
    const SchedulerNode* scheduled = scheduler_.FindNode(id);
    // Outputs of maps live on it, so it stays while an application that used it runs.
    const bool used = std::any_of(applications_.begin(), applications_.end(), [&](const auto& entry) {
      if (IsOver(entry.second.state)) return false;
      const Attempt* attempt = entry.second.current();
      return attempt != nullptr && attempt->nodes.contains(id);
    });
    const bool idle = (scheduled == nullptr || scheduled->containers.empty()) && !used;
    if (idle || now.time >= node.leaves_by) done.push_back(id);
  }
  for (const NodeId& id : done) {
    if (NodeRecord* node = nodes_.Find(id)) LoseNode(*node, NodeState::kDecommissioned, now);
  }
}

void Cluster::SetMasterShare(double share, Now now) {
  scheduler_.SetMasterShare(share);
  Schedule(TimePassed{}, now);
}

Status Cluster::ResizeNode(const NodeId& id, const Resource& total, Now now) {
  NodeRecord* node = nodes_.Find(id);
  if (node == nullptr || !node->usable()) {
    return {Code::kYarn, fmt::format("Resource update get failed on all nodes due to change resource on an unrecognized "
                                     "node: {}",
                                     id.ToString())};
  }
  if (total.AnyNegative()) {
    return {Code::kYarn, fmt::format("{}: a node cannot have {}", id.ToString(), config_.types.Format(total))};
  }
  node->total = total;
  node->resized = true;
  LogInfo(kLog, "node {} has now {}", id.ToString(), config_.types.Format(total));
  Schedule(NodeResized{id, total}, now);
  return Status::Ok();
}

}  // namespace tusk::yarn
