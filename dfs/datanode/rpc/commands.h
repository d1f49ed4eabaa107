// What the active namenode orders in its answers, and the storage part of heartbeats.
#pragma once

#include <string>

#include "dfs/datanode/rpc/node_context.h"

namespace hadoop::hdfs::datanode {
class DatanodeCommandProto;
class HeartbeatRequestProto;
}  // namespace hadoop::hdfs::datanode

namespace tusk::dfs::datanode {

class NamenodeActor;

// Starts what the command asks for, in the background. Registration is the actor's own matter.
void ObeyCommand(NodeContext& node, NamenodeActor& actor, const std::string& pool_id,
                 const hadoop::hdfs::datanode::DatanodeCommandProto& command);

// Space of every good volume, and the failed ones.
void FillStorageReports(const BlockStore& store, const std::string& pool_id,
                        hadoop::hdfs::datanode::HeartbeatRequestProto* request);

}  // namespace tusk::dfs::datanode
