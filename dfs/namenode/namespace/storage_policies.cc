// The table of policies.
#include "dfs/namenode/namespace/storage_policies.h"

#include <strings.h>

#include <algorithm>

namespace tusk::dfs {
namespace {

std::string TypeList(const std::vector<int>& types) {
  std::string text;
  for (int type : types) text += (text.empty() ? "" : ", ") + std::string(StorageTypeName(type));
  return "[" + text + "]";
}

}  // namespace

std::span<const StoragePolicy> StoragePolicies() {
  static const std::vector<StoragePolicy> kPolicies = {
      {1, "PROVIDED", {kProvided, kDisk}, {kProvided, kDisk}, {kProvided, kDisk}},
      {2, "COLD", {kArchive}, {}, {}},
      {5, "WARM", {kDisk, kArchive}, {kDisk, kArchive}, {kDisk, kArchive}},
      {7, "HOT", {kDisk}, {}, {kArchive}},
      {10, "ONE_SSD", {kSsd, kDisk}, {kSsd, kDisk}, {kSsd, kDisk}},
      {12, "ALL_SSD", {kSsd}, {kDisk}, {kDisk}},
      {14, "ALL_NVDIMM", {kNvdimm}, {kDisk}, {kDisk}},
      {15, "LAZY_PERSIST", {kRamDisk, kDisk}, {kDisk}, {kDisk}, true},
  };
  return kPolicies;
}

const StoragePolicy* FindStoragePolicy(std::string_view name) {
  for (const StoragePolicy& policy : StoragePolicies()) {
    if (policy.name.size() == name.size() && ::strncasecmp(policy.name.data(), name.data(), name.size()) == 0) return &policy;
  }
  return nullptr;
}

const StoragePolicy* FindStoragePolicy(uint8_t id) {
  for (const StoragePolicy& policy : StoragePolicies()) {
    if (policy.id == id) return &policy;
  }
  return nullptr;
}

std::string_view StorageTypeName(int type) {
  constexpr std::string_view kNames[] = {"", "DISK", "SSD", "ARCHIVE", "RAM_DISK", "PROVIDED", "NVDIMM"};
  return type > 0 && type < kStorageTypesEnd ? kNames[type] : "";
}

std::string Describe(const StoragePolicy& policy) {
  return "BlockStoragePolicy{" + std::string(policy.name) + ":" + std::to_string(policy.id) +
         ", storageTypes=" + TypeList(policy.creation) + ", creationFallbacks=" + TypeList(policy.creation_fallback) +
         ", replicationFallbacks=" + TypeList(policy.replication_fallback) + "}";
}

void CountTypes(uint8_t policy_id, int64_t replication, std::span<int64_t, kStorageTypesEnd> to) {
  const StoragePolicy* policy = FindStoragePolicy(policy_id);
  if (policy == nullptr) return;
  const std::vector<int>& types = policy->creation;
  for (size_t i = 0; i < types.size() && replication > 0; ++i) {
    int64_t here = i + 1 == types.size() ? replication : 1;
    if (types[i] != kRamDisk) to[static_cast<size_t>(types[i])] += here;
    replication -= here;
  }
}

}  // namespace tusk::dfs
