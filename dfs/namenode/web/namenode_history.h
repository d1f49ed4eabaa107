// The namenode's time series, for the console: capacityTotal, capacityUsed, capacityRemaining, nonDfsUsed (bytes), files,
// blocks, underReplicatedBlocks, missingBlocks, datanodesLive, datanodesDead, xceivers, editsPerSecond.
#pragma once

#include "base/metrics/history.h"
#include "dfs/namenode/driver/namespace_driver.h"

namespace tusk::dfs {

// `driver` outlives the history's samples.
void AddNameNodeSeries(History& history, NamespaceDriver& driver);

}  // namespace tusk::dfs
