// Leases by holder and by file.
#include "dfs/namenode/lease/lease_table.h"

#include <algorithm>

namespace tusk::dfs {

void LeaseTable::Add(const std::string& holder, int64_t file, TimePoint now) {
  Remove(file);
  Lease& lease = leases_[holder];
  lease.renewed = now;
  lease.files.insert(file);
  holder_of_[file] = holder;
}

void LeaseTable::Remove(int64_t file) {
  auto found = holder_of_.find(file);
  if (found == holder_of_.end()) return;
  auto lease = leases_.find(found->second);
  lease->second.files.erase(file);
  if (lease->second.files.empty()) leases_.erase(lease);
  holder_of_.erase(found);
}

void LeaseTable::Renew(std::string_view holder, TimePoint now) {
  if (auto found = leases_.find(std::string(holder)); found != leases_.end()) found->second.renewed = now;
}

bool LeaseTable::Holds(std::string_view holder, int64_t file) const {
  auto found = holder_of_.find(file);
  return found != holder_of_.end() && found->second == holder;
}

size_t LeaseTable::FileCountOf(std::string_view holder) const {
  auto found = leases_.find(std::string(holder));
  return found == leases_.end() ? 0 : found->second.files.size();
}

std::string LeaseTable::HolderOf(int64_t file) const {
  auto found = holder_of_.find(file);
  return found == holder_of_.end() ? "" : found->second;
}

bool LeaseTable::SoftExpired(std::string_view holder, TimePoint now) const {
  auto found = leases_.find(std::string(holder));
  return found == leases_.end() || now - found->second.renewed > limits_.soft;
}

std::vector<int64_t> LeaseTable::TakeExpired(TimePoint now, size_t count_max) {
  std::vector<int64_t> expired;
  for (auto& [holder, lease] : leases_) {
    if (now - lease.renewed <= limits_.hard) continue;
    for (int64_t file : lease.files) {
      if (expired.size() >= count_max) return expired;
      expired.push_back(file);
    }
    lease.renewed = now;
  }
  return expired;
}

std::vector<int64_t> LeaseTable::FilesAfter(int64_t after, size_t count_max) const {
  std::vector<int64_t> files;
  for (const auto& [file, holder] : holder_of_) {
    if (file > after) files.push_back(file);
  }
  std::sort(files.begin(), files.end());
  if (files.size() > count_max) files.resize(count_max);
  return files;
}

}  // namespace tusk::dfs
