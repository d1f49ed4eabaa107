// Cgroups: one group of the kernel per container, where this machine lets us make them: version 1 controllers
// (memory, cpu, pids, freezer), the unified hierarchy (memory, cpu, pids, and cgroup.kill), or both. Without any, the
// node manager falls back to process groups and measured limits. Calls are short file operations.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/env/disk.h"

namespace tusk::yarn {

struct CgroupLimits {
  int64_t memory_bytes = 0;  // 0: none
  int64_t vcores = 1;        // a weight, no cap
  int64_t pids_max = 0;      // 0: none
  std::vector<int> denied_gpu_minors = {};  // /dev/nvidia<minor>, where the devices controller is
};

class Cgroups {
 public:
  // `folder`: the group that holds this node manager's containers, e.g. "tusk-nm-1a2b"; kept across restarts so that
  // leftovers are found. Null with a reason in `why_not` where no group can be made.
  // `with_devices`: also the devices controller (version 1 only), which keeps containers from others' GPUs.
  static std::unique_ptr<Cgroups> Detect(Disk& disk, const std::string& folder, bool with_devices, std::string* why_not);

  // "cgroups v1 (cpu,freezer,memory,pids) and v2 (kill)"
  const std::string& description() const { return description_; }
  bool limits_memory() const;
  bool limits_devices() const { return Find("devices") != nullptr; }
  // The weight of all containers together against the rest of the machine: that of so many busy processes.
  void SetNodeWeight(int64_t vcores);
  // Makes the group and sets its limits. Returns the cgroup.procs files that the container's process enters.
  Result<std::vector<std::string>> Make(const std::string& container, const CgroupLimits& limits);
  // Other limits for a group that is there.
  Status Change(const std::string& container, const CgroupLimits& limits) { return SetLimits(container, limits); }
  // Kills all that is in it, whatever session or parent it has now. OK if there is nothing.
  Status Kill(const std::string& container);
  bool Empty(const std::string& container);
  // Removes the emptied group.
  Status Remove(const std::string& container);
  // How many of its processes the kernel killed for memory; and the most memory it has used.
  int64_t OomKills(const std::string& container);
  int64_t PeakMemoryBytes(const std::string& container);
  // Removes our folder where no container is left in it.
  void RemoveFolder();
  // Groups that are there now.
  std::vector<std::string> List();

 private:
  struct Hierarchy {
    std::string controller;  // "memory", ..., "unified"
    std::string folder;      // <mount>/<our folder>
  };
  Cgroups(Disk& disk, std::vector<Hierarchy> hierarchies);
  const Hierarchy* Find(const std::string& controller) const;
  Status SetLimits(const std::string& container, const CgroupLimits& limits);

  Disk& disk_;
  std::vector<Hierarchy> hierarchies_;
  bool unified_memory_ = false;
  bool unified_cpu_ = false;
  bool unified_pids_ = false;
  std::string description_;
};

}  // namespace tusk::yarn
