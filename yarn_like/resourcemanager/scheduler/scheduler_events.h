// What the scheduler is told and what it answers: plain values, so that a log of events replays to the same state.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/core/time.h"
#include "yarn_like/common/ids.h"
#include "yarn_like/common/resource.h"
#include "yarn_like/common/token_identifiers.h"

namespace tusk::yarn {

inline constexpr std::string_view kAnyPlace = "*";

// One row of an allocate request. `count` is the absolute number outstanding for its key, not a change; 0 deletes.
// Lower priority numbers are more urgent. relax_locality says whether a container may be placed at the level of this
// row when a narrower row exists ("*" with false pins to the named hosts and racks).
struct Ask {
  int32_t priority = 0;
  std::string place{kAnyPlace};  // "*", "/rack" or a host
  Resource capability;
  int64_t count = 0;
  bool relax_locality = true;
  std::string node_label;
  ExecutionType execution = ExecutionType::kGuaranteed;
  int64_t allocation_request_id = -1;
};

// A container that a node reports when it registers.
struct RunningContainer {
  ContainerId container;
  Resource resource;
  int32_t priority = 0;
  int64_t allocation_request_id = -1;
  bool is_am = false;
  ApplicationAttemptId owner;  // the attempt that holds it: its own, or a later one
};
// A node that was here already is replaced; those of its containers that do not run any more are taken.
struct NodeAdded {
  NodeId node;
  std::string rack;
  Resource total;
  std::vector<RunningContainer> running;
  bool drains = false;  // as NodeDrained
};
// Lost, shut down, unhealthy: its containers end as lost.
struct NodeRemoved {
  NodeId node;
};
struct NodeResized {
  NodeId node;
  Resource total;
};
// am_asks are the rows for the application master's own container; empty for an unmanaged one.
struct AttemptAdded {
  ApplicationAttemptId attempt;
  int32_t application_priority = 0;  // higher goes first
  std::vector<Ask> am_asks;
};
// All its containers end; where there is a successor, only the application master's: it gets the others.
struct AttemptRemoved {
  ApplicationAttemptId attempt;
  ApplicationAttemptId successor = {};  // attempt number 0: none
};
struct AttemptReprioritized {
  ApplicationAttemptId attempt;
  int32_t application_priority = 0;
};
struct AsksChanged {
  ApplicationAttemptId attempt;
  std::vector<Ask> asks;
  std::vector<std::string> blacklist_additions;  // host names
  std::vector<std::string> blacklist_removals;
};
// Finished, released or expired.
struct ContainerEnded {
  ContainerId container;
};
// A smaller size is taken at once; a larger one only if Scheduler::MayGrow said so.
struct ContainerResized {
  ContainerId container;
  Resource resource;
};
// While it drains a node gets nothing new: before its first heartbeat, and when it is to be decommissioned.
struct NodeDrained {
  NodeId node;
  bool drains = true;
};
// After a restart: nothing is granted before `until`, so that nodes can say first what they run.
struct GrantsHeld {
  TimePoint until{};
};
// Only lets delays run out.
struct TimePassed {};

using SchedulerEvent = std::variant<NodeAdded, NodeRemoved, NodeResized, AttemptAdded, AttemptRemoved, AsksChanged,
                                    ContainerEnded, AttemptReprioritized, ContainerResized, NodeDrained, GrantsHeld,
                                    TimePassed>;

enum class Locality : uint8_t { kNode, kRack, kAny };

struct Grant {
  ContainerId container;
  NodeId node;
  Resource resource;
  int32_t priority = 0;
  int64_t allocation_request_id = -1;
  ExecutionType execution = ExecutionType::kGuaranteed;
  bool is_am = false;
  Locality locality = Locality::kAny;
};

struct SchedulerOutcome {
  std::vector<Grant> grants;
  // Containers that the event took away: of a removed node or attempt.
  std::vector<ContainerId> taken;
};

}  // namespace tusk::yarn
