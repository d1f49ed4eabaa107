// The datanode's own RPC port: ClientDatanodeProtocol and InterDatanodeProtocol.
#pragma once

#include <functional>

#include "dfs/datanode/rpc/namenode_actor.h"
#include "dfs/proto/ClientDatanodeProtocol.rpc.h"
#include "dfs/proto/InterDatanodeProtocol.rpc.h"

namespace tusk::dfs::datanode {

class ClientDatanodeHandler : public hadoop::hdfs::ClientDatanodeProtocolService {
 public:
  // `shut_down` is called (soon) by shutdownDatanode.
  ClientDatanodeHandler(NodeContext& node, PoolService& service, std::function<void()> shut_down);
  Task<Result<hadoop::hdfs::GetReplicaVisibleLengthResponseProto>> GetReplicaVisibleLength(
      rpc::CallContext& call, const hadoop::hdfs::GetReplicaVisibleLengthRequestProto& request) override;
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
