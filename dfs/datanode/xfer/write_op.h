// WRITE_BLOCK in all its stages.
#pragma once

#include "base/async/task.h"
#include "dfs/common/data_transfer.h"
#include "dfs/datanode/xfer/xfer_context.h"

namespace tusk::dfs::datanode {

// Reads its op message and ends with the connection of no more use.
Task<void> ServeWriteBlock(XferContext& context, Stream& stream, FrameReader& reader);

}  // namespace tusk::dfs::datanode
