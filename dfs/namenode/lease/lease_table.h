// LeaseTable: which client may write which open files, and until when. Pure state; `now` comes from the driver. Leases
// are not stored: the open files are, and after a start each holder's lease begins anew.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/core/time.h"

namespace tusk::dfs {

struct LeaseLimits {
  Duration soft = std::chrono::seconds(60);     // others may take the file over
  Duration hard = std::chrono::seconds(1200);   // the namenode closes it
};

class LeaseTable {
 public:
  explicit LeaseTable(LeaseLimits limits) : limits_(limits) {}

  // `holder` writes `file` from now on; renews its lease. A file has one holder: the one before loses it.
  void Add(const std::string& holder, int64_t file, TimePoint now);
  void Remove(int64_t file);
  // Silently nothing for an unknown holder, as Hadoop.
  void Renew(std::string_view holder, TimePoint now);

  bool Holds(std::string_view holder, int64_t file) const;
  size_t FileCountOf(std::string_view holder) const;
  // Empty if no one writes it.
  std::string HolderOf(int64_t file) const;
  bool SoftExpired(std::string_view holder, TimePoint now) const;
  // Files whose holders were silent for the hard limit, at most `count_max`; they stay until removed, and their
  // holder's time starts again, so that one that cannot be closed now is tried again later.
  std::vector<int64_t> TakeExpired(TimePoint now, size_t count_max);
  size_t file_count() const { return holder_of_.size(); }
  // Open files with an id above `after`, ascending.
  std::vector<int64_t> FilesAfter(int64_t after, size_t count_max) const;

 private:
  struct Lease {
    TimePoint renewed;
    std::set<int64_t> files;
  };
  LeaseLimits limits_;
  std::unordered_map<std::string, Lease> leases_;
  std::unordered_map<int64_t, std::string> holder_of_;
};

}  // namespace tusk::dfs
