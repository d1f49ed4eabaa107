// The table of policies.
#include "dfs/namenode/rpc/storage_policies.h"

#include <strings.h>

namespace tusk::dfs {
namespace {

constexpr int kDisk = 1;
constexpr int kSsd = 2;
constexpr int kArchive = 3;
constexpr int kRamDisk = 4;
constexpr int kProvided = 5;
constexpr int kNvdimm = 6;

void FillTypes(const std::vector<int>& types, hadoop::hdfs::StorageTypesProto& to) {
  for (int type : types) to.add_storagetypes(static_cast<hadoop::hdfs::StorageTypeProto>(type));
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
      {15, "LAZY_PERSIST", {kRamDisk, kDisk}, {kDisk}, {kDisk}},
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

void FillStoragePolicy(const StoragePolicy& policy, hadoop::hdfs::BlockStoragePolicyProto& to) {
  to.set_policyid(policy.id);
  to.set_name(std::string(policy.name));
  FillTypes(policy.creation, *to.mutable_creationpolicy());
  FillTypes(policy.creation_fallback, *to.mutable_creationfallbackpolicy());
  FillTypes(policy.replication_fallback, *to.mutable_replicationfallbackpolicy());
}

}  // namespace tusk::dfs
