// An RPC server's numbers under the names that Hadoop's monitors read: RpcActivityForPort<n>,
// RpcDetailedActivityForPort<n>, and tusk_rpc_* for Prometheus.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/metrics/history.h"
#include "base/metrics/metrics.h"
#include "base/rpc/server.h"

namespace tusk::rpc {

// `service` is the daemon as in "Hadoop:service=NameNode". The server outlives what asks the registry.
void ExportServerMetrics(const Server& server, const std::string& service, const std::string& host_name, MetricRegistry& registry);

// rpcPerSecond, rpcP50Ms and rpcP99Ms (of the handlers' times) of several servers together.
void AddRpcSeries(History& history, std::function<std::vector<const Server*>()> servers);

}  // namespace tusk::rpc
