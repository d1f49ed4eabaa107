// ClientNamenodeProtocol: questions and orders about the cluster: statistics, datanodes, safe mode, more targets for a
// pipeline, bad blocks, what dfsadmin calls.
#pragma once

#include <functional>
#include <string>

#include "dfs/namenode/rpc/namespace_handlers.h"

namespace tusk::dfs {

struct ClusterHooks {
  std::function<Status()> refresh_nodes;                    // reads dfs.hosts and dfs.hosts.exclude again
  std::function<void(int64_t bytes_per_second)> balancer_bandwidth;
  std::string log_dir;                                      // where metaSave writes
};

class ClientClusterHandlers : public NamespaceHandlers {
 public:
  ClientClusterHandlers(NamespaceContext& context, ClusterHooks hooks)
      : NamespaceHandlers(context), hooks_(std::move(hooks)) {}
  std::vector<rpc::Method> methods() override;

#define HANDLER(Method)                                                                       \
  Task<Result<hadoop::hdfs::Method##ResponseProto>> Method(rpc::CallContext& call,            \
                                                           const hadoop::hdfs::Method##RequestProto& request) override
  HANDLER(GetAdditionalDatanode);
  HANDLER(ReportBadBlocks);
  HANDLER(GetFsReplicatedBlockStats);
  HANDLER(GetFsECBlockGroupStats);
  HANDLER(GetDatanodeReport);
  HANDLER(GetDatanodeStorageReport);
  HANDLER(GetSlowDatanodeReport);
  HANDLER(SetSafeMode);
  HANDLER(RefreshNodes);
  HANDLER(SaveNamespace);
  HANDLER(RollEdits);
  HANDLER(RestoreFailedStorage);
  HANDLER(FinalizeUpgrade);
  HANDLER(UpgradeStatus);
  HANDLER(RollingUpgrade);
  HANDLER(ListCorruptFileBlocks);
  HANDLER(ListOpenFiles);
  HANDLER(MetaSave);
  HANDLER(SetBalancerBandwidth);
#undef HANDLER
  Task<Result<hadoop::hdfs::GetFsStatsResponseProto>> GetFsStats(
      rpc::CallContext& call, const hadoop::hdfs::GetFsStatusRequestProto& request) override;
  Task<Result<hadoop::hdfs::HAServiceStateResponseProto>> GetHAServiceState(
      rpc::CallContext& call, const hadoop::hdfs::HAServiceStateRequestProto& request) override;

 private:
  // kAccessControl with Hadoop's words unless the caller is a superuser.
  Status RequireSuperuser(const rpc::CallContext& call, std::string_view operation) const;
  BlockManager& blocks() { return ns().blocks(); }

  const ClusterHooks hooks_;
};

}  // namespace tusk::dfs
