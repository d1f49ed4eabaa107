// Copies of a replica sent to other datanodes: by the namenode's order, or for a client that rebuilds its pipeline.
#pragma once

#include <string>
#include <vector>

#include "base/async/task.h"
#include "dfs/common/block.h"
#include "dfs/datanode/xfer/xfer_context.h"

namespace tusk::dfs::datanode {

struct TransferRequest {
  ExtendedBlock block;
  std::string client_name;                // empty: by the namenode's order
  std::vector<std::string> targets;       // serialized DatanodeInfoProto, the first is connected to
  std::vector<int> storage_types;         // parallel
  std::vector<std::string> storage_uuids; // parallel
};

// Sends the block to targets[0], which passes it on. With a client name: the replica's state chooses between
// TRANSFER_RBW and TRANSFER_FINALIZED, and the target's answer is awaited.
Task<Status> TransferBlock(XferContext& context, TransferRequest request);

}  // namespace tusk::dfs::datanode
