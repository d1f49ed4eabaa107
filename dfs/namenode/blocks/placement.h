// Placement: which storages get a new block or another copy of one. Hadoop's default policy: the writer's node, a node
// of another rack, a second node of that rack, then any; never two on a node, not too many on a rack, room for the
// block, not overloaded.
#pragma once

#include <unordered_set>
#include <vector>

#include "base/env/random.h"
#include "dfs/namenode/blocks/block_types.h"
#include "dfs/namenode/datanodes/datanode_registry.h"

namespace tusk::dfs {

class Placement {
 public:
  Placement(const BlockLimits& limits, const DatanodeRegistry& registry, Random& random)
      : limits_(limits), registry_(registry), random_(random) {}

  // Up to request.replication new storages; fewer where the cluster has no more.
  std::vector<StorageIndex> Choose(const TargetRequest& request, TimePoint now);

 private:
  struct Round;  // one Choose in progress
  StorageIndex UsableStorage(const Datanode& node, const Round& round) const;
  bool TryNode(DatanodeIndex node, Round& round);
  template <typename Wanted>
  bool TryRandom(Round& round, Wanted wanted);
  void ChooseOne(Round& round);
  void FillUp(Round& round);

  const BlockLimits& limits_;
  const DatanodeRegistry& registry_;
  Random& random_;
};

}  // namespace tusk::dfs
