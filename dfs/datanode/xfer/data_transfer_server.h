// DataTransferServer: the datanode's data port. One coroutine per connection; ops as in hdfs-wire §3.
#pragma once

#include <memory>

#include "base/async/task_scope.h"
#include "base/env/network.h"
#include "dfs/datanode/xfer/xfer_context.h"

namespace tusk::dfs::datanode {

class DataTransferServer {
 public:
  static Result<std::unique_ptr<DataTransferServer>> Listen(XferContext& context, const HostPort& at);
  // On a unix socket; the caller has checked where it lies (CheckSocketPath). kUnsupported where the network has none.
  static Result<std::unique_ptr<DataTransferServer>> ListenLocal(XferContext& context, const std::string& path);
  ~DataTransferServer();
  void Start();
  HostPort address() const { return listener_->local(); }
  // Stops accepting, closes all connections, waits for their sessions.
  Task<void> Shutdown();

 private:
  DataTransferServer(XferContext& context, std::unique_ptr<Listener> listener);
  Task<void> AcceptLoop();
  Task<void> Serve(std::unique_ptr<Stream> stream);

  XferContext& context_;
  std::unique_ptr<Listener> listener_;
  TaskScope tasks_;
  struct Connections;
  std::unique_ptr<Connections> open_;
};

}  // namespace tusk::dfs::datanode
