// Counting and refusing.
#include "dfs/namenode/namespace/quota_table.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace tusk::dfs {

std::string ShortBytes(int64_t bytes) {
  constexpr std::array<const char*, 6> kUnits = {"B", "KB", "MB", "GB", "TB", "PB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  while (std::fabs(value) >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  char text[32];
  bool whole = value == std::floor(value);
  std::snprintf(text, sizeof(text), whole ? "%.0f %s" : "%.2f %s", value, kUnits[unit]);
  return text;
}

Usage SpaceOf(int64_t bytes, int64_t replication, uint8_t policy) {
  Usage usage{0, bytes * replication, {}};
  CountTypes(policy, replication, usage.types);
  for (int64_t& type : usage.types) type *= bytes;
  return usage;
}

Usage UsageOf(const Inode& inode, uint8_t policy) {
  if (!inode.is_file()) return {1, 0, {}};
  int64_t bytes = inode.Length();
  if (!inode.last_block_complete && !inode.blocks.empty()) bytes += inode.block_size - inode.blocks.back().length;
  Usage usage = SpaceOf(bytes, inode.replication, policy);
  usage.names = 1;
  return usage;
}

bool HasQuota(const Inode& inode) {
  if (!inode.is_directory()) return false;
  bool names = inode.namespace_quota != kQuotaNone && inode.namespace_quota != kNamespaceQuotaMax;
  return names || inode.space_quota != kQuotaNone || !inode.type_quotas.empty();
}

Status QuotaTable::Check(const Inode& directory, const std::string& path, const Usage& delta) const {
  if (!HasQuota(directory)) return Status::Ok();
  Usage used = UsedBy(directory.id);
  used += delta;
  if (delta.names > 0 && directory.namespace_quota != kQuotaNone && used.names > directory.namespace_quota) {
    return Status(Code::kNSQuotaExceeded, "The NameSpace quota (directories and files) of directory " + path +
                                              " is exceeded: quota=" + std::to_string(directory.namespace_quota) +
                                              " file count=" + std::to_string(used.names));
  }
  if (delta.space > 0 && directory.space_quota != kQuotaNone && used.space > directory.space_quota) {
    return Status(Code::kDSQuotaExceeded,
                  "The DiskSpace quota of " + path + " is exceeded: quota = " + std::to_string(directory.space_quota) +
                      " B = " + ShortBytes(directory.space_quota) + " but diskspace consumed = " +
                      std::to_string(used.space) + " B = " + ShortBytes(used.space));
  }
  for (const StorageTypeQuota& quota : directory.type_quotas) {
    size_t type = quota.type;
    if (delta.types[type] > 0 && used.types[type] > quota.bytes) {
      return Status(Code::kQuotaByStorageTypeExceeded,
                    "Quota by storage type : " + std::string(StorageTypeName(quota.type)) + " on path : " + path +
                        " is exceeded. quota = " + ShortBytes(quota.bytes) + " but space consumed = " +
                        ShortBytes(used.types[type]));
    }
  }
  return Status::Ok();
}

}  // namespace tusk::dfs
