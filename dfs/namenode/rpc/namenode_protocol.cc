// NamenodeProtocol, see the header.
#include "dfs/namenode/rpc/namenode_protocol.h"

#include "dfs/namenode/blocks/block_messages.h"
#include "dfs/namenode/rpc/datanode_protocol.h"

namespace tusk::dfs {

namespace pb = hadoop::hdfs;
namespace nn = hadoop::hdfs::namenode;

Task<Result<nn::GetBlocksResponseProto>> NamenodeProtocolHandlers::GetBlocks(rpc::CallContext& call,
                                                                             const nn::GetBlocksRequestProto& request) {
  CO_RETURN_IF_ERROR(allowed_(call, "getBlocks"));
  const DatanodeRegistry& registry = blocks_.registry();
  const Datanode* node = registry.FindByUuid(request.datanode().datanodeuuid());
  if (node == nullptr) {
    co_return Status(Code::kHadoopIllegalArgument, "Datanode " + request.datanode().ipaddr() + ":" +
                                                       std::to_string(request.datanode().xferport()) + " not found.");
  }
  BlockSampling wanted;
  wanted.datanode = node->index;
  wanted.bytes = request.size();
  wanted.block_bytes_min = static_cast<int64_t>(request.minblocksize());
  wanted.storage_type = request.has_storagetype() ? static_cast<int>(request.storagetype()) : 0;
  nn::GetBlocksResponseProto response;
  response.mutable_blocks();
  for (const BlockSpec& block : blocks_.SampleBlocks(wanted)) {
    pb::BlockWithLocationsProto& entry = *response.mutable_blocks()->add_blocks();
    FillBlock(block, *entry.mutable_block());
    for (const PlacedReplica& replica : blocks_.Replicas(block.id)) {
      if (replica.corrupt) continue;
      entry.add_datanodeuuids(registry.DatanodeOf(replica.storage).identity.uuid);
      entry.add_storageuuids(registry.storage(replica.storage).uuid);
      entry.add_storagetypes(static_cast<pb::StorageTypeProto>(registry.storage(replica.storage).type));
    }
  }
  co_return response;
}

Task<Result<nn::GetBlockKeysResponseProto>> NamenodeProtocolHandlers::GetBlockKeys(rpc::CallContext& call,
                                                                                   const nn::GetBlockKeysRequestProto&) {
  CO_RETURN_IF_ERROR(allowed_(call, "getBlockKeys"));
  nn::GetBlockKeysResponseProto response;
  if (tokens_ != nullptr) tokens_->Export(response.mutable_keys());
  co_return response;
}

Task<Result<pb::VersionResponseProto>> NamenodeProtocolHandlers::VersionRequest(rpc::CallContext&, const pb::VersionRequestProto&) {
  pb::VersionResponseProto response;
  FillNamespaceInfo(version_, *response.mutable_info());
  co_return response;
}

Task<Result<nn::GetTransactionIdResponseProto>> NamenodeProtocolHandlers::GetTransactionId(
    rpc::CallContext& call, const nn::GetTransactionIdRequestProto&) {
  CO_RETURN_IF_ERROR(allowed_(call, "getTransactionID"));
  nn::GetTransactionIdResponseProto response;
  response.set_txid(static_cast<uint64_t>(last_txid_()));
  co_return response;
}

// The marker moves on by itself: everything is checkpointed.
Task<Result<nn::GetMostRecentCheckpointTxIdResponseProto>> NamenodeProtocolHandlers::GetMostRecentCheckpointTxId(
    rpc::CallContext& call, const nn::GetMostRecentCheckpointTxIdRequestProto&) {
  CO_RETURN_IF_ERROR(allowed_(call, "getMostRecentCheckpointTxId"));
  nn::GetMostRecentCheckpointTxIdResponseProto response;
  response.set_txid(static_cast<uint64_t>(last_txid_()));
  co_return response;
}

Task<Result<nn::IsUpgradeFinalizedResponseProto>> NamenodeProtocolHandlers::IsUpgradeFinalized(
    rpc::CallContext& call, const nn::IsUpgradeFinalizedRequestProto&) {
  CO_RETURN_IF_ERROR(allowed_(call, "isUpgradeFinalized"));
  nn::IsUpgradeFinalizedResponseProto response;
  response.set_isupgradefinalized(true);
  co_return response;
}

Task<Result<nn::IsRollingUpgradeResponseProto>> NamenodeProtocolHandlers::IsRollingUpgrade(
    rpc::CallContext& call, const nn::IsRollingUpgradeRequestProto&) {
  CO_RETURN_IF_ERROR(allowed_(call, "isRollingUpgrade"));
  nn::IsRollingUpgradeResponseProto response;
  response.set_isrollingupgrade(false);
  co_return response;
}

}  // namespace tusk::dfs
