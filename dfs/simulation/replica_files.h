// What lies on a datanode's disk of its blocks.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/sim/sim_disk.h"

namespace tusk::dfs::simulation {

struct ReplicaFile {
  std::string path;
  std::string name;  // "blk_<id>", or that of its checksums
  uint64_t bytes = 0;
};

// Data and checksums, in whatever state.
std::vector<ReplicaFile> ReplicaFiles(sim::SimDisk& disk);
// Paths of the data of finalized replicas by "blk_<id>".
std::map<std::string, std::string> FinalizedReplicas(sim::SimDisk& disk);

}  // namespace tusk::dfs::simulation
