// Whether the namenode's folders have room for what is to come: dfs.namenode.resource.du.reserved on enough of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/env/disk.h"

namespace tusk::dfs {

struct CheckedVolume {
  std::string path;
  bool required = false;  // without room on it there is none; the others may stand in for each other
};

struct ResourceLimits {
  uint64_t reserved_bytes = 104857600;
  size_t volumes_min = 1;  // of those that are not required
  std::vector<CheckedVolume> volumes;
};

// Blocks. A volume that cannot be asked has no room.
bool HaveResources(Disk& disk, const ResourceLimits& limits);

}  // namespace tusk::dfs
