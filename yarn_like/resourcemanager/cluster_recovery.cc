// Cluster: after a restart: applications from the journal, their masters and containers found again with the nodes.
#include <fmt/format.h>

#include <algorithm>

#include "base/log/log.h"
#include "yarn_like/resourcemanager/cluster.h"

namespace tusk::yarn {
namespace {
constexpr std::string_view kLog = "resourcemanager";
}  // namespace

void Cluster::Recover(std::vector<Application> applications, Now now) {
  std::vector<ApplicationId> running;
  for (Application& recovered : applications) {
    const ApplicationId id = recovered.id();
    Application& application = applications_[id];
    application = std::move(recovered);
    if (IsOver(application.state)) {
      completed_.push_back(id);
    } else {
      running.push_back(id);
    }
  }
  std::sort(running.begin(), running.end());
  std::sort(completed_.begin(), completed_.end(), [this](const ApplicationId& a, const ApplicationId& b) {
    return std::pair(Find(a)->finish_wall_ms, a) < std::pair(Find(b)->finish_wall_ms, b);
  });
  if (!running.empty()) Schedule(GrantsHeld{now.time + config_.recovery_wait}, now);
  for (const ApplicationId& id : running) RecoverAttempt(*FindMutable(id), now);
  LogInfo(kLog, "recovered {} applications, of which {} are not over", applications_.size(), running.size());
  ForgetOldApplications();
}

void Cluster::RecoverAttempt(Application& application, Now now) {
  Attempt* attempt = application.current();
  if (attempt == nullptr || IsOver(attempt->state)) {
    if (application.state == AppState::kFinishing && attempt != nullptr) {
      EndApplication(application, AppState::kFinished, attempt->final_status, now);
    } else {
      StartAttempt(application, now);
    }
    return;
  }
  if (attempt->state == AttemptState::kFinishing) {
    EndAttempt(application, *attempt, AttemptState::kFinished, now);
    EndApplication(application, AppState::kFinished, attempt->final_status, now);
    return;
  }
  application.state = AppState::kAccepted;
  attempt->recovered = true;
  attempt->last_contact = now.time;
  AttemptAdded added{attempt->id, application.submission.priority, {}};
  if (attempt->state == AttemptState::kScheduled) {
    added.am_asks = application.submission.am_asks;
  } else {
    // It may have been launched just before the restart; its node will tell. It has to register again.
    attempt->state = AttemptState::kLaunched;
  }
  Schedule(added, now);
}

Attempt* Cluster::AdoptReported(const NodeRecord& node, const ContainerReport& report) {
  if (Attempt* owner = OwnerOf(report.container)) return owner;
  Application* application = FindMutable(report.container.attempt.application);
  Attempt* attempt = application == nullptr ? nullptr : application->current();
  if (attempt == nullptr || IsOver(attempt->state) || !attempt->recovered) return nullptr;
  const bool own = report.container.attempt == attempt->id;
  if (!own && !application->submission.keep_containers) return nullptr;
  // What was granted since the restart is known, so what is not known has ended.
  if (report.container.epoch() >= config_.scheduler.epoch) return nullptr;
  // An earlier attempt's master is no container that its successor could use.
  const Attempt* origin = FindAttempt(report.container.attempt);
  if (!own && (origin == nullptr || origin->am_container == report.container)) return nullptr;
  const bool ended = std::any_of(attempt->past.begin(), attempt->past.end(),
                                 [&](const PastContainer& past) { return past.container == report.container; });
  if (ended) return nullptr;
  LiveContainer& live = attempt->containers[report.container];
  live.grant.container = report.container;
  live.grant.node = node.id;
  live.grant.resource = report.resource;
  live.grant.priority = report.priority;
  live.grant.allocation_request_id = report.allocation_request_id;
  live.grant.execution = report.execution;
  live.node_http_address = node.http_address();
  live.creation_wall_ms = report.creation_wall_ms;
  live.version = report.version;
  live.state = LiveContainer::State::kRunning;
  attempt->nodes.insert(node.id);
  if (!own && attempt->session.registered && !report.complete) attempt->session.inherited.push_back(report.container);
  return attempt;
}

void Cluster::EndMastersThatAreGone(const NodeId& node, Now now) {
  std::vector<ContainerId> gone;
  for (const auto& [id, application] : applications_) {
    const Attempt* attempt = application.current();
    if (attempt == nullptr || IsOver(attempt->state) || !attempt->recovered || attempt->am_node != node) continue;
    if (attempt->containers.contains(attempt->am_container) &&
        scheduler_.FindContainer(attempt->am_container) == nullptr) {
      gone.push_back(attempt->am_container);
    }
  }
  LoseContainers(gone, now);
}

}  // namespace tusk::yarn
