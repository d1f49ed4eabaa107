// QuotaTable: how much hangs below each directory that has a quota. Pure state: which directories have one is stored
// with them, the usage is counted anew at a start and followed from then on.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "base/core/status.h"
#include "dfs/namenode/namespace/inode.h"
#include "dfs/namenode/namespace/storage_policies.h"

namespace tusk::dfs {

struct Usage {
  int64_t names = 0;  // files and directories
  int64_t space = 0;  // bytes times replication
  std::array<int64_t, kStorageTypesEnd> types{};  // of space, by storage type as the policy has it
  Usage& operator+=(const Usage& other) {
    names += other.names;
    space += other.space;
    for (size_t i = 0; i < types.size(); ++i) types[i] += other.types[i];
    return *this;
  }
  Usage operator-() const {
    Usage negative{-names, -space, {}};
    for (size_t i = 0; i < types.size(); ++i) negative.types[i] = -types[i];
    return negative;
  }
  bool operator==(const Usage&) const = default;
};

// `bytes` of a file with `replication` replicas under a storage policy.
Usage SpaceOf(int64_t bytes, int64_t replication, uint8_t policy);
// What one inode counts under the policy that holds for it: a last block that is being written counts as a whole one.
Usage UsageOf(const Inode& inode, uint8_t policy);
// "384 MB", "1.50 KB": as Hadoop's StringUtils with two digits.
std::string ShortBytes(int64_t bytes);
// A quota that somebody has set; the root's own one means nothing.
bool HasQuota(const Inode& inode);

class QuotaTable {
 public:
  bool empty() const { return used_.empty(); }
  bool Contains(InodeId directory) const { return used_.contains(directory); }
  // `used` counts the directory itself.
  void Set(InodeId directory, Usage used) { used_[directory] = used; }
  void Erase(InodeId directory) { used_.erase(directory); }
  void Add(InodeId directory, const Usage& delta) {
    if (auto found = used_.find(directory); found != used_.end()) found->second += delta;
  }
  Usage UsedBy(InodeId directory) const {
    auto found = used_.find(directory);
    return found == used_.end() ? Usage{} : found->second;
  }
  // kNSQuotaExceeded, kDSQuotaExceeded or kQuotaByStorageTypeExceeded in Hadoop's words if `delta` more below `directory` at `path` is too much.
  Status Check(const Inode& directory, const std::string& path, const Usage& delta) const;

 private:
  std::unordered_map<InodeId, Usage> used_;
};

}  // namespace tusk::dfs
