// Block tokens at the data port: whether an op may touch its block.
#pragma once

#include "base/async/task.h"
#include "base/env/network.h"
#include "dfs/common/block_token.h"
#include "dfs/common/data_transfer.h"
#include "dfs/datanode/xfer/xfer_context.h"

namespace hadoop::hdfs {
class BaseHeaderProto;
}

namespace tusk::dfs::datanode {

struct AccessRequest {
  Op op = Op::kReadBlock;
  BlockAccess access = kAccessRead;
  BlockStorages storages{};
  bool answer = true;  // whether the peer waits for one
};

// True where no token is required or the op's is good; else the peer has been told ERROR_ACCESS_TOKEN, and the
// connection is of no more use. `header` lives as long as the awaiting op.
Task<bool> MayAccess(XferContext& context, Stream& stream, const hadoop::hdfs::BaseHeaderProto& header, AccessRequest request);
// For what this datanode itself sends to another one; empty where none is required.
Token OwnToken(const XferContext& context, const ExtendedBlock& block, BlockStorages storages);

}  // namespace tusk::dfs::datanode
