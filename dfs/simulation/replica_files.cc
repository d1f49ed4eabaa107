// Walks a simulated disk.
#include "dfs/simulation/replica_files.h"

namespace tusk::dfs::simulation {
namespace {

void Walk(sim::SimDisk& disk, const std::string& folder, std::vector<ReplicaFile>& found) {
  auto names = disk.List(folder);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    const std::string path = JoinPath(folder, name);
    auto stat = disk.Stat(path);
    if (!stat.ok()) continue;
    if (stat->is_directory) {
      Walk(disk, path, found);
    } else if (name.starts_with("blk_")) {
      found.push_back({path, name, stat->size});
    }
  }
}

}  // namespace

std::vector<ReplicaFile> ReplicaFiles(sim::SimDisk& disk) {
  std::vector<ReplicaFile> found;
  Walk(disk, "/", found);
  return found;
}

std::map<std::string, std::string> FinalizedReplicas(sim::SimDisk& disk) {
  std::map<std::string, std::string> paths;
  for (const ReplicaFile& file : ReplicaFiles(disk)) {
    if (file.name.find('.') == std::string::npos && file.path.find("/finalized/") != std::string::npos) paths[file.name] = file.path;
  }
  return paths;
}

}  // namespace tusk::dfs::simulation
