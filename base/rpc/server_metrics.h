// An RPC server's numbers under the names that Hadoop's monitors read: RpcActivityForPort<n>,
// RpcDetailedActivityForPort<n>, and tusk_rpc_* for Prometheus.
#pragma once

#include <string>

#include "base/metrics/metrics.h"
#include "base/rpc/server.h"

namespace tusk::rpc {

// `service` is the daemon as in "Hadoop:service=NameNode". The server outlives what asks the registry.
void ExportServerMetrics(const Server& server, const std::string& service, MetricRegistry& registry);

}  // namespace tusk::rpc
