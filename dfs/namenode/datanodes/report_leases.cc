// ReportLeases, see the header.
#include "dfs/namenode/datanodes/report_leases.h"

namespace tusk::dfs {

uint64_t ReportLeases::Request(std::string_view datanode_uuid, TimePoint now) {
  std::erase_if(leases_, [&](const auto& entry) { return entry.second.until <= now; });
  const std::string uuid(datanode_uuid);
  leases_.erase(uuid);
  if (leases_.size() >= leases_max_) return 0;
  if (next_id_ == 0) next_id_ = 1;
  leases_[uuid] = {next_id_, now + length_};
  return next_id_++;
}

bool ReportLeases::Check(std::string_view datanode_uuid, uint64_t id, TimePoint now) const {
  if (id == 0) return true;
  auto it = leases_.find(std::string(datanode_uuid));
  return it != leases_.end() && it->second.id == id && it->second.until > now;
}

void ReportLeases::Release(std::string_view datanode_uuid) { leases_.erase(std::string(datanode_uuid)); }

}  // namespace tusk::dfs
