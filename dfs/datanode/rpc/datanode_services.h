// The datanode's own RPC port: ClientDatanodeProtocol and InterDatanodeProtocol.
#pragma once

#include <functional>

#include "base/rpc/server.h"
#include "dfs/datanode/rpc/namenode_actor.h"
#include "dfs/proto/ClientDatanodeProtocol.rpc.h"
#include "dfs/proto/InterDatanodeProtocol.rpc.h"

namespace tusk::dfs::datanode {

// Block tokens open connections to the RPC port: such a caller may ask about the token's block.
class BlockTokenSecrets : public rpc::SecretManager {
 public:
  BlockTokenSecrets(const BlockTokenKeys& keys, Clock& clock) : keys_(keys), clock_(clock) {}
  Result<std::string> PasswordOf(std::string_view identifier) override;
  Result<rpc::CallUser> UserOf(std::string_view identifier) override;

 private:
  const BlockTokenKeys& keys_;
  Clock& clock_;
};

class ClientDatanodeHandler : public hadoop::hdfs::ClientDatanodeProtocolService {
 public:
  // `shut_down` is called (soon) by shutdownDatanode.
  ClientDatanodeHandler(NodeContext& node, PoolService& service, std::function<void()> shut_down);
  Task<Result<hadoop::hdfs::GetReplicaVisibleLengthResponseProto>> GetReplicaVisibleLength(
      rpc::CallContext& call, const hadoop::hdfs::GetReplicaVisibleLengthRequestProto& request) override;
  // Refused to all, as where dfs.block.local-path-access.user names nobody: the old way of reading files directly.
  Task<Result<hadoop::hdfs::GetBlockLocalPathInfoResponseProto>> GetBlockLocalPathInfo(
      rpc::CallContext& call, const hadoop::hdfs::GetBlockLocalPathInfoRequestProto& request) override;
  Task<Result<hadoop::hdfs::RefreshNamenodesResponseProto>> RefreshNamenodes(
      rpc::CallContext& call, const hadoop::hdfs::RefreshNamenodesRequestProto& request) override;
  Task<Result<hadoop::hdfs::DeleteBlockPoolResponseProto>> DeleteBlockPool(
      rpc::CallContext& call, const hadoop::hdfs::DeleteBlockPoolRequestProto& request) override;
  Task<Result<hadoop::hdfs::ShutdownDatanodeResponseProto>> ShutdownDatanode(
      rpc::CallContext& call, const hadoop::hdfs::ShutdownDatanodeRequestProto& request) override;
  Task<Result<hadoop::hdfs::EvictWritersResponseProto>> EvictWriters(
      rpc::CallContext& call, const hadoop::hdfs::EvictWritersRequestProto& request) override;
  Task<Result<hadoop::hdfs::GetDatanodeInfoResponseProto>> GetDatanodeInfo(
      rpc::CallContext& call, const hadoop::hdfs::GetDatanodeInfoRequestProto& request) override;
  Task<Result<hadoop::hdfs::GetVolumeReportResponseProto>> GetVolumeReport(
      rpc::CallContext& call, const hadoop::hdfs::GetVolumeReportRequestProto& request) override;
  Task<Result<hadoop::hdfs::TriggerBlockReportResponseProto>> TriggerBlockReport(
      rpc::CallContext& call, const hadoop::hdfs::TriggerBlockReportRequestProto& request) override;
  Task<Result<hadoop::hdfs::GetBalancerBandwidthResponseProto>> GetBalancerBandwidth(
      rpc::CallContext& call, const hadoop::hdfs::GetBalancerBandwidthRequestProto& request) override;

 private:
  // Where tokens are required: that the connection was opened with one for reading the block.
  Status CheckReader(const rpc::CallContext& call, const ExtendedBlock& block) const;
  // The user that the datanode runs as is its administrator.
  Status CheckAdmin(const rpc::CallContext& call) const;

  NodeContext& node_;
  PoolService& service_;
  std::function<void()> shut_down_;
  TimePoint started_;
};

class InterDatanodeHandler : public hadoop::hdfs::InterDatanodeProtocolService {
 public:
  explicit InterDatanodeHandler(NodeContext& node) : node_(node) {}
  Task<Result<hadoop::hdfs::InitReplicaRecoveryResponseProto>> InitReplicaRecovery(
      rpc::CallContext& call, const hadoop::hdfs::InitReplicaRecoveryRequestProto& request) override;
  Task<Result<hadoop::hdfs::UpdateReplicaUnderRecoveryResponseProto>> UpdateReplicaUnderRecovery(
      rpc::CallContext& call, const hadoop::hdfs::UpdateReplicaUnderRecoveryRequestProto& request) override;

 private:
  NodeContext& node_;
};

}  // namespace tusk::dfs::datanode
