// The bean NameNodeActivity: how often each operation was called, with Hadoop's names. Exporters graph it.
#pragma once

#include "base/metrics/metrics.h"
#include "base/rpc/server.h"
#include "dfs/namenode/driver/namespace_driver.h"

namespace tusk::dfs {

// All outlive the registry's use.
void ExportActivity(const rpc::Server& rpc_server, NamespaceDriver& driver, MetricRegistry& metrics);

}  // namespace tusk::dfs
