// Placement: which pending ask goes to which node now.
#include <algorithm>

#include "yarn_like/resourcemanager/scheduler/scheduler.h"

namespace tusk::yarn {
namespace {

// Of the nodes that fit, this many are compared; bounds the search on large clusters, exact on small ones.
constexpr int kCandidatesMax = 8;

// Less loaded first; equal ones in order of position, so that runs repeat.
struct Best {
  int node = -1;
  double load = 0;
  int candidates = 0;

  void Offer(size_t position, const SchedulerNode& offered, const Resource& capability) {
    const double would_be = DominantShare(offered.used + capability, offered.total);
    ++candidates;
    if (node < 0 || would_be < load) {
      node = static_cast<int>(position);
      load = would_be;
    }
  }
};

}  // namespace

void Scheduler::Match(TimePoint now, SchedulerOutcome* outcome) {
  if (now < held_until_) return;
  // A grant may free a reservation of its attempt; those that were passed before then get another look.
  do {
    unreserved_ = false;
    for (const auto& [turn, id] : turns_) {
      Attempt& attempt = attempts_.at(id);
      for (auto& [key, group] : attempt.groups) {
        if (group.wanted > 0) MatchGroup(attempt, key, group, now, outcome);
      }
    }
  } while (unreserved_);
  roomier_.clear();
}

void Scheduler::MatchGroup(Attempt& attempt, const GroupKey& key, Group& group, TimePoint now,
                           SchedulerOutcome* outcome) {
  if (!group.relaxed && now >= group.waiting_since + config_.locality_delay) {
    group.relaxed = true;
    group.exhausted = false;
  }
  // With many named hosts a search among all of them per container would be quadratic.
  if (!group.exhausted && group.hosts.size() > kCandidatesMax) SweepHosts(attempt, key, group, now, outcome);
  while (group.wanted > 0) {
    if (AmLimitReached(key)) return;
    const Choice choice = Choose(attempt, key, group);
    if (choice.node < 0) break;
    GrantOn(attempt, key, group, choice, now, outcome);
  }
  if (group.wanted == 0) {
    group.unfit_since = kNever;
    return;
  }
  group.exhausted = true;
  if (group.unfit_since == kNever) group.unfit_since = now;
  if (now - group.unfit_since >= config_.reserve_after) Reserve(attempt, key, group);
}

// One container per named host and round, until a round places none.
void Scheduler::SweepHosts(Attempt& attempt, const GroupKey& key, Group& group, TimePoint now,
                           SchedulerOutcome* outcome) {
  bool placed = true;
  while (placed && group.wanted > 0) {
    placed = false;
    for (const auto& [host, row] : group.hosts) {
      if (group.wanted == 0 || AmLimitReached(key)) return;
      const auto at = nodes_of_host_.find(host);
      if (row.count <= 0 || at == nodes_of_host_.end()) continue;
      const Choice choice = ChooseFrom(attempt, key, group, at->second);
      if (choice.node < 0) continue;
      GrantOn(attempt, key, group, choice, now, outcome);
      placed = true;
    }
  }
}

// Of every type of resource: masters that held all cores would leave their tasks none.
bool Scheduler::AmLimitReached(const GroupKey& key) const {
  if (key.is_task || am_count_ == 0) return false;
  for (size_t i = 0; i < kResourceTypesMax; ++i) {
    const int64_t asked = key.capability.amounts[i];
    const double limit = config_.am_share_max * static_cast<double>(total_.amounts[i]);
    if (asked > 0 && static_cast<double>(am_used_.amounts[i] + asked) > limit) return true;
  }
  return false;
}

bool Scheduler::MayUse(const Attempt& attempt, const SchedulerNode& node) const {
  if (!node.present || node.drains || attempt.blacklist.contains(node.id.host)) return false;
  return node.reserved_for.attempt == 0 || node.reserved_for == attempt.id;
}

// A named host counts as a preference worth waiting for only while one of its nodes is in the cluster.
bool Scheduler::HasLiveHost(const Attempt& attempt, const Group& group) const {
  return std::any_of(group.hosts.begin(), group.hosts.end(), [&](const auto& row) {
    return row.second.count > 0 && nodes_of_host_.contains(row.first) && !attempt.blacklist.contains(row.first);
  });
}

bool Scheduler::HasLiveRack(const Group& group) const {
  return std::any_of(group.racks.begin(), group.racks.end(), [&](const auto& row) {
    return row.second.count > 0 && nodes_of_rack_.contains(row.first);
  });
}

bool Scheduler::LevelOn(const Attempt& attempt, const Group& group, const SchedulerNode& node,
                        Locality* level) const {
  if (const auto host = group.hosts.find(node.id.host); host != group.hosts.end() && host->second.count > 0) {
    *level = Locality::kNode;
    return true;
  }
  const bool past_hosts = group.relaxed || !HasLiveHost(attempt, group);
  const auto rack = group.racks.find(node.rack);
  if (past_hosts && rack != group.racks.end() && rack->second.count > 0 && rack->second.relax) {
    *level = Locality::kRack;
    return true;
  }
  *level = Locality::kAny;
  return group.relax_any && past_hosts && (group.relaxed || !HasLiveRack(group));
}

Scheduler::Choice Scheduler::ChooseFrom(const Attempt& attempt, const GroupKey& key, const Group& group,
                                        const std::vector<size_t>& nodes) const {
  Best best[3];
  for (const size_t position : nodes) {
    const SchedulerNode& node = nodes_[position];
    Locality level;
    if (!MayUse(attempt, node) || !key.capability.FitsIn(node.free()) || !LevelOn(attempt, group, node, &level)) {
      continue;
    }
    best[static_cast<size_t>(level)].Offer(position, node, key.capability);
  }
  for (const Locality level : {Locality::kNode, Locality::kRack, Locality::kAny}) {
    if (best[static_cast<size_t>(level)].node >= 0) return {best[static_cast<size_t>(level)].node, level};
  }
  return {};
}

Scheduler::Choice Scheduler::Choose(const Attempt& attempt, const GroupKey& key, const Group& group) const {
  if (group.exhausted) {
    return ChooseFrom(attempt, key, group, std::vector<size_t>(roomier_.begin(), roomier_.end()));
  }
  std::vector<size_t> near;
  for (const auto& [host, row] : group.hosts) {
    if (group.hosts.size() > kCandidatesMax) break;  // SweepHosts has been there
    const auto at = nodes_of_host_.find(host);
    if (row.count > 0 && at != nodes_of_host_.end()) near.insert(near.end(), at->second.begin(), at->second.end());
  }
  if (const Choice choice = ChooseFrom(attempt, key, group, near); choice.node >= 0) return choice;
  if (!group.relaxed && HasLiveHost(attempt, group)) return {};
  near.clear();
  for (const auto& [rack, row] : group.racks) {
    const auto at = nodes_of_rack_.find(rack);
    if (row.count > 0 && row.relax && at != nodes_of_rack_.end()) {
      near.insert(near.end(), at->second.begin(), at->second.end());
    }
  }
  if (const Choice choice = ChooseFrom(attempt, key, group, near); choice.node >= 0) return choice;
  if (!group.relax_any || (!group.relaxed && HasLiveRack(group))) return {};
  Best best;
  for (size_t step = 0; step < nodes_.size() && best.candidates < kCandidatesMax; ++step) {
    const size_t position = (cursor_ + step) % nodes_.size();
    const SchedulerNode& node = nodes_[position];
    if (MayUse(attempt, node) && key.capability.FitsIn(node.free())) best.Offer(position, node, key.capability);
  }
  if (best.node >= 0) cursor_ = static_cast<size_t>(best.node) + 1;
  return {best.node, Locality::kAny};
}

void Scheduler::GrantOn(Attempt& attempt, const GroupKey& key, Group& group, Choice choice, TimePoint now,
                        SchedulerOutcome* outcome) {
  SchedulerNode& node = nodes_[static_cast<size_t>(choice.node)];
  const ContainerId id{attempt.id, (config_.epoch << ContainerId::kSequenceBits) | attempt.next_sequence++};
  AddContainer(attempt, {id, static_cast<size_t>(choice.node), key.capability, key.priority,
                         key.allocation_request_id, !key.is_task, attempt.id});
  --group.wanted;
  if (group.wanted == 0) --attempt.rows;
  if (choice.locality == Locality::kNode) {
    --group.hosts.find(node.id.host)->second.count;
    group.waiting_since = now;
    group.relaxed = config_.locality_delay <= Duration::zero();
  }
  if (choice.locality != Locality::kAny) {
    const auto rack = group.racks.find(node.rack);
    if (rack != group.racks.end() && rack->second.count > 0) --rack->second.count;
  }
  group.unfit_since = kNever;
  if (reservations_ > 0) {
    const int before = reservations_;
    ClearReservations(attempt.id);
    unreserved_ = unreserved_ || reservations_ < before;
  }
  outcome->grants.push_back({id, node.id, key.capability, key.priority, key.allocation_request_id, key.execution,
                             !key.is_task, choice.locality});
}

// One node per attempt at a time: the one that has most room of those that could ever hold it.
void Scheduler::Reserve(const Attempt& attempt, const GroupKey& key, const Group& group) {
  Best best;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const SchedulerNode& node = nodes_[i];
    if (!node.present) continue;
    if (node.reserved_for == attempt.id) return;
    Locality level;
    if (MayUse(attempt, node) && node.reserved_for.attempt == 0 && key.capability.FitsIn(node.total) &&
        LevelOn(attempt, group, node, &level)) {
      best.Offer(i, node, key.capability);
    }
  }
  if (best.node < 0) return;
  nodes_[static_cast<size_t>(best.node)].reserved_for = attempt.id;
  ++reservations_;
}

TimePoint Scheduler::next_deadline() const {
  TimePoint next = held_until_ > last_event_ ? held_until_ : kNever;
  for (const auto& [turn, id] : turns_) {
    for (const auto& [key, group] : attempts_.at(id).groups) {
      if (group.wanted == 0) continue;
      if (!group.relaxed && (!group.hosts.empty() || !group.racks.empty())) {
        next = std::min(next, group.waiting_since + config_.locality_delay);
      }
      // Later than the last event: what was due then has been tried.
      if (group.unfit_since != kNever && group.unfit_since + config_.reserve_after > last_event_) {
        next = std::min(next, group.unfit_since + config_.reserve_after);
      }
    }
  }
  return next;
}

}  // namespace tusk::yarn
