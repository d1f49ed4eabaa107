// The balancer's ops: REPLACE_BLOCK has this datanode fetch a replica from another one by COPY_BLOCK, and asks the namenode
// to take a third one's away. Both are throttled, and only so many run at once.
#pragma once

#include "base/async/task.h"
#include "dfs/common/data_transfer.h"
#include "dfs/datanode/xfer/xfer_context.h"

namespace tusk::dfs::datanode {

// Each reads its op message and ends with the connection of no more use.
Task<void> ServeCopyBlock(XferContext& context, Stream& stream, FrameReader& reader);
Task<void> ServeReplaceBlock(XferContext& context, Stream& stream, FrameReader& reader);

}  // namespace tusk::dfs::datanode
