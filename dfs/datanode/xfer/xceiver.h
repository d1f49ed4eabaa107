// The ops of one data transfer connection.
#pragma once

#include "base/async/task.h"
#include "base/env/network.h"
#include "dfs/datanode/xfer/xfer_context.h"

namespace tusk::dfs::datanode {

// Serves ops until the peer closes, an op ends the connection or the keep-alive passes.
Task<void> ServeConnection(XferContext& context, Stream& stream);

}  // namespace tusk::dfs::datanode
