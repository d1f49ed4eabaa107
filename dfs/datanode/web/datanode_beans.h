// The datanode's JMX beans and metrics, with Hadoop 3.4's names: DataNodeInfo, FSDatasetState, DataNodeActivity.
#pragma once

#include "base/metrics/metrics.h"
#include "dfs/datanode/rpc/namenode_actor.h"

namespace tusk::dfs::datanode {

// What they show is read when asked; `node` and `service` outlive the registry's use.
void ExportDataNode(NodeContext& node, PoolService& service, MetricRegistry& metrics);

}  // namespace tusk::dfs::datanode
