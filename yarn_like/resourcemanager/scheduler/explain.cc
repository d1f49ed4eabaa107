// Sentences for people: why an ask is refused, why it waits.
#include <fmt/format.h>

#include <algorithm>
#include <array>

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

std::string_view NameOf(WaitCause cause) {
  switch (cause) {
    case WaitCause::kRecovering: return "recovering";
    case WaitCause::kNoNodes: return "noNodes";
    case WaitCause::kNodesUnusable: return "nodesUnusable";
    case WaitCause::kMasterLimit: return "amLimit";
    case WaitCause::kPlaces: return "places";
    case WaitCause::kExcluded: return "excluded";
    case WaitCause::kDraining: return "draining";
    case WaitCause::kReserved: return "reserved";
    case WaitCause::kTooLarge: return "tooLarge";
    case WaitCause::kFull: return "full";
    case WaitCause::kLocality: return "locality";
    case WaitCause::kTurn: return "turn";
    case WaitCause::kGang: return "gang";
    case WaitCause::kMasterLaunching: return "masterLaunching";
    case WaitCause::kMasterRegistering: return "masterRegistering";
  }
  return "turn";
}

// What stands in the way on each node; a node counts once, under the first thing.
struct Scheduler::Survey {
  size_t present = 0, elsewhere = 0, excluded = 0, draining = 0, reserved = 0, small = 0, full = 0, fits = 0;
  std::array<size_t, kResourceTypesMax> small_by{}, full_by{};
  const SchedulerNode* freest = nullptr;  // of those that are full
};

Scheduler::Survey Scheduler::SurveyNodes(const Attempt& attempt, const GroupKey& key, const Group& group) const {
  Survey survey;
  const auto count_lacking = [&](const Resource& room, std::array<size_t, kResourceTypesMax>& by) {
    for (size_t i = 0; i < kResourceTypesMax; ++i) by[i] += key.capability.amounts[i] > room.amounts[i] ? 1 : 0;
  };
  const auto named = [](const auto& rows, const std::string& place, bool must_relax) {
    const auto at = rows.find(place);
    return at != rows.end() && at->second.count > 0 && (!must_relax || at->second.relax);
  };
  for (const SchedulerNode& node : nodes_) {
    if (!node.present) continue;
    ++survey.present;
    const bool allowed =
        group.relax_any || named(group.hosts, node.id.host, false) || named(group.racks, node.rack, true);
    const Resource free = node.free();
    if (!allowed) {
      ++survey.elsewhere;
    } else if (attempt.blacklist.contains(node.id.host)) {
      ++survey.excluded;
    } else if (node.drains) {
      ++survey.draining;
    } else if (!key.capability.FitsIn(node.total)) {
      ++survey.small;
      count_lacking(node.total, survey.small_by);
    } else if (!MayUse(attempt, node)) {
      ++survey.reserved;
    } else if (key.capability.FitsIn(free)) {
      ++survey.fits;
    } else {
      ++survey.full;
      count_lacking(free, survey.full_by);
      if (survey.freest == nullptr || free.memory_mb() > survey.freest->free().memory_mb()) survey.freest = &node;
    }
  }
  return survey;
}

namespace {

// "memory on 3, vcores on 1"
std::string Lacking(const ResourceTypes& types, const std::array<size_t, kResourceTypesMax>& by, int* most) {
  std::string text;
  for (size_t i = 0; i < types.size(); ++i) {
    if (by[i] == 0) continue;
    if (*most < 0 || by[i] > by[static_cast<size_t>(*most)]) *most = static_cast<int>(i);
    text += fmt::format("{}{} on {}", text.empty() ? "" : ", ", i == 0 ? "memory" : types.name(i), by[i]);
  }
  return text;
}

constexpr size_t kPlacesShown = 20;

}  // namespace

void Scheduler::Explain(const Attempt& attempt, const GroupKey& key, const Group& group, const ResourceTypes& types,
                        TimePoint now, WaitReason* reason) const {
  const std::string what = key.is_task ? fmt::format("{} container(s) of {} at priority {}", group.wanted,
                                                     types.Format(key.capability), key.priority)
                                       : fmt::format("the application master's {}", types.Format(key.capability));
  const auto say = [&](WaitCause cause, const std::string& why) {
    reason->cause = cause;
    reason->sentence = fmt::format("Waiting for {}: {}.", what, why);
  };
  if (now < held_until_) {
    return say(WaitCause::kRecovering, fmt::format("nothing is granted for {} ms more, until the nodes have said what "
                                                   "they run",
                                                   ToMillis(held_until_ - now)));
  }
  if (node_index_.empty()) return say(WaitCause::kNoNodes, "no node is in the cluster");
  if (AmLimitReached(key)) {
    for (size_t i = 0; i < types.size() && reason->lacking < 0; ++i) {
      const double limit = config_.am_share_max * static_cast<double>(total_.amounts[i]);
      if (key.capability.amounts[i] > 0 && static_cast<double>(am_used_.amounts[i] + key.capability.amounts[i]) > limit) {
        reason->lacking = static_cast<int>(i);
      }
    }
    return say(WaitCause::kMasterLimit,
               fmt::format("application masters already hold {}, and they may hold {:.0f}% of the cluster's {}",
                           types.Format(am_used_), config_.am_share_max * 100, types.Format(total_)));
  }
  const Survey survey = SurveyNodes(attempt, key, group);
  const size_t allowed = survey.present - survey.elsewhere;
  const std::string of = survey.elsewhere == 0 ? fmt::format("{} node(s)", allowed)
                                               : fmt::format("{} node(s) at the places that it insists on", allowed);
  if (allowed == 0) return say(WaitCause::kPlaces, "it accepts only the places that it named, and none is in the cluster");
  if (survey.excluded == allowed) {
    return say(WaitCause::kExcluded, survey.elsewhere == 0 ? "the application excludes every node"
                                                           : "the application excludes the places that it insists on");
  }
  if (survey.fits > 0) {
    if (!group.relaxed && (HasLiveHost(attempt, group) || HasLiveRack(group))) {
      const auto left = group.waiting_since + config_.locality_delay - now;
      return say(WaitCause::kLocality, fmt::format("for {} ms more on the hosts that it named",
                                                   std::max<int64_t>(0, ToMillis(left))));
    }
    return say(WaitCause::kTurn, "its turn has not come");
  }
  if (survey.full > 0) {
    const std::string lacking = Lacking(types, survey.full_by, &reason->lacking);
    std::string others;
    if (survey.excluded > 0) others += fmt::format("; {} excluded by the application", survey.excluded);
    if (survey.reserved > 0) others += fmt::format("; {} reserved for others", survey.reserved);
    if (survey.draining > 0) others += fmt::format("; {} take nothing new", survey.draining);
    if (survey.small > 0) others += fmt::format("; {} too small", survey.small);
    return say(WaitCause::kFull, fmt::format("of {} {} are full ({}), the largest free room is {} on {}{}", of,
                                             survey.full, lacking, types.Format(survey.freest->free()),
                                             survey.freest->id.ToString(), others));
  }
  if (survey.reserved > 0) {
    return say(WaitCause::kReserved, fmt::format("of {} {} are reserved for others", of, survey.reserved));
  }
  if (survey.small > 0) {
    const std::string lacking = Lacking(types, survey.small_by, &reason->lacking);
    return say(WaitCause::kTooLarge, fmt::format("no node is large enough, even when it is empty (of {} it lacks {})",
                                                 of, lacking));
  }
  say(WaitCause::kDraining, fmt::format("of {} {} take nothing new: they leave, or have just come", of, survey.draining));
}

std::vector<WaitReason> Scheduler::WhyWaiting(const ApplicationAttemptId& id, const ResourceTypes& types, TimePoint now,
                                              size_t asks_max) const {
  std::vector<WaitReason> reasons;
  const auto at = attempts_.find(id);
  if (at == attempts_.end()) return reasons;
  for (const auto& [key, group] : at->second.groups) {
    if (group.wanted <= 0) continue;
    if (reasons.size() >= asks_max) break;
    WaitReason& reason = reasons.emplace_back();
    reason.count = group.wanted;
    reason.capability = key.capability;
    reason.priority = key.priority;
    reason.allocation_request_id = key.allocation_request_id;
    reason.is_am = !key.is_task;
    reason.waiting = now - group.waiting_since;
    for (const auto* rows : {&group.hosts, &group.racks}) {
      for (const auto& [place, row] : *rows) {
        if (row.count > 0 && reason.places.size() < kPlacesShown) reason.places.push_back(place);
      }
    }
    Explain(at->second, key, group, types, now, &reason);
  }
  return reasons;
}

std::string Scheduler::WhyWaiting(const ApplicationAttemptId& id, const ResourceTypes& types, TimePoint now) const {
  const auto reasons = WhyWaiting(id, types, now, 1);
  return reasons.empty() ? "" : reasons.front().sentence;
}

}  // namespace tusk::yarn
