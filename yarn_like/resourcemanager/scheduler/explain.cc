// Sentences for people: why an ask is refused, why it waits.
#include <fmt/format.h>

#include <algorithm>

#include "yarn_like/resourcemanager/scheduler/scheduler.h"

namespace tusk::yarn {
namespace {

std::string NamesWhere(const ResourceTypes& types, const auto& chosen) {
  std::string names;
  for (size_t i = 0; i < types.size(); ++i) {
    if (!chosen(i)) continue;
    if (!names.empty()) names += ", ";
    names += types.name(i);
  }
  return names;
}

int64_t RoundUp(int64_t value, int64_t step) {
  if (step <= 0) return value;
  return (std::max(value, step) + step - 1) / step * step;
}

}  // namespace

Status Scheduler::Normalize(Ask* ask, const ResourceTypes& types) const {
  Resource& wanted = ask->capability;
  if (ask->count < 0) {
    return {Code::kInvalidResourceRequest,
            fmt::format("Invalid resource request! The number of containers is less than 0: {}", ask->count)};
  }
  if (wanted.AnyNegative()) {
    return {Code::kInvalidResourceRequest,
            fmt::format("Invalid resource request! Cannot allocate containers as requested resource is less than 0! "
                        "Requested resource type=[{}], Requested resource={}",
                        NamesWhere(types, [&](size_t i) { return wanted.amounts[i] < 0; }), types.Format(wanted))};
  }
  const Resource maximum = MaximumCapability();
  if (!wanted.FitsIn(maximum)) {
    return {Code::kInvalidResourceRequest,
            fmt::format("Invalid resource request! Cannot allocate containers as requested resource is greater than "
                        "maximum allowed allocation. Requested resource type=[{}], Requested resource={}, maximum "
                        "allowed allocation={}, please note that maximum allowed allocation is calculated by "
                        "scheduler based on maximum resource of registered NodeManagers, which might be less than "
                        "configured maximum allocation={}",
                        NamesWhere(types, [&](size_t i) { return wanted.amounts[i] > maximum.amounts[i]; }),
                        types.Format(wanted), types.Format(maximum), types.Format(config_.maximum))};
  }
  if (!ask->node_label.empty() && ask->node_label != "*") {
    return {Code::kInvalidLabelResourceRequest,
            "Invalid resource request, node label not enabled but request contains label expression"};
  }
  for (size_t i = 0; i < 2; ++i) {
    wanted.amounts[i] = std::min(RoundUp(wanted.amounts[i], config_.minimum.amounts[i]), maximum.amounts[i]);
  }
  return Status::Ok();
}

std::string Scheduler::WhyWaiting(const ApplicationAttemptId& id, const ResourceTypes& types, TimePoint now) const {
  const auto at = attempts_.find(id);
  if (at == attempts_.end()) return "";
  const Attempt& attempt = at->second;
  const auto first = std::find_if(attempt.groups.begin(), attempt.groups.end(),
                                  [](const auto& entry) { return entry.second.wanted > 0; });
  if (first == attempt.groups.end()) return "";
  const auto& [key, group] = *first;
  const std::string what = key.is_task ? fmt::format("{} container(s) of {} at priority {}", group.wanted,
                                                     types.Format(key.capability), key.priority)
                                       : fmt::format("the application master's {}", types.Format(key.capability));
  if (now < held_until_) {
    return fmt::format("Waiting for {}: nothing is granted for {} ms more, until the nodes have said what they run.",
                       what, ToMillis(held_until_ - now));
  }
  if (node_index_.empty()) return fmt::format("Waiting for {}: no node is in the cluster.", what);
  if (AmLimitReached(key)) {
    return fmt::format("Waiting for {}: application masters already hold {}, and they may hold {:.0f}% of the "
                       "cluster's {}.",
                       what, types.Format(am_used_), config_.am_share_max * 100, types.Format(total_));
  }
  size_t usable = 0, large_enough = 0, reserved = 0;
  const SchedulerNode* freest = nullptr;
  for (const SchedulerNode& node : nodes_) {
    if (!node.present || attempt.blacklist.contains(node.id.host)) continue;
    ++usable;
    if (!MayUse(attempt, node)) {
      ++reserved;
      continue;
    }
    if (key.capability.FitsIn(node.total)) ++large_enough;
    const bool fits = key.capability.FitsIn(node.free());
    if (freest == nullptr || (fits && !key.capability.FitsIn(freest->free())) ||
        (!key.capability.FitsIn(freest->free()) && node.free().memory_mb() > freest->free().memory_mb())) {
      freest = &node;
    }
  }
  if (usable == 0) return fmt::format("Waiting for {}: the application excludes every node.", what);
  if (freest == nullptr) return fmt::format("Waiting for {}: {} node(s) are reserved for others.", what, reserved);
  if (large_enough == 0) return fmt::format("Waiting for {}: no node is large enough.", what);
  if (!key.capability.FitsIn(freest->free())) {
    return fmt::format("Waiting for {}: the largest free room is {} on {}.", what, types.Format(freest->free()),
                       freest->id.ToString());
  }
  if (!group.relaxed && HasLiveHost(attempt, group)) {
    const auto left = group.waiting_since + config_.locality_delay - now;
    return fmt::format("Waiting for {}: for {} ms more on the hosts that it named.", what,
                       std::max<int64_t>(0, ToMillis(left)));
  }
  if (!group.relax_any) return fmt::format("Waiting for {}: it accepts only the places that it named.", what);
  return fmt::format("Waiting for {}: its turn has not come.", what);
}

}  // namespace tusk::yarn
