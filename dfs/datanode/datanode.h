// DataNode: one datanode, composed: block store, data transfer, RPC port, and the conversation with its namenodes.
#pragma once

#include <functional>
#include <memory>

#include "base/env/env.h"
#include "dfs/datanode/rpc/datanode_config.h"

namespace tusk {
class Configuration;
}

namespace tusk::dfs::datanode {

class DataNode {
 public:
  // `conf` outlives the datanode (/conf shows it).
  static Result<std::unique_ptr<DataNode>> Create(Env env, const Configuration& conf);
  // With the typed configuration made already.
  static Result<std::unique_ptr<DataNode>> Create(Env env, const Configuration& conf, DataNodeConfig config);
  virtual ~DataNode() = default;
  // Opens the volumes and the ports, and begins to call the namenodes; does not wait for them.
  virtual Task<Status> Start() = 0;
  // Closes the ports, ends sessions and calls, releases the volumes. After a failed Start too.
  virtual Task<void> Stop() = 0;
  // The process is to end: shutdownDatanode, no volume left, or every namenode refuses this datanode. Before Start.
  virtual void OnShutdownRequest(std::function<void()> callback) = 0;

  virtual HostPort data_address() const = 0;
  virtual HostPort ipc_address() const = 0;
  virtual HostPort http_address() const = 0;
  // Registered with a namenode.
  virtual bool registered() const = 0;
};

}  // namespace tusk::dfs::datanode
