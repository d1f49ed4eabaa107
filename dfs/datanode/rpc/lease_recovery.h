// Block recovery as its primary: agree with the other holders of a block on its length, then tell the namenode.
#pragma once

#include <string>

#include "dfs/datanode/rpc/node_context.h"

namespace hadoop::hdfs::datanode {
class DatanodeProtocolClient;
}

namespace tusk::dfs::datanode {

// `recovering_block`: a serialized RecoveringBlockProto. Failures are logged; the namenode orders again.
Task<void> RecoverBlock(NodeContext& node, const hadoop::hdfs::datanode::DatanodeProtocolClient& namenode,
                        std::string recovering_block);

}  // namespace tusk::dfs::datanode
