// Hadoop's block storage policies: their ids and names, and what clients are told of them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs {

struct StoragePolicy {
  uint8_t id;
  std::string_view name;
  std::vector<int> creation;              // StorageTypeProto numbers
  std::vector<int> creation_fallback;
  std::vector<int> replication_fallback;
};

inline constexpr uint8_t kDefaultStoragePolicy = 7;  // HOT

std::span<const StoragePolicy> StoragePolicies();
// Null if there is none of that name, in any case of letters, or id.
const StoragePolicy* FindStoragePolicy(std::string_view name);
const StoragePolicy* FindStoragePolicy(uint8_t id);
void FillStoragePolicy(const StoragePolicy& policy, hadoop::hdfs::BlockStoragePolicyProto& to);

}  // namespace tusk::dfs
