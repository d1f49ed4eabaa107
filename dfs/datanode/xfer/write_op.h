// WRITE_BLOCK in all its stages, and the balancer's COPY_BLOCK and REPLACE_BLOCK.
#pragma once

#include "base/async/task.h"
#include "dfs/common/data_transfer.h"
#include "dfs/datanode/xfer/xfer_context.h"

namespace tusk::dfs::datanode {

// Each reads its op message and ends with the connection of no more use.
Task<void> ServeWriteBlock(XferContext& context, Stream& stream, FrameReader& reader);
Task<void> ServeCopyBlock(XferContext& context, Stream& stream, FrameReader& reader);
Task<void> ServeReplaceBlock(XferContext& context, Stream& stream, FrameReader& reader);

}  // namespace tusk::dfs::datanode
