// One walk over the datanodes for all series of a sample.
#include "dfs/namenode/web/namenode_history.h"

#include <memory>

#include "dfs/namenode/blocks/block_manager.h"

namespace tusk::dfs {
namespace {

struct Snapshot {
  StorageSpace space;
  BlockStats blocks;
  uint64_t live = 0, dead = 0, xceivers = 0;
};

Snapshot Take(const BlockManager& blocks) {
  Snapshot now;
  now.blocks = blocks.Stats();
  for (const Datanode& node : blocks.registry().datanodes()) {
    ++(node.alive ? now.live : now.dead);
    if (!node.alive) continue;
    now.space.Add(node.space);
    now.xceivers += node.load.xceivers;
  }
  return now;
}

}  // namespace

void AddNameNodeSeries(History& history, NamespaceDriver& driver) {
  auto now = std::make_shared<Snapshot>();
  // The first series of a sample takes the snapshot that the others read.
  history.AddGauge("capacityTotal", [now, &driver] {
    *now = Take(driver.namesystem().blocks());
    return static_cast<double>(now->space.capacity);
  });
  auto add = [&](const char* name, auto value) {
    history.AddGauge(name, [now, value] { return static_cast<double>(value(*now)); });
  };
  add("capacityUsed", [](const Snapshot& s) { return s.space.dfs_used; });
  add("capacityRemaining", [](const Snapshot& s) { return s.space.remaining; });
  add("nonDfsUsed", [](const Snapshot& s) { return s.space.non_dfs_used; });
  add("blocks", [](const Snapshot& s) { return s.blocks.blocks; });
  add("underReplicatedBlocks", [](const Snapshot& s) { return s.blocks.under_replicated; });
  add("missingBlocks", [](const Snapshot& s) { return s.blocks.missing; });
  add("datanodesLive", [](const Snapshot& s) { return s.live; });
  add("datanodesDead", [](const Snapshot& s) { return s.dead; });
  add("xceivers", [](const Snapshot& s) { return s.xceivers; });
  history.AddGauge("files", [&driver] { return static_cast<double>(driver.namesystem().counters().inodes); });
  history.AddRate("editsPerSecond", [&driver] { return static_cast<double>(driver.namesystem().last_txid()); });
}

}  // namespace tusk::dfs
