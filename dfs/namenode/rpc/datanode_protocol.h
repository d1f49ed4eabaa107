// The namenode's side of DatanodeProtocol: registration, heartbeats with their commands, full and incremental block
// reports. Wire: hdfs-wire §4.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/env/env.h"
#include "dfs/namenode/blocks/block_manager.h"
#include "dfs/namenode/blocks/block_token_issuer.h"
#include "dfs/namenode/datanodes/report_leases.h"
#include "dfs/namenode/namenode_config.h"
#include "dfs/namenode/storage_version.h"
#include "dfs/proto/DatanodeProtocol.pb.h"
#include "dfs/proto/DatanodeProtocol.rpc.h"

namespace tusk::dfs {

// What the primary datanode of a block recovery has agreed on with the others.
struct BlockSynchronization {
  BlockSpec block;  // as the namenode handed it out
  int64_t new_stamp = 0;
  int64_t new_length = 0;
  bool close_file = false;
  bool delete_block = false;
  std::vector<StorageIndex> targets;
};

// What the handlers need of the rest of the namenode.
struct DatanodeProtocolHooks {
  std::function<int64_t()> last_txid;  // never goes back
  std::function<Task<Status>(BlockSynchronization)> commit_synchronization;
  // OK, or kDisallowedDatanode for a host that dfs.hosts does not list; may set the admin state.
  std::function<Status(DatanodeIdentity&, AdminState&)> admit;
  std::function<Task<std::string>(DatanodeIdentity)> rack_of;  // its place in the network; null: the default rack
  const BlockTokenIssuer* tokens = nullptr;  // null: no block tokens
};

class DatanodeProtocolHandlers : public hadoop::hdfs::datanode::DatanodeProtocolService {
 public:
  DatanodeProtocolHandlers(Env env, const NameNodeConfig& config, StorageVersion version, BlockManager& blocks,
                           DatanodeProtocolHooks hooks);

  Task<Result<hadoop::hdfs::datanode::RegisterDatanodeResponseProto>> RegisterDatanode(
      rpc::CallContext& call, const hadoop::hdfs::datanode::RegisterDatanodeRequestProto& request) override;
  Task<Result<hadoop::hdfs::datanode::HeartbeatResponseProto>> SendHeartbeat(
      rpc::CallContext& call, const hadoop::hdfs::datanode::HeartbeatRequestProto& request) override;
  Task<Result<hadoop::hdfs::datanode::BlockReportResponseProto>> BlockReport(
      rpc::CallContext& call, const hadoop::hdfs::datanode::BlockReportRequestProto& request) override;
  Task<Result<hadoop::hdfs::datanode::CacheReportResponseProto>> CacheReport(
      rpc::CallContext& call, const hadoop::hdfs::datanode::CacheReportRequestProto& request) override;
  Task<Result<hadoop::hdfs::datanode::BlockReceivedAndDeletedResponseProto>> BlockReceivedAndDeleted(
      rpc::CallContext& call, const hadoop::hdfs::datanode::BlockReceivedAndDeletedRequestProto& request) override;
  Task<Result<hadoop::hdfs::datanode::ErrorReportResponseProto>> ErrorReport(
      rpc::CallContext& call, const hadoop::hdfs::datanode::ErrorReportRequestProto& request) override;
  Task<Result<hadoop::hdfs::VersionResponseProto>> VersionRequest(
      rpc::CallContext& call, const hadoop::hdfs::VersionRequestProto& request) override;
  Task<Result<hadoop::hdfs::datanode::ReportBadBlocksResponseProto>> ReportBadBlocks(
      rpc::CallContext& call, const hadoop::hdfs::datanode::ReportBadBlocksRequestProto& request) override;
  Task<Result<hadoop::hdfs::datanode::CommitBlockSynchronizationResponseProto>> CommitBlockSynchronization(
      rpc::CallContext& call, const hadoop::hdfs::datanode::CommitBlockSynchronizationRequestProto& request) override;

 private:
  // That the caller registered with this namespace; kUnregisteredNode.
  Status Verify(const hadoop::hdfs::datanode::DatanodeRegistrationProto& registration) const;
  // A registered, living datanode, for reports.
  Result<DatanodeIndex> Reporter(const hadoop::hdfs::datanode::DatanodeRegistrationProto& registration,
                                 const std::string& pool_id) const;
  // What it has not been told yet, apart from blocks.
  void AddOrders(Datanode& node, hadoop::hdfs::datanode::HeartbeatResponseProto& response) const;
  void AddCommands(const HeartbeatWork& work, hadoop::hdfs::datanode::HeartbeatResponseProto& response) const;

  Env env_;
  const NameNodeConfig& config_;
  const StorageVersion version_;
  BlockManager& blocks_;
  const DatanodeProtocolHooks hooks_;
  ReportLeases leases_;
};

// Who this namenode is, for datanodes and balancers.
void FillNamespaceInfo(const StorageVersion& version, hadoop::hdfs::NamespaceInfoProto& info);
// reportBadBlocks of datanodes and of clients.
void MarkBadBlocks(BlockManager& blocks, const google::protobuf::RepeatedPtrField<hadoop::hdfs::LocatedBlockProto>& bad,
                   TimePoint now);

}  // namespace tusk::dfs
