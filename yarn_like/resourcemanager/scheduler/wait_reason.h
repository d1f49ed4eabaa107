// Why a pending ask waits: its cause, for programs, and one sentence, for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/time.h"
#include "yarn_like/common/resource.h"

namespace tusk::yarn {

enum class WaitCause : uint8_t {
  kRecovering,         // after a restart nodes say first what they run
  kNoNodes,            // no node manager is registered
  kNodesUnusable,      // there are some, all of them unhealthy, lost, or on their way out
  kMasterLimit,        // application masters hold their share
  kPlaces,             // none of the places that it insists on is in the cluster
  kExcluded,           // the application excludes every node that it may use
  kDraining,           // they take nothing new
  kReserved,           // they are held free for others
  kTooLarge,           // no node could ever hold it
  kFull,               // it would fit if something ended
  kLocality,           // there is room, but not yet on the hosts that it named
  kTurn,               // it will be looked at next
  kGang,               // containers that were granted wait for these
  kMasterLaunching,    // nothing is pending: the master is being started,
  kMasterRegistering,  // or has not reported yet
};
std::string_view NameOf(WaitCause cause);  // "full"

struct WaitReason {
  WaitCause cause = WaitCause::kTurn;
  int lacking = -1;  // of kFull, kTooLarge and kMasterLimit: the position of the type that most nodes lack
  std::string sentence;
  // The ask.
  int64_t count = 0;
  Resource capability;
  int32_t priority = 0;
  int64_t allocation_request_id = -1;
  bool is_am = false;
  std::vector<std::string> places;  // the first ones that it named
  Duration waiting{};               // since it was asked for, or last got what it preferred
};

}  // namespace tusk::yarn
