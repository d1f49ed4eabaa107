// ClientNamenodeProtocol: features that this namenode does not have: snapshots, caching, encryption zones, erasure
// coding, inotify. Questions are answered as Hadoop answers them while nobody uses the feature; orders are refused.
#pragma once

#include "dfs/namenode/rpc/namespace_handlers.h"

namespace tusk::dfs {

class ClientFeatureHandlers : public NamespaceHandlers {
 public:
  using NamespaceHandlers::NamespaceHandlers;
  std::vector<rpc::Method> methods() override;

#define HANDLER(Method)                                                                       \
  Task<Result<hadoop::hdfs::Method##ResponseProto>> Method(rpc::CallContext& call,            \
                                                           const hadoop::hdfs::Method##RequestProto& request) override
  HANDLER(AllowSnapshot);
  HANDLER(DisallowSnapshot);
  HANDLER(CreateSnapshot);
  HANDLER(DeleteSnapshot);
  HANDLER(RenameSnapshot);
  HANDLER(GetSnapshottableDirListing);
  HANDLER(GetSnapshotListing);
  HANDLER(GetSnapshotDiffReport);
  HANDLER(GetSnapshotDiffReportListing);
  HANDLER(AddCacheDirective);
  HANDLER(ModifyCacheDirective);
  HANDLER(RemoveCacheDirective);
  HANDLER(ListCacheDirectives);
  HANDLER(AddCachePool);
  HANDLER(ModifyCachePool);
  HANDLER(RemoveCachePool);
  HANDLER(ListCachePools);
  HANDLER(CreateEncryptionZone);
  HANDLER(GetEZForPath);
  HANDLER(ListEncryptionZones);
  HANDLER(ReencryptEncryptionZone);
  HANDLER(ListReencryptionStatus);
  HANDLER(GetErasureCodingPolicies);
  HANDLER(GetErasureCodingCodecs);
  HANDLER(GetErasureCodingPolicy);
  HANDLER(SetErasureCodingPolicy);
  HANDLER(UnsetErasureCodingPolicy);
  HANDLER(AddErasureCodingPolicies);
  HANDLER(RemoveErasureCodingPolicy);
  HANDLER(EnableErasureCodingPolicy);
  HANDLER(DisableErasureCodingPolicy);
  HANDLER(GetECTopologyResultForPolicies);
  HANDLER(GetEditsFromTxid);
#undef HANDLER

 private:
  // OK for what a snapshot operation could work on; it then fails all the same, as no directory allows snapshots.
  Status CheckSnapshotRoot(const rpc::CallContext& call, const std::string& operation, const std::string& path);
};

}  // namespace tusk::dfs
