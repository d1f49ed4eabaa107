// Cluster: applications and their attempts, from submission to the end.
#include <fmt/format.h>

#include <algorithm>

#include "base/log/log.h"
#include "yarn_like/resourcemanager/cluster.h"

namespace tusk::yarn {
namespace {
constexpr std::string_view kLog = "resourcemanager";
}  // namespace

Cluster::Cluster(ClusterConfig config, ClusterEffects& effects, ApplicationJournal* journal)
    : config_(std::move(config)),
      effects_(effects),
      journal_(journal),
      scheduler_(config_.scheduler),
      nodes_(config_.gone_nodes_max) {}

Application* Cluster::FindMutable(const ApplicationId& id) {
  const auto at = applications_.find(id);
  return at == applications_.end() ? nullptr : &at->second;
}

const Application* Cluster::Find(const ApplicationId& id) const {
  const auto at = applications_.find(id);
  return at == applications_.end() ? nullptr : &at->second;
}

Attempt* Cluster::FindAttempt(const ApplicationAttemptId& id) {
  Application* application = FindMutable(id.application);
  if (application == nullptr) return nullptr;
  for (Attempt& attempt : application->attempts) {
    if (attempt.id == id) return &attempt;
  }
  return nullptr;
}

const Attempt* Cluster::FindAttempt(const ApplicationAttemptId& id) const {
  return const_cast<Cluster*>(this)->FindAttempt(id);
}

Attempt* Cluster::OwnerOf(const ContainerId& container) {
  Application* application = FindMutable(container.attempt.application);
  Attempt* current = application == nullptr ? nullptr : application->current();
  return current != nullptr && current->containers.contains(container) ? current : nullptr;
}

ApplicationId Cluster::NewApplicationId() { return {config_.start_wall_ms, ++last_application_}; }

Status Cluster::Submit(Submission submission, Now now) {
  const ApplicationId id = submission.id;
  if (applications_.contains(id)) return Status::Ok();
  Application& application = applications_[id];
  application.submission = std::move(submission);
  application.submission.submit_wall_ms = now.wall_ms;
  Submission& submitted = application.submission;
  // Ids that a client made up are taken as they are, and not given out again.
  if (id.cluster_timestamp == config_.start_wall_ms) last_application_ = std::max(last_application_, id.id);
  const int32_t own_limit = submitted.max_attempts;
  submitted.max_attempts = own_limit <= 0 ? config_.am_max_attempts : std::min(own_limit, config_.am_max_attempts);
  if (submitted.unmanaged) submitted.max_attempts = 1;
  submitted.priority = std::clamp(submitted.priority, 0, config_.priority_max);
  LogInfo(kLog, "{} '{}' submitted by {}", id.ToString(), submitted.name, submitted.user);
  if (journal_ != nullptr) journal_->Submitted(application);

  if (submitted.queue.empty() || submitted.queue == "root.default") submitted.queue = "default";
  if (submitted.queue != "default") {
    application.diagnostics = fmt::format("Application {} submitted by user {} to unknown queue: {}", id.ToString(),
                                          submitted.user, submitted.queue);
    EndApplication(application, AppState::kFailed, FinalStatus::kFailed, now);
    return Status::Ok();
  }
  if (applications_.size() - completed_.size() > config_.applications_max) {
    application.diagnostics =
        fmt::format("Queue root.default already has {} applications, cannot accept submission of application: {}",
                    config_.applications_max, id.ToString());
    EndApplication(application, AppState::kFailed, FinalStatus::kFailed, now);
    return Status::Ok();
  }
  StartAttempt(application, now);
  return Status::Ok();
}

void Cluster::StartAttempt(Application& application, Now now) {
  Attempt& attempt = application.attempts.emplace_back();
  attempt.id = {application.id(), static_cast<int32_t>(application.attempts.size())};
  attempt.start_wall_ms = now.wall_ms;
  attempt.last_contact = now.time;
  application.state = AppState::kAccepted;
  AttemptAdded added{attempt.id, application.submission.priority, {}};
  if (application.submission.unmanaged) {
    attempt.state = AttemptState::kLaunched;
  } else {
    added.am_asks = application.submission.am_asks;
  }
  NoteChanged(application);
  Schedule(added, now);
}

void Cluster::MasterLaunched(const ApplicationAttemptId& id, Now now) {
  Attempt* attempt = FindAttempt(id);
  if (attempt == nullptr || attempt->state != AttemptState::kAllocated) return;
  attempt->state = AttemptState::kLaunched;
  attempt->last_contact = now.time;
  Application* application = FindMutable(id.application);
  if (application->launch_wall_ms == 0) application->launch_wall_ms = now.wall_ms;
  NoteChanged(*application);
}

void Cluster::MasterLaunchFailed(const ApplicationAttemptId& id, const std::string& reason, Now now) {
  Attempt* attempt = FindAttempt(id);
  if (attempt == nullptr || attempt->state != AttemptState::kAllocated) return;
  FailAttempt(*FindMutable(id.application), *attempt,
              fmt::format("Error launching {}. Got exception: {}\n", id.ToString(), reason), /*counts=*/true, now);
}

void Cluster::MasterExited(Application& application, Attempt& attempt, const ContainerReport& report, Now now) {
  attempt.am_exit_status = report.exit_status;
  if (attempt.state == AttemptState::kFinishing) {
    EndAttempt(application, attempt, AttemptState::kFinished, now);
    EndApplication(application, AppState::kFinished, attempt.final_status, now);
    return;
  }
  if (IsOver(attempt.state)) return;
  const bool counts = report.exit_status != kExitPreempted && report.exit_status != kExitAborted &&
                      report.exit_status != kExitDisksFailed && report.exit_status != kExitKilledByRm;
  FailAttempt(application, attempt, MasterExitText(application, attempt, report), counts, now);
}

std::string Cluster::MasterExitText(const Application& application, const Attempt& attempt,
                                    const ContainerReport& report) const {
  return fmt::format(
      "AM Container for {} exited with  exitCode: {}\nFailing this attempt.Diagnostics: {}For more detailed output, "
      "check the application tracking page: {} Then click on links to logs of each attempt.\n",
      attempt.id.ToString(), report.exit_status, report.diagnostics, PageUrl(application));
}

void Cluster::FailAttempt(Application& application, Attempt& attempt, std::string diagnostics, bool counts, Now now) {
  diagnostics = BoundedDiagnostics(std::move(diagnostics));
  LogInfo(kLog, "{} failed: {}", attempt.id.ToString(), diagnostics);
  attempt.diagnostics = diagnostics;
  attempt.counts = counts;
  attempt.final_status = FinalStatus::kFailed;
  const Submission& submission = application.submission;
  const int64_t since =
      submission.failure_validity_ms > 0 ? now.wall_ms - submission.failure_validity_ms : INT64_MIN;
  const auto earlier = std::count_if(application.attempts.begin(), application.attempts.end(), [&](const Attempt& a) {
    return a.state == AttemptState::kFailed && a.counts && a.finish_wall_ms > since;
  });
  const auto failures = earlier + (counts ? 1 : 0);
  if (failures < submission.max_attempts) {
    if (submission.keep_containers) {
      StartAttempt(application, now);  // first: it inherits
      EndAttempt(application, attempt, AttemptState::kFailed, now, application.current());
    } else {
      EndAttempt(application, attempt, AttemptState::kFailed, now);
      StartAttempt(application, now);
    }
    return;
  }
  EndAttempt(application, attempt, AttemptState::kFailed, now);
  const std::string limits = submission.max_attempts < config_.am_max_attempts && !submission.unmanaged
                                 ? fmt::format(" (global limit ={}; local limit is ={})", config_.am_max_attempts,
                                               submission.max_attempts)
                                 : "";
  application.diagnostics =
      submission.unmanaged
          ? fmt::format("Unmanaged application {} failed due to {}. Failing the application.",
                        application.id().ToString(), diagnostics)
          : fmt::format("Application {} failed {} times{} due to {}. Failing the application.",
                        application.id().ToString(), failures, limits, diagnostics);
  EndApplication(application, AppState::kFailed, FinalStatus::kFailed, now);
}

void Cluster::EndAttempt(Application& application, Attempt& attempt, AttemptState state, Now now, Attempt* successor) {
  attempt.state = state;
  attempt.finish_wall_ms = now.wall_ms;
  attempt.progress = 1;
  if (state != AttemptState::kFinished) {
    // Nobody is there any more: no client shall be sent to it.
    attempt.host = "N/A";
    attempt.rpc_port = -1;
    attempt.original_tracking_url = PageUrl(application);
  }
  if (attempt.containers.contains(attempt.am_container)) {
    effects_.StopMaster(attempt.id, attempt.am_container, attempt.am_node);
  }
  CleanUpAfter(attempt, successor, now);
  const int32_t last_id = attempt.session.response_id;
  const bool registered = attempt.session.registered, unregistered = attempt.session.unregistered;
  attempt.session = MasterSession{};
  attempt.session.response_id = last_id;
  attempt.session.registered = registered;
  attempt.session.unregistered = unregistered;
  NoteChanged(application);
  Schedule(AttemptRemoved{attempt.id, successor == nullptr ? ApplicationAttemptId() : successor->id}, now);
}

void Cluster::CleanUpAfter(Attempt& attempt, Attempt* successor, Now now) {
  for (const auto& [id, live] : attempt.containers) {
    const bool inherits = successor != nullptr && id != attempt.am_container;
    // Containers that the master has never been told of are of no use to the next one.
    if (inherits && live.state != LiveContainer::State::kAllocated) {
      successor->containers[id] = live;
      successor->nodes.insert(live.grant.node);
      continue;
    }
    Remember(attempt, live, kExitKilledAfterApp, now);
    NodeRecord* node = nodes_.Find(live.grant.node);
    if (node != nullptr && node->usable()) node->containers_to_cleanup.insert(id);
    if (inherits) Schedule(ContainerEnded{id}, now);
  }
  attempt.containers.clear();
  while (attempt.past.size() > kPastContainersOverMax) attempt.past.pop_front();
  // Statuses that nobody will fetch any more; a successor hears of those that its predecessor did not.
  for (const auto& [node_id, containers] : attempt.session.delivered) {
    NodeRecord* node = nodes_.Find(node_id);
    if (node != nullptr && node->usable()) node->containers_to_remove.insert(containers.begin(), containers.end());
  }
  for (EndedContainer& ended : attempt.session.completed) {
    if (successor != nullptr) {
      successor->session.completed.push_back(std::move(ended));
      continue;
    }
    NodeRecord* node = nodes_.Find(ended.node);
    if (node != nullptr && node->usable()) node->containers_to_remove.insert(ended.report.container);
  }
}

void Cluster::EndApplication(Application& application, AppState state, FinalStatus status, Now now) {
  application.state = state;
  application.final_status = status;
  application.finish_wall_ms = now.wall_ms;
  application.submission.launch_context.clear();
  application.submission.launch_context.shrink_to_fit();
  for (const Attempt& attempt : application.attempts) {
    for (const NodeId& id : attempt.nodes) {
      NodeRecord* node = nodes_.Find(id);
      if (node != nullptr && node->usable()) node->applications_to_cleanup.insert(application.id());
    }
  }
  if (journal_ != nullptr) journal_->Submitted(application);  // without its launch context
  NoteChanged(application);
  LogInfo(kLog, "{} State change to {}, final status {}", application.id().ToString(), NameOf(state), NameOf(status));
  completed_.push_back(application.id());
  ForgetOldApplications();
}

void Cluster::ForgetOldApplications() {
  const size_t keep = std::max<size_t>(1, config_.completed_applications_max);
  if (completed_.size() <= keep) return;
  const auto end = completed_.begin() + static_cast<ptrdiff_t>(completed_.size() - keep);
  for (auto at = completed_.begin(); at != end; ++at) {
    applications_.erase(*at);
    if (journal_ != nullptr) journal_->Forgotten(*at);
  }
  completed_.erase(completed_.begin(), end);
}

Result<bool> Cluster::Kill(const ApplicationId& id, const std::string& diagnostics, Now now) {
  Application* application = FindMutable(id);
  if (application == nullptr) {
    return Status(Code::kApplicationNotFound,
                  fmt::format("Trying to kill an absent application {}", id.ToString()));
  }
  if (IsOver(application->state) || application->state == AppState::kFinishing) return true;
  application->diagnostics = BoundedDiagnostics(diagnostics);
  if (Attempt* attempt = application->current(); attempt != nullptr && !IsOver(attempt->state)) {
    attempt->final_status = FinalStatus::kKilled;
    attempt->diagnostics = application->diagnostics;
    EndAttempt(*application, *attempt, AttemptState::kKilled, now);
  }
  EndApplication(*application, AppState::kKilled, FinalStatus::kKilled, now);
  return true;
}

std::string Cluster::PageUrl(const Application& application) const {
  return fmt::format("http://{}/cluster/app/{}", config_.web_address, application.id().ToString());
}

std::string Cluster::ProxyUrl(const Application& application) const {
  return fmt::format("http://{}/proxy/{}/", config_.web_address, application.id().ToString());
}

}  // namespace tusk::yarn
