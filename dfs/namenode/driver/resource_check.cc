// HaveResources, see the header.
#include "dfs/namenode/driver/resource_check.h"

#include <algorithm>

namespace tusk::dfs {

bool HaveResources(Disk& disk, const ResourceLimits& limits) {
  size_t redundant = 0;
  size_t with_room = 0;
  for (const CheckedVolume& volume : limits.volumes) {
    Result<DiskSpace> space = disk.Space(volume.path);
    const bool has_room = space.ok() && space->available_bytes >= limits.reserved_bytes;
    if (volume.required && !has_room) return false;
    if (volume.required) continue;
    ++redundant;
    with_room += has_room ? 1 : 0;
  }
  return with_room >= std::min(limits.volumes_min, redundant);
}

}  // namespace tusk::dfs
