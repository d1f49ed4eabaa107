// The resource manager's time series, for the console: nodesActive, appsRunning, appsPending, containersAllocated,
// containersPending, memoryUsedMb, memoryTotalMb, vcoresUsed, vcoresTotal, allocationsPerSecond, gpusUsed, gpusTotal (where
// the cluster has the type).
#pragma once

#include "base/metrics/history.h"
#include "yarn_like/resourcemanager/cluster.h"

namespace tusk::yarn {

// `cluster` outlives the history's samples.
void AddClusterSeries(History& history, const Cluster& cluster);

}  // namespace tusk::yarn
