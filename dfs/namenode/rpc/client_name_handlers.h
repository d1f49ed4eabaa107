// ClientNamenodeProtocol: names and attributes: mkdirs, rename, delete, set*.
#pragma once

#include "dfs/namenode/rpc/namespace_handlers.h"

namespace tusk::dfs {

class ClientNameHandlers : public NamespaceHandlers {
 public:
  using NamespaceHandlers::NamespaceHandlers;
  std::vector<rpc::Method> methods() override;

#define HANDLER(Method)                                                                       \
  Task<Result<hadoop::hdfs::Method##ResponseProto>> Method(rpc::CallContext& call,            \
                                                           const hadoop::hdfs::Method##RequestProto& request) override
  HANDLER(Mkdirs);
  HANDLER(Delete);
  HANDLER(Rename);
  HANDLER(Rename2);
  HANDLER(SetPermission);
  HANDLER(SetOwner);
  HANDLER(SetTimes);
  HANDLER(SetReplication);
  HANDLER(SetQuota);
  HANDLER(SetStoragePolicy);
  HANDLER(UnsetStoragePolicy);
  HANDLER(SatisfyStoragePolicy);
  HANDLER(CreateSymlink);
#undef HANDLER
};

}  // namespace tusk::dfs
