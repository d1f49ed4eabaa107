// Hadoop's block storage policies: their ids, names and which storage types replicas should have.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tusk::dfs {

// Numbers of StorageTypeProto.
enum StorageTypeNumber : int { kDisk = 1, kSsd = 2, kArchive = 3, kRamDisk = 4, kProvided = 5, kNvdimm = 6 };
inline constexpr int kStorageTypesEnd = 7;
// Those that a quota can be shown for, in Hadoop's order.
inline constexpr int kQuotaTypes[] = {kSsd, kDisk, kArchive, kProvided, kNvdimm};
std::string_view StorageTypeName(int type);  // "SSD"

struct StoragePolicy {
  uint8_t id;
  std::string_view name;
  std::vector<int> creation;              // StorageTypeProto numbers
  std::vector<int> creation_fallback;
  std::vector<int> replication_fallback;
  bool only_at_creation = false;  // a file takes it when it is made and keeps it
};

inline constexpr uint8_t kDefaultStoragePolicy = 7;  // HOT
inline constexpr uint8_t kLazyPersistPolicy = 15;

std::span<const StoragePolicy> StoragePolicies();
// Null if there is none of that name, in any case of letters, or id.
const StoragePolicy* FindStoragePolicy(std::string_view name);
const StoragePolicy* FindStoragePolicy(uint8_t id);
// "BlockStoragePolicy{HOT:7, storageTypes=[DISK], creationFallbacks=[], replicationFallbacks=[ARCHIVE]}"
std::string Describe(const StoragePolicy& policy);
// How many of `replication` replicas are on each storage type; ones in memory do not count, and
// nothing does where no policy has been set (id 0), as in Hadoop.
void CountTypes(uint8_t policy_id, int64_t replication, std::span<int64_t, kStorageTypesEnd> to);

}  // namespace tusk::dfs
