// Plans and their reasons.
#include "mlkit/job/master/membership.h"

#include <algorithm>
#include <cstdio>

#include "mlkit/job/master/shard_map.h"

namespace tusk::ml {
namespace {

constexpr double kNewest = 0.05;      // of a step in the mean, at least: where a quota throttles, steps come in bursts, so few of them mean little
constexpr uint64_t kStepsAhead = 2;   // between the plan of a move and the move, at least: time for the plan to reach everybody
constexpr double kStepsAheadMax = 64;
constexpr Duration kBrokenGrace = std::chrono::milliseconds(300);  // a loss is usually heard of by then
constexpr int kFruitlessBreaksMax = 10;
constexpr double kWorthMovingSeconds = 0.003;   // steps that are shorter are not worth a move

}  // namespace

Membership::Membership(MembershipLimits limits, TimePoint now)
    : limits_(limits), gather_until_(now + limits.gather_max), steal_after_(now), steal_pause_(limits.steal_pause) {}

void Membership::Fail(std::string message) {
  if (failure_.ok()) failure_ = Status(Code::kIOError, std::move(message));
}

bool Membership::IsMember(const std::string& worker) const {
  return plan_ && std::find(plan_->workers.begin(), plan_->workers.end(), worker) != plan_->workers.end();
}

int Membership::missing() const { return std::max(0, limits_.workers - present()); }

std::vector<std::string> Membership::TakeEvents() { return std::exchange(events_, {}); }

void Membership::Join(const std::string& worker, size_t shard_count, int64_t steps, TimePoint now) {
  if (shard_count_ && *shard_count_ != shard_count) {
    Fail("worker " + worker + " sees " + std::to_string(shard_count) + " shards, the others " + std::to_string(*shard_count_) +
         ": the data differ between nodes");
    return;
  }
  shard_count_ = shard_count;
  const bool known = workers_.contains(worker);
  Worker& entry = workers_[worker];
  entry.heard = now;
  entry.has_state = steps >= 0;
  if (steps > 0) steps_ = std::max(steps_, static_cast<uint64_t>(steps));
  if (known && !IsMember(worker)) return;
  if (known) {  // it says so again: it has lost its place
    RegroupSoon(Duration(0), now);
  } else if (!plan_) {
    if (entry.has_state && !regroup_at_) RegroupSoon(4 * limits_.regroup_grace, now);  // a job that goes on under a new master
    if (missing() == 0) RegroupSoon(Duration(0), now);
  } else if (regroup_at_) {
    if (missing() == 0) regroup_at_ = now;
  } else {
    Regroup(stepped_ ? steps_ + kStepsAhead : 0, now);
  }
  Tick(now);
}

void Membership::Lose(const std::string& worker, const std::string& why, TimePoint now) {
  const auto found = workers_.find(worker);
  if (found == workers_.end()) return;
  const bool member = IsMember(worker);
  workers_.erase(found);
  events_.push_back("worker " + worker + " lost: " + why);
  if (member) unrecovered_.emplace(worker, now);
  if (++fruitless_losses_ > std::max(limits_.fruitless_losses_max, 3 * limits_.workers)) {
    Fail(std::to_string(fruitless_losses_) + " workers were lost without a step in between; the last one: " + why);
  }
  if (workers_.empty()) gather_until_ = now + limits_.gather_max;
  if (member) RegroupSoon(limits_.regroup_grace, now);
}

void Membership::Heard(const std::string& worker, TimePoint now) {
  const auto found = workers_.find(worker);
  if (found != workers_.end()) found->second.heard = now;
}

void Membership::Broken(const std::string& worker, uint64_t epoch, TimePoint now) {
  Heard(worker, now);
  if (!plan_ || epoch != plan_->epoch || regroup_at_ || !IsMember(worker)) return;
  if (++fruitless_breaks_ > kFruitlessBreaksMax) Fail("the workers cannot keep connections between each other");
  RegroupSoon(kBrokenGrace, now);
}

void Membership::StepDone(const std::string& worker, uint64_t epoch, uint64_t step, Duration computing, TimePoint now) {
  const auto found = workers_.find(worker);
  if (found == workers_.end()) return;
  Worker& entry = found->second;
  entry.heard = now;
  entry.has_state = true;
  if (step > steps_) {
    steps_ = step;
    fruitless_losses_ = 0;
    fruitless_breaks_ = 0;
  }
  if (!plan_ || epoch != plan_->epoch) return;
  if (!stepped_) steal_after_ = now + steal_pause_;
  stepped_ = true;
  TellOfRecovery(now);
  const double seconds = std::chrono::duration<double>(computing).count();
  ++entry.samples;
  if (entry.samples == 1) entry.seconds = 0;
  entry.seconds += std::max(kNewest, 1.0 / static_cast<double>(entry.samples)) * (seconds - entry.seconds);
  ConsiderStealing(now);
}

void Membership::TellOfRecovery(TimePoint now) {
  for (auto lost = unrecovered_.begin(); lost != unrecovered_.end();) {
    if (IsMember(lost->first)) {  // lost since this plan was made
      ++lost;
      continue;
    }
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.2f", std::chrono::duration<double>(now - lost->second).count());
    events_.push_back(std::string("goes on ") + seconds + " s after the loss of " + lost->first);
    lost = unrecovered_.erase(lost);
  }
}

void Membership::ShardHas(size_t shard, uint64_t rows) {
  if (shard_count_ && shard < *shard_count_) rows_[shard] = rows;
}

std::vector<double> Membership::Costs() const {
  double known = 0;
  for (const auto& [shard, rows] : rows_) known += static_cast<double>(rows);
  const double mean = rows_.empty() ? 1.0 : known / static_cast<double>(rows_.size());
  std::vector<double> costs(shard_count_.value_or(0), mean + 1);
  for (const auto& [shard, rows] : rows_) costs[shard] = static_cast<double>(rows) + 1;
  return costs;
}

uint64_t Membership::StepsOfNotice(double step_seconds) const {
  const double steps = std::chrono::duration<double>(limits_.steal_notice).count() / step_seconds;
  return std::max(kStepsAhead, static_cast<uint64_t>(std::min(steps, kStepsAheadMax)));
}

// Who lost all its shards was slow: it is given none again for a while, then tried.
bool Membership::SpeedIsKnown(const Worker& idle, TimePoint now) const {
  return idle.weight != 1.0 && idle.idle_since && now - *idle.idle_since < limits_.steal_pause_max;
}

// Every rank's speed is what it owns over what it needs; shares follow speeds where that pays.
void Membership::ConsiderStealing(TimePoint now) {
  if (now < steal_after_ || regroup_at_ || plan_->workers.size() < 2) return;
  const std::vector<double> costs = Costs();
  const std::vector<double> loads = LoadsOf(plan_->owner_of_shard, costs, plan_->workers.size());
  std::vector<double> speeds;
  double slowest = 0, known_speeds = 0;
  int known = 0;
  for (size_t r = 0; r < loads.size(); ++r) {
    const auto worker = workers_.find(plan_->workers[r]);
    if (worker == workers_.end() || worker->second.samples < limits_.steal_samples) return;
    const double seconds = std::max(worker->second.seconds, 1e-7);
    slowest = std::max(slowest, loads[r] > 0 ? seconds : 0);
    speeds.push_back(loads[r] > 0 ? loads[r] / seconds : 0);
    known_speeds += speeds.back();
    known += loads[r] > 0 ? 1 : 0;
  }
  if (known == 0 || slowest < kWorthMovingSeconds) return;
  for (size_t r = 0; r < speeds.size(); ++r) {
    if (speeds[r] > 0) continue;
    const Worker& idle = workers_.at(plan_->workers[r]);
    speeds[r] = SpeedIsKnown(idle, now) ? idle.weight : known_speeds / known;
  }
  const std::vector<int> owners = MoveShards(plan_->owner_of_shard, costs, speeds);
  const std::vector<double> moved = LoadsOf(owners, costs, speeds.size());
  double predicted = 0;
  for (size_t r = 0; r < moved.size(); ++r) predicted = std::max(predicted, moved[r] / speeds[r]);
  if (predicted > slowest * (1 - limits_.steal_gain)) return;
  for (size_t r = 0; r < speeds.size(); ++r) workers_.at(plan_->workers[r]).weight = speeds[r];
  size_t count = 0;
  for (size_t shard = 0; shard < owners.size(); ++shard) count += owners[shard] != plan_->owner_of_shard[shard] ? 1 : 0;
  events_.push_back(std::to_string(count) + " shards move from slow workers to fast ones");
  bool tried_again = false;  // if in vain, that is soon seen
  for (size_t r = 0; r < loads.size(); ++r) tried_again |= !(loads[r] > 0) && moved[r] > 0;
  Regroup(steps_ + StepsOfNotice(slowest), now);
  steal_pause_ = tried_again ? limits_.steal_pause : std::min(2 * steal_pause_, limits_.steal_pause_max);
}

void Membership::RegroupSoon(Duration delay, TimePoint now) {
  const TimePoint when = now + delay;
  if (!regroup_at_ || when < *regroup_at_) regroup_at_ = when;
}

std::vector<int> Membership::OwnersFor(const std::vector<std::string>& ranks) const {
  std::vector<int> owners(shard_count_.value_or(0), kNobodysShard);
  double known = 0;
  std::vector<double> weights;
  for (const std::string& worker : ranks) weights.push_back(workers_.at(worker).weight);
  // A newcomer's weight of 1 stands for the mean of the others, whose weights are speeds after a move.
  int old = 0;
  for (const double weight : weights) {
    if (weight != 1.0) known += weight, ++old;
  }
  for (double& weight : weights) {
    if (weight == 1.0 && old > 0) weight = known / old;
  }
  if (!plan_) return SplitEvenly(owners.size(), ranks.size());
  for (size_t shard = 0; shard < owners.size(); ++shard) {
    const auto rank = std::find(ranks.begin(), ranks.end(), plan_->workers[static_cast<size_t>(plan_->owner_of_shard[shard])]);
    if (rank != ranks.end()) owners[shard] = static_cast<int>(rank - ranks.begin());
  }
  return MoveShards(std::move(owners), Costs(), weights);
}

void Membership::Regroup(uint64_t after_step, TimePoint now) {
  MembershipPlan next;
  next.epoch = plan_ ? plan_->epoch + 1 : limits_.first_epoch;
  next.after_step = after_step;
  if (plan_) {
    for (const std::string& worker : plan_->workers) {
      if (workers_.contains(worker)) next.workers.push_back(worker);
    }
  }
  for (const auto& [worker, entry] : workers_) {
    if (std::find(next.workers.begin(), next.workers.end(), worker) == next.workers.end()) next.workers.push_back(worker);
  }
  next.owner_of_shard = OwnersFor(next.workers);
  plan_ = std::move(next);
  const std::vector<double> loads = LoadsOf(plan_->owner_of_shard, Costs(), plan_->workers.size());
  for (size_t r = 0; r < loads.size(); ++r) {
    std::optional<TimePoint>& idle = workers_.at(plan_->workers[r]).idle_since;
    idle = loads[r] > 0 ? std::nullopt : std::optional(idle.value_or(now));
  }
  for (auto& [worker, entry] : workers_) entry.samples = 0;
  stepped_ = false;
  regroup_at_.reset();
  steal_after_ = now + steal_pause_;
  events_.push_back("epoch " + std::to_string(plan_->epoch & 0xffffffff) + ": " + std::to_string(plan_->workers.size()) + " workers");
}

void Membership::Tick(TimePoint now) {
  std::vector<std::string> silent;
  for (const auto& [worker, entry] : workers_) {
    if (now - entry.heard > limits_.silence_max) silent.push_back(worker);
  }
  for (const std::string& worker : silent) {
    Lose(worker, "nothing was heard of it for " + std::to_string(ToMillis(limits_.silence_max) / 1000) + " s", now);
  }
  const bool enough = present() >= std::max(1, limits_.workers_min);
  if (regroup_at_ && now >= *regroup_at_ && (missing() == 0 || enough)) Regroup(0, now);
  const bool waits = !plan_ || (regroup_at_ && !enough);
  if (!waits) {
    gather_until_ = now + limits_.gather_max;
  } else if (now >= gather_until_) {
    Fail(std::to_string(present()) + " of " + std::to_string(limits_.workers) + " workers after " +
         std::to_string(ToMillis(limits_.gather_max) / 1000) + " s");
  }
}

bool Membership::PlanTheEnd(TimePoint now) {
  if (!plan_ || workers_.empty()) return false;
  Regroup(0, now);
  return true;
}

TimePoint Membership::NextTick() const {
  TimePoint next = gather_until_;
  if (regroup_at_) next = std::min(next, *regroup_at_);
  for (const auto& [worker, entry] : workers_) next = std::min(next, entry.heard + limits_.silence_max);
  return next;
}

}  // namespace tusk::ml
