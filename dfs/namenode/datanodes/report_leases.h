// ReportLeases: which datanodes may send a full block report now. A few at a time, so that a restart of a large
// cluster does not drown the namenode; a lease that is not used in time is given to another.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/core/time.h"

namespace tusk::dfs {

class ReportLeases {
 public:
  // `first_id` != 0: where lease ids start; random, so that a lease of an earlier namenode is not taken for one of ours.
  ReportLeases(size_t leases_max, Duration length, uint64_t first_id)
      : leases_max_(leases_max), length_(length), next_id_(first_id == 0 ? 1 : first_id) {}

  // A lease id, or 0 if too many hold one. A datanode that asks again gets a new one.
  uint64_t Request(std::string_view datanode_uuid, TimePoint now);
  // Whether a report with `id` may be taken; 0 is always taken (a report that an administrator triggered).
  bool Check(std::string_view datanode_uuid, uint64_t id, TimePoint now) const;
  void Release(std::string_view datanode_uuid);
  size_t held() const { return leases_.size(); }

 private:
  struct Lease {
    uint64_t id = 0;
    TimePoint until{};
  };
  size_t leases_max_;
  Duration length_;
  uint64_t next_id_;
  std::unordered_map<std::string, Lease> leases_;
};

}  // namespace tusk::dfs
