// StoragePolicySummary: which blocks lie on the storage types that their policy asks for, as `fsck -storagepolicies`
// prints it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dfs/namenode/namespace/storage_policies.h"

namespace tusk::dfs {

class StoragePolicySummary {
 public:
  // One block: the types of the storages that hold it, and the id of its file's policy; 0: none set.
  void Add(std::vector<int> storage_types, uint8_t policy);
  std::string ToString() const;

 private:
  struct Combination {
    std::vector<int> types;  // in Hadoop's order
    const StoragePolicy* wanted = nullptr;
    const StoragePolicy* actual = nullptr;  // the policy that places replicas so; null if there is none
    uint64_t blocks = 0;
  };
  std::vector<Combination> combinations_;
  uint64_t blocks_ = 0;
};

}  // namespace tusk::dfs
