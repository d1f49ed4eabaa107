// The scheduler's books: events in, nodes, attempts, asks and containers kept up to date. Placement is in
// placement.cc, the sentences for people in explain.cc.
#include "yarn_like/resourcemanager/scheduler/scheduler.h"

#include <algorithm>

#include "base/core/check.h"

namespace tusk::yarn {
namespace {

void RemoveFrom(std::map<std::string, std::vector<size_t>, std::less<>>& index, const std::string& key, size_t node) {
  const auto at = index.find(key);
  if (at == index.end()) return;
  std::erase(at->second, node);
  if (at->second.empty()) index.erase(at);
}

}  // namespace

SchedulerOutcome Scheduler::Apply(const SchedulerEvent& event, TimePoint now) {
  SchedulerOutcome outcome;
  last_event_ = now;
  std::visit([&](const auto& happened) { On(happened, now, &outcome); }, event);
  Match(now, &outcome);
  return outcome;
}

void Scheduler::On(const NodeAdded& event, TimePoint now, SchedulerOutcome* outcome) {
  if (node_index_.contains(event.node)) On(NodeRemoved{event.node}, now, outcome);
  size_t position = nodes_.size();
  if (free_positions_.empty()) {
    nodes_.emplace_back();
  } else {
    position = free_positions_.back();
    free_positions_.pop_back();
  }
  SchedulerNode& node = nodes_[position];
  node = SchedulerNode{};
  node.id = event.node;
  node.rack = event.rack;
  node.total = event.total;
  node.present = true;
  node.drains = event.drains;
  node_index_[event.node] = position;
  nodes_of_host_[event.node.host].push_back(position);
  nodes_of_rack_[event.rack].push_back(position);
  total_ += event.total;
  roomier_.insert(position);
  for (const RunningContainer& container : event.running) Recover(container, position, outcome);
}

void Scheduler::Recover(const RunningContainer& container, size_t node, SchedulerOutcome* outcome) {
  const auto attempt = attempts_.find(container.owner);
  if (attempt == attempts_.end() || containers_.contains(container.container)) return;
  if (container.container.epoch() == config_.epoch && container.owner == container.container.attempt) {
    attempt->second.next_sequence = std::max(attempt->second.next_sequence, container.container.sequence() + 1);
  }
  AddContainer(attempt->second, {container.container, node, container.resource, container.priority,
                                 container.allocation_request_id, container.is_am, container.owner});
  std::erase(outcome->taken, container.container);
}

void Scheduler::On(const NodeRemoved& event, TimePoint /*now*/, SchedulerOutcome* outcome) {
  const auto at = node_index_.find(event.node);
  if (at == node_index_.end()) return;
  const size_t position = at->second;
  SchedulerNode& node = nodes_[position];
  const std::set<ContainerId> lost = node.containers;
  for (const ContainerId& container : lost) {
    outcome->taken.push_back(container);
    DropContainer(container);
  }
  total_ -= node.total;
  RemoveFrom(nodes_of_host_, node.id.host, position);
  RemoveFrom(nodes_of_rack_, node.rack, position);
  node_index_.erase(at);
  if (node.reserved_for.attempt != 0) --reservations_;
  node = SchedulerNode{};
  roomier_.erase(position);
  free_positions_.push_back(position);
}

void Scheduler::On(const NodeResized& event, TimePoint /*now*/, SchedulerOutcome* /*outcome*/) {
  const auto at = node_index_.find(event.node);
  if (at == node_index_.end()) return;
  SchedulerNode& node = nodes_[at->second];
  total_ -= node.total;
  node.total = event.total;
  total_ += node.total;
  roomier_.insert(at->second);
}

void Scheduler::On(const AttemptAdded& event, TimePoint now, SchedulerOutcome* /*outcome*/) {
  if (attempts_.contains(event.attempt)) return;
  Attempt& attempt = attempts_[event.attempt];
  attempt.id = event.attempt;
  attempt.turn = {-event.application_priority, arrivals_++};
  turns_[attempt.turn] = attempt.id;
  for (const Ask& ask : event.am_asks) SetRow(attempt, ask, /*is_am=*/true, now);
}

void Scheduler::On(const AttemptRemoved& event, TimePoint /*now*/, SchedulerOutcome* outcome) {
  const auto at = attempts_.find(event.attempt);
  if (at == attempts_.end()) return;
  const auto successor = attempts_.find(event.successor);
  const std::set<ContainerId> held = at->second.containers;
  for (const ContainerId& id : held) {
    SchedulerContainer container = containers_.at(id);
    DropContainer(id);
    if (successor == attempts_.end() || container.is_am) {
      outcome->taken.push_back(id);
      continue;
    }
    container.owner = event.successor;
    AddContainer(successor->second, container);
  }
  ClearReservations(event.attempt);
  turns_.erase(at->second.turn);
  attempts_.erase(at);
}

void Scheduler::On(const AsksChanged& event, TimePoint now, SchedulerOutcome* /*outcome*/) {
  const auto at = attempts_.find(event.attempt);
  if (at == attempts_.end()) return;
  Attempt& attempt = at->second;
  for (const std::string& host : event.blacklist_additions) attempt.blacklist.insert(host);
  for (const std::string& host : event.blacklist_removals) attempt.blacklist.erase(host);
  if (!event.blacklist_additions.empty() || !event.blacklist_removals.empty()) {
    for (auto& [key, group] : attempt.groups) group.exhausted = false;
  }
  for (const Ask& ask : event.asks) SetRow(attempt, ask, /*is_am=*/false, now);
}

void Scheduler::On(const ContainerEnded& event, TimePoint /*now*/, SchedulerOutcome* /*outcome*/) {
  DropContainer(event.container);
}

void Scheduler::On(const AttemptReprioritized& event, TimePoint /*now*/, SchedulerOutcome* /*outcome*/) {
  const auto at = attempts_.find(event.attempt);
  if (at == attempts_.end()) return;
  turns_.erase(at->second.turn);
  at->second.turn.first = -event.application_priority;
  turns_[at->second.turn] = event.attempt;
}

bool Scheduler::MayGrow(const ContainerId& id, const Resource& resource) const {
  const SchedulerContainer* container = FindContainer(id);
  if (container == nullptr) return false;
  const SchedulerNode& node = nodes_[container->node];
  return resource.FitsIn(node.free() + container->resource);
}

void Scheduler::On(const ContainerResized& event, TimePoint /*now*/, SchedulerOutcome* /*outcome*/) {
  const auto at = containers_.find(event.container);
  if (at == containers_.end()) return;
  SchedulerContainer resized = at->second;
  const auto owner = attempts_.find(resized.owner);
  if (owner == attempts_.end()) return;
  DropContainer(event.container);
  resized.resource = event.resource;
  AddContainer(owner->second, resized);
}

void Scheduler::On(const NodeDrained& event, TimePoint /*now*/, SchedulerOutcome* /*outcome*/) {
  const auto at = node_index_.find(event.node);
  if (at == node_index_.end()) return;
  nodes_[at->second].drains = event.drains;
  if (!event.drains) roomier_.insert(at->second);
}

void Scheduler::On(const GrantsHeld& event, TimePoint /*now*/, SchedulerOutcome* /*outcome*/) {
  held_until_ = event.until;
}

void Scheduler::On(const TimePassed& /*event*/, TimePoint /*now*/, SchedulerOutcome* /*outcome*/) {}

void Scheduler::SetRow(Attempt& attempt, const Ask& ask, bool is_am, TimePoint now) {
  const GroupKey key{!is_am, ask.priority, ask.allocation_request_id, ask.execution, ask.capability};
  const auto found = attempt.groups.find(key);
  if (found == attempt.groups.end() && (ask.count == 0 || attempt.rows >= config_.ask_rows_max)) return;
  Group& group = found == attempt.groups.end() ? attempt.groups[key] : found->second;
  group.exhausted = false;
  if (ask.place == kAnyPlace) {
    if (group.wanted == 0 && ask.count > 0) {
      group.waiting_since = now;
      group.relaxed = false;
      group.unfit_since = kNever;
      ++attempt.rows;
    }
    if (group.wanted > 0 && ask.count == 0) {
      --attempt.rows;
      ClearReservations(attempt.id);
    }
    group.wanted = ask.count;
    group.relax_any = ask.relax_locality;
  } else {
    auto& rows = ask.place.starts_with("/") ? group.racks : group.hosts;
    if (ask.count == 0) {
      attempt.rows -= rows.erase(ask.place);
    } else if (attempt.rows < config_.ask_rows_max) {
      if (rows.insert_or_assign(ask.place, Row{ask.count, ask.relax_locality}).second) ++attempt.rows;
    }
  }
  if (group.wanted == 0 && group.hosts.empty() && group.racks.empty()) {
    attempt.groups.erase(key);
  }
}

void Scheduler::AddContainer(Attempt& attempt, const SchedulerContainer& container) {
  SchedulerNode& node = nodes_[container.node];
  node.used += container.resource;
  node.containers.insert(container.id);
  attempt.used += container.resource;
  attempt.containers.insert(container.id);
  used_ += container.resource;
  if (container.is_am) {
    am_used_ += container.resource;
    ++am_count_;
  }
  containers_[container.id] = container;
}

void Scheduler::DropContainer(const ContainerId& id) {
  const auto at = containers_.find(id);
  if (at == containers_.end()) return;
  const SchedulerContainer& container = at->second;
  SchedulerNode& node = nodes_[container.node];
  node.used -= container.resource;
  node.containers.erase(id);
  roomier_.insert(container.node);
  used_ -= container.resource;
  if (container.is_am) {
    am_used_ -= container.resource;
    --am_count_;
  }
  if (const auto attempt = attempts_.find(container.owner); attempt != attempts_.end()) {
    attempt->second.used -= container.resource;
    attempt->second.containers.erase(id);
  }
  containers_.erase(at);
}

void Scheduler::ClearReservations(const ApplicationAttemptId& attempt) {
  if (reservations_ == 0) return;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (!nodes_[i].present || nodes_[i].reserved_for != attempt) continue;
    nodes_[i].reserved_for = {};
    --reservations_;
    roomier_.insert(i);
  }
}

Resource Scheduler::Headroom() const { return Max(Resource(), total_ - used_); }

Resource Scheduler::MaximumCapability() const {
  Resource largest;
  for (const SchedulerNode& node : nodes_) {
    if (node.present) largest = Max(largest, node.total);
  }
  if (largest.IsZero()) return config_.maximum;
  // A type that the configuration does not bound is bounded by the nodes alone.
  Resource bound = config_.maximum;
  for (size_t i = 2; i < kResourceTypesMax; ++i) {
    if (bound.amounts[i] == 0) bound.amounts[i] = largest.amounts[i];
  }
  return Min(bound, largest);
}

AttemptUsage Scheduler::UsageOf(const ApplicationAttemptId& attempt) const {
  AttemptUsage usage;
  const auto at = attempts_.find(attempt);
  if (at == attempts_.end()) return usage;
  usage.used = at->second.used;
  usage.containers = static_cast<int64_t>(at->second.containers.size());
  for (const auto& [key, group] : at->second.groups) {
    usage.pending_containers += group.wanted;
    for (size_t i = 0; i < kResourceTypesMax; ++i) {
      usage.pending.amounts[i] += key.capability.amounts[i] * group.wanted;
    }
  }
  return usage;
}

const SchedulerNode* Scheduler::FindNode(const NodeId& node) const {
  const auto at = node_index_.find(node);
  return at == node_index_.end() ? nullptr : &nodes_[at->second];
}

const SchedulerContainer* Scheduler::FindContainer(const ContainerId& container) const {
  const auto at = containers_.find(container);
  return at == containers_.end() ? nullptr : &at->second;
}

int64_t Scheduler::pending_container_count() const {
  int64_t count = 0;
  for (const auto& [turn, id] : turns_) count += UsageOf(id).pending_containers;
  return count;
}

void Scheduler::CheckInvariants() const {
  Resource total, used, by_attempts;
  size_t on_nodes = 0;
  for (const SchedulerNode& node : nodes_) {
    if (!node.present) continue;
    Resource sum;
    for (const ContainerId& id : node.containers) {
      const SchedulerContainer* container = FindContainer(id);
      TUSK_CHECK(container != nullptr) << id.ToString();
      sum += container->resource;
    }
    TUSK_CHECK(sum == node.used) << node.id.ToString();
    total += node.total;
    used += node.used;
    on_nodes += node.containers.size();
  }
  for (const auto& [id, attempt] : attempts_) {
    by_attempts += attempt.used;
    for (const auto& [key, group] : attempt.groups) TUSK_CHECK(group.wanted >= 0);
  }
  TUSK_CHECK(total == total_ && used == used_ && by_attempts == used_);
  TUSK_CHECK(on_nodes == containers_.size());
  TUSK_CHECK(am_count_ >= 0 && !am_used_.AnyNegative());
}

}  // namespace tusk::yarn
