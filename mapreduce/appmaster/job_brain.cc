// The decisions of an app master.
#include "mapreduce/appmaster/job_brain.h"

#include <algorithm>
#include <utility>

#include "base/core/check.h"

namespace tusk::mapreduce {

namespace {
// Exit statuses that say nothing about the attempt: released or node lost, disks, preempted, killed by AM, RM, after
// the application's end.
bool IsKilledExit(int exit_status) {
  return exit_status == -100 || exit_status == -101 || exit_status == -102 || (exit_status <= -105 && exit_status >= -107);
}
constexpr int kFetchFailuresMin = 3;              // before a map's output counts as lost
constexpr auto kReducePreemptionDelay = std::chrono::seconds(2);  // how long maps starve before a reduce gives way

std::string Padded(int number) {
  std::string digits = std::to_string(number);
  return digits.size() < 6 ? std::string(6 - digits.size(), '0') + digits : digits;
}
bool IsOver(AttemptState state) { return state >= AttemptState::kSucceeded; }
}  // namespace

JobBrain::JobBrain(JobPlan plan) : plan_(std::move(plan)), maps_(plan_.split_hosts.size()), reduces_(static_cast<size_t>(plan_.reduces)) {
  FinishIfDone(TimePoint{});
}

std::string JobBrain::AttemptId(AttemptKey key) const {
  return "attempt" + plan_.job_id.substr(3) + (key.kind == TaskKind::kMap ? "_m_" : "_r_") + Padded(key.task) + "_" +
         std::to_string(plan_.first_attempt_number + key.number);
}

Attempt* JobBrain::Find(AttemptKey key) {
  std::vector<JobTask>& tasks = TasksOf(key.kind);
  if (key.task < 0 || static_cast<size_t>(key.task) >= tasks.size()) return nullptr;
  JobTask& task = tasks[static_cast<size_t>(key.task)];
  if (key.number < 0 || static_cast<size_t>(key.number) >= task.attempts.size()) return nullptr;
  return &task.attempts[static_cast<size_t>(key.number)];
}

Attempt* JobBrain::FindByContainer(const std::string& container) {
  auto found = by_container_.find(container);
  return found == by_container_.end() ? nullptr : Find(found->second);
}

std::optional<AttemptKey> JobBrain::AttemptOf(const std::string& container) const {
  auto found = by_container_.find(container);
  if (found == by_container_.end()) return std::nullopt;
  return found->second;
}

bool JobBrain::ReducesWanted() const {
  size_t done = 0, pending = 0;
  for (const JobTask& map : maps_) {
    done += map.state == TaskState::kSucceeded ? 1 : 0;
    pending += map.state == TaskState::kPending ? 1 : 0;
  }
  // Maps that wait for a container come first, so that waiting reduces never keep them out.
  return pending == 0 && static_cast<double>(done) >= plan_.slow_start * static_cast<double>(maps_.size());
}

std::vector<ContainerAsk> JobBrain::Asks() const {
  ContainerAsk failed{kFailedMapPriority, 0, {}}, fresh{kMapPriority, 0, {}}, reduce{kReducePriority, 0, {}};
  if (phase_ == JobPhase::kRunning) {
    for (size_t i = 0; i < maps_.size(); ++i) {
      if (maps_[i].state != TaskState::kPending) continue;
      if (!maps_[i].attempts.empty()) {
        ++failed.count;
        continue;
      }
      ++fresh.count;
      for (const std::string& host : plan_.split_hosts[i]) ++fresh.by_host[host];
    }
    if (ReducesWanted()) {
      for (const JobTask& task : reduces_) reduce.count += task.state == TaskState::kPending ? 1 : 0;
    }
  }
  return {failed, reduce, fresh};
}

int JobBrain::PickMap(const std::string& host, bool failed_only) const {
  int any = -1;
  for (size_t i = 0; i < maps_.size(); ++i) {
    const JobTask& task = maps_[i];
    if (task.state != TaskState::kPending || (failed_only && task.attempts.empty())) continue;
    const std::vector<std::string>& hosts = plan_.split_hosts[i];
    if (std::find(hosts.begin(), hosts.end(), host) != hosts.end()) return static_cast<int>(i);
    if (any < 0) any = static_cast<int>(i);
  }
  return any;
}

int JobBrain::PickReduce() const {
  if (!ReducesWanted()) return -1;
  for (size_t i = 0; i < reduces_.size(); ++i) {
    if (reduces_[i].state == TaskState::kPending) return static_cast<int>(i);
  }
  return -1;
}

const std::set<std::string>& JobBrain::avoided_nodes() const {
  static const std::set<std::string> kNone;
  const bool limited = plan_.avoided_percent_max >= 0 && cluster_nodes_ > 0;
  const bool too_many = limited && 100 * avoided_.size() >= static_cast<size_t>(plan_.avoided_percent_max) * static_cast<size_t>(cluster_nodes_);
  return too_many ? kNone : avoided_;
}

void JobBrain::ContainerGranted(const std::string& container, const std::string& node, const std::string& host, int priority, TimePoint now) {
  AttemptKey key;
  key.task = -1;
  if (phase_ == JobPhase::kRunning && !avoided_nodes().contains(node)) {
    if (priority == kReducePriority) {
      key.kind = TaskKind::kReduce;
      key.task = PickReduce();
    } else {
      key.task = PickMap(host, priority == kFailedMapPriority);
      if (key.task < 0) key.task = PickMap(host, false);
    }
  }
  if (key.task < 0) {
    actions_.push_back({Action::Kind::kRelease, container, {}});
    return;
  }
  JobTask& task = TasksOf(key.kind)[static_cast<size_t>(key.task)];
  key.number = static_cast<int>(task.attempts.size());
  Attempt attempt;
  attempt.key = key;
  attempt.container = container;
  attempt.node = node;
  attempt.http_host = host;
  attempt.last_heard = attempt.started = now;
  task.attempts.push_back(std::move(attempt));
  task.state = TaskState::kRunning;
  by_container_[container] = key;
  actions_.push_back({Action::Kind::kLaunch, container, key});
  if (key.kind == TaskKind::kMap) {
    ++launched_maps_;
    const std::vector<std::string>& hosts = plan_.split_hosts[static_cast<size_t>(key.task)];
    if (std::find(hosts.begin(), hosts.end(), host) != hosts.end()) ++data_local_maps_;
  } else {
    ++launched_reduces_;
  }
}

void JobBrain::StopContainer(const Attempt& attempt) { actions_.push_back({Action::Kind::kStop, attempt.container, attempt.key}); }

void JobBrain::End(Attempt& attempt, AttemptState state, const std::string& why, TimePoint now) {
  if (attempt.state == AttemptState::kFailed || attempt.state == AttemptState::kKilled) return;
  bool had_succeeded = attempt.state == AttemptState::kSucceeded;
  attempt.state = state;
  attempt.ended = now;
  attempt.diagnostics = why;
  ended_.push_back({attempt.key, state, why});
  JobTask& task = TasksOf(attempt.key.kind)[static_cast<size_t>(attempt.key.task)];
  if (task.committing == attempt.key.number) task.committing = -1;
  if (task.state == TaskState::kSucceeded && task.succeeded != attempt.key.number) return;
  task.state = TaskState::kPending;
  task.succeeded = -1;
  if (!had_succeeded) StopContainer(attempt);
  if (state != AttemptState::kFailed || phase_ != JobPhase::kRunning) return;
  if (!had_succeeded && ++node_failures_[attempt.node] >= plan_.node_failures_max) avoided_.insert(attempt.node);
  int attempts_max = attempt.key.kind == TaskKind::kMap ? plan_.map_attempts_max : plan_.reduce_attempts_max;
  if (++task.failures < attempts_max) return;
  phase_ = JobPhase::kFailed;
  std::string id = AttemptId(attempt.key);
  diagnostics_ = "Task failed task" + id.substr(7, id.rfind('_') - 7) + "\nJob failed as tasks failed. failedMaps:" +
                 std::to_string(attempt.key.kind == TaskKind::kMap) + " failedReduces:" + std::to_string(attempt.key.kind == TaskKind::kReduce) +
                 " killedMaps:0 killedReduces: 0\n\nLast failure of " + id + ": " + why;
  StopAll(now);
}

void JobBrain::StopAll(TimePoint now) {
  for (std::vector<JobTask>* tasks : {&maps_, &reduces_}) {
    for (JobTask& task : *tasks) {
      for (Attempt& attempt : task.attempts) {
        if (IsOver(attempt.state)) continue;
        End(attempt, AttemptState::kKilled, "the job has ended", now);
      }
    }
  }
}

void JobBrain::ContainerEnded(const std::string& container, int exit_status, const std::string& diagnostics, TimePoint now) {
  Attempt* attempt = FindByContainer(container);
  if (attempt == nullptr || IsOver(attempt->state)) return;
  std::string why = "Container " + container + " ended with exit status " + std::to_string(exit_status) + " before its task reported success";
  if (!diagnostics.empty()) why += ": " + diagnostics;
  End(*attempt, IsKilledExit(exit_status) ? AttemptState::kKilled : AttemptState::kFailed, why, now);
}

void JobBrain::LaunchFailed(const std::string& container, const std::string& why, TimePoint now) {
  Attempt* attempt = FindByContainer(container);
  if (attempt != nullptr && !IsOver(attempt->state)) End(*attempt, AttemptState::kFailed, "Container launch failed for " + container + " : " + why, now);
}

void JobBrain::ShufflePortOf(const std::string& container, uint16_t port) {
  if (Attempt* attempt = FindByContainer(container)) attempt->shuffle_port = port;
}

void JobBrain::OutputLost(int map, const std::string& why, TimePoint now) {
  JobTask& task = maps_[static_cast<size_t>(map)];
  if (task.state != TaskState::kSucceeded) return;
  Attempt& attempt = task.attempts[static_cast<size_t>(task.succeeded)];
  map_events_.push_back({map, attempt.key.number, true, "", 0});
  End(attempt, AttemptState::kKilled, why, now);
}

void JobBrain::NodeLost(const std::string& node, TimePoint now) {
  if (phase_ != JobPhase::kRunning) return;
  bool outputs_needed = !reduces_.empty() && !AllDone(reduces_);
  for (std::vector<JobTask>* tasks : {&maps_, &reduces_}) {
    for (JobTask& task : *tasks) {
      for (Attempt& attempt : task.attempts) {
        if (attempt.node != node) continue;
        if (!IsOver(attempt.state)) {
          End(attempt, AttemptState::kKilled, "Container released on a *lost* node " + node, now);
        } else if (attempt.key.kind == TaskKind::kMap && outputs_needed && task.succeeded == attempt.key.number) {
          OutputLost(attempt.key.task, "TaskAttempt killed because it ran on unusable node " + node, now);
        }
      }
    }
  }
}

bool JobBrain::Heard(AttemptKey key, double progress, TimePoint now, bool idle) {
  Attempt* attempt = Find(key);
  if (attempt == nullptr || IsOver(attempt->state) || phase_ != JobPhase::kRunning) return false;
  attempt->state = AttemptState::kRunning;
  attempt->progress = std::clamp(progress, 0.0, 1.0);
  if (!idle) attempt->last_heard = now;
  return true;
}

bool JobBrain::MayCommit(AttemptKey key, TimePoint now) {
  Attempt* attempt = Find(key);
  if (attempt == nullptr || IsOver(attempt->state) || phase_ != JobPhase::kRunning) return false;
  attempt->last_heard = now;
  JobTask& task = TasksOf(key.kind)[static_cast<size_t>(key.task)];
  if (task.committing < 0) task.committing = key.number;
  return task.committing == key.number;
}

bool JobBrain::Done(AttemptKey key, TimePoint now) {
  Attempt* attempt = Find(key);
  if (attempt == nullptr || phase_ != JobPhase::kRunning) return false;
  if (attempt->state == AttemptState::kSucceeded) return true;  // its answer was lost
  if (IsOver(attempt->state)) return false;
  JobTask& task = TasksOf(key.kind)[static_cast<size_t>(key.task)];
  if (task.state == TaskState::kSucceeded) return false;
  attempt->state = AttemptState::kSucceeded;
  attempt->progress = 1;
  attempt->last_heard = attempt->ended = now;
  task.state = TaskState::kSucceeded;
  task.succeeded = key.number;
  ended_.push_back({key, AttemptState::kSucceeded, ""});
  if (key.kind == TaskKind::kMap) map_events_.push_back({key.task, key.number, false, attempt->http_host, attempt->shuffle_port});
  FinishIfDone(now);
  return true;
}

void JobBrain::Failed(AttemptKey key, const std::string& why, TimePoint now) {
  Attempt* attempt = Find(key);
  if (attempt != nullptr && !IsOver(attempt->state)) End(*attempt, AttemptState::kFailed, why, now);
}

void JobBrain::FetchFailed(AttemptKey reducer, int map, int map_attempt, TimePoint now) {
  if (phase_ != JobPhase::kRunning || map < 0 || static_cast<size_t>(map) >= maps_.size()) return;
  JobTask& task = maps_[static_cast<size_t>(map)];
  if (task.state != TaskState::kSucceeded || task.succeeded != map_attempt) return;
  auto key = std::pair(map, map_attempt);
  fetch_failures_[key].insert(reducer.task);
  int count = ++fetch_failure_count_[key];
  int shuffling = 0;
  for (const JobTask& reduce : reduces_) shuffling += reduce.state == TaskState::kRunning ? 1 : 0;
  if (count < kFetchFailuresMin || 2 * static_cast<int>(fetch_failures_[key].size()) < shuffling) return;
  Attempt& attempt = task.attempts[static_cast<size_t>(map_attempt)];
  map_events_.push_back({map, map_attempt, true, "", 0});
  fetch_failures_.erase(key);
  fetch_failure_count_.erase(key);
  End(attempt, AttemptState::kFailed, "Too many fetch failures. Failing the attempt.", now);
}

void JobBrain::Tick(TimePoint now) {
  if (phase_ != JobPhase::kRunning) return;
  for (std::vector<JobTask>* tasks : {&maps_, &reduces_}) {
    for (JobTask& task : *tasks) {
      for (Attempt& attempt : task.attempts) {
        if (IsOver(attempt.state) || plan_.attempt_timeout <= Duration::zero()) continue;
        if (now - attempt.last_heard < plan_.attempt_timeout) continue;
        End(attempt, AttemptState::kFailed,
            "AttemptID:" + AttemptId(attempt.key) + " Timed out after " + std::to_string(ToMillis(plan_.attempt_timeout) / 1000) + " secs", now);
        if (phase_ != JobPhase::kRunning) return;
      }
    }
  }
  // Maps that wait while reduces hold the cluster: one reduce gives way.
  bool maps_wait = false;
  for (const JobTask& map : maps_) maps_wait = maps_wait || map.state == TaskState::kPending;
  if (!maps_wait || map_fits_) {
    maps_starve_since_.reset();
    return;
  }
  if (!maps_starve_since_) maps_starve_since_ = now;
  if (now - *maps_starve_since_ < kReducePreemptionDelay) return;
  for (size_t i = reduces_.size(); i-- > 0;) {
    if (reduces_[i].state != TaskState::kRunning || reduces_[i].committing >= 0) continue;
    End(reduces_[i].attempts.back(), AttemptState::kKilled, "Reduce preempted to make room for pending map attempts", now);
    maps_starve_since_ = now;
    return;
  }
}

void JobBrain::Kill(const std::string& why, TimePoint now) {
  if (phase_ != JobPhase::kRunning) return;
  phase_ = JobPhase::kKilled;
  diagnostics_ = why;
  StopAll(now);
}

bool JobBrain::AllDone(const std::vector<JobTask>& tasks) const {
  return std::all_of(tasks.begin(), tasks.end(), [](const JobTask& task) { return task.state == TaskState::kSucceeded; });
}

void JobBrain::FinishIfDone(TimePoint now) {
  // With reduces, lost outputs of maps do not matter any more.
  bool done = reduces_.empty() ? AllDone(maps_) : AllDone(reduces_);
  if (phase_ != JobPhase::kRunning || !done) return;
  phase_ = JobPhase::kCommitting;
  StopAll(now);
}

void JobBrain::Committed(Status outcome) {
  if (phase_ != JobPhase::kCommitting) return;
  phase_ = outcome.ok() ? JobPhase::kSucceeded : JobPhase::kFailed;
  if (!outcome.ok()) diagnostics_ = "Job commit failed: " + outcome.ToString();
}

std::vector<Action> JobBrain::TakeActions() { return std::exchange(actions_, {}); }
std::vector<JobBrain::Ended> JobBrain::TakeEnded() { return std::exchange(ended_, {}); }

namespace {
double Mean(const std::vector<JobTask>& tasks) {
  if (tasks.empty()) return 1;
  double sum = 0;
  for (const JobTask& task : tasks) {
    if (task.state == TaskState::kSucceeded) {
      sum += 1;
    } else if (task.state == TaskState::kRunning) {
      sum += task.attempts.back().progress;
    }
  }
  return sum / static_cast<double>(tasks.size());
}
}  // namespace

double JobBrain::MapProgress() const { return Mean(maps_); }
double JobBrain::ReduceProgress() const { return reduces_.empty() ? MapProgress() : Mean(reduces_); }

}  // namespace tusk::mapreduce
