// Cluster: why an application does not get on. What the scheduler says of its asks, and what it cannot know: nodes that
// are there but of no use, masters on their way, containers that are held for others of their gang.
#include <fmt/format.h>

#include "yarn_like/resourcemanager/cluster.h"

namespace tusk::yarn {
namespace {

// A master that launches what it gets does so at once: what is older is held back.
constexpr auto kHeldAfter = std::chrono::seconds(2);

int64_t HeldContainers(const Attempt& attempt, TimePoint now) {
  int64_t held = 0;
  for (const auto& [id, live] : attempt.containers) {
    if (live.grant.is_am || live.state != LiveContainer::State::kAcquired) continue;
    if (now - live.acquired >= kHeldAfter) ++held;
  }
  return held;
}

}  // namespace

// "2 unhealthy (1/1 local-dirs are bad), 1 lost"; empty where no node is known.
std::string Cluster::UnusableNodes() const {
  std::string text;
  for (const NodeState state : {NodeState::kUnhealthy, NodeState::kLost, NodeState::kDecommissioned, NodeState::kShutdown,
                                NodeState::kRebooted}) {
    const int64_t count = nodes_.Count(state);
    if (count == 0) continue;
    std::string name(NameOf(state));
    for (char& c : name) c = static_cast<char>(c - 'A' + 'a');
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name);
    if (state != NodeState::kUnhealthy) continue;
    for (const auto& [id, node] : nodes_.all()) {
      if (node.state != state || node.health_report.empty()) continue;
      text += fmt::format(" ({}: {})", id.ToString(), node.health_report.substr(0, 200));
      break;
    }
  }
  return text;
}

std::vector<WaitReason> Cluster::WhyWaiting(const Application& application, Now now, size_t asks_max) const {
  const Attempt* attempt = application.current();
  if (IsOver(application.state) || attempt == nullptr) return {};
  std::vector<WaitReason> reasons = scheduler_.WhyWaiting(attempt->id, config_.types, now.time, asks_max);
  if (reasons.empty()) {
    WaitReason reason;
    reason.is_am = true;
    reason.waiting = now.time - attempt->last_contact;
    if (attempt->state == AttemptState::kAllocated) {
      reason.cause = WaitCause::kMasterLaunching;
      reason.sentence = "The application master is being launched.";
    } else if (attempt->state == AttemptState::kLaunched) {
      reason.cause = WaitCause::kMasterRegistering;
      reason.sentence = "The application master is launched, waiting for it to register.";
    } else {
      return reasons;
    }
    reasons.push_back(std::move(reason));
    return reasons;
  }
  const std::string unusable = reasons.front().cause == WaitCause::kNoNodes ? UnusableNodes() : "";
  const int64_t held = HeldContainers(*attempt, now.time);
  for (WaitReason& reason : reasons) {
    if (reason.cause == WaitCause::kNoNodes && !unusable.empty()) {
      reason.cause = WaitCause::kNodesUnusable;
      reason.sentence.pop_back();
      reason.sentence += fmt::format(": {}.", unusable);
    }
    if (held == 0 || reason.is_am) continue;
    reason.sentence.pop_back();
    reason.sentence += fmt::format("; {} container(s) that it has been granted wait for these.", held);
    if (reason.cause == WaitCause::kFull) reason.cause = WaitCause::kGang;
  }
  return reasons;
}

std::string Cluster::WhyWaiting(const Application& application, Now now) const {
  const auto reasons = WhyWaiting(application, now, 1);
  return reasons.empty() ? "" : reasons.front().sentence;
}

}  // namespace tusk::yarn
