// GroupMapping: the groups of a user, as Hadoop's servers look them up: hadoop.user.group.static.mapping.overrides first,
// then the system's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/config/configuration.h"
#include "base/core/result.h"
#include "base/env/clock.h"

namespace tusk {

class GroupMapping {
 public:
  virtual ~GroupMapping() = default;
  // Primary group first; none for a user that this machine does not know.
  virtual std::vector<std::string> GroupsOf(const std::string& user) = 0;
  // Forgets what it remembers (refreshUserToGroupsMappings).
  virtual void Refresh() {}
};

// The system's groups (getgrouplist), remembered for hadoop.security.groups.cache.secs (300), and before them
// hadoop.user.group.static.mapping.overrides: "user=group1,group2;user2=;..." ("dr.who=;" by default). kInvalidArgument
// for an override that cannot be read.
Result<std::unique_ptr<GroupMapping>> MakeGroupMapping(const Clock& clock, const Configuration& conf);

}  // namespace tusk
