// ClientNamenodeProtocol: questions about the namespace. They wait for nothing.
#pragma once

#include "dfs/namenode/rpc/namespace_handlers.h"

namespace tusk::dfs {

class ClientReadHandlers : public NamespaceHandlers {
 public:
  using NamespaceHandlers::NamespaceHandlers;
  std::vector<rpc::Method> methods() override;

#define HANDLER(Method)                                                                       \
  Task<Result<hadoop::hdfs::Method##ResponseProto>> Method(rpc::CallContext& call,            \
                                                           const hadoop::hdfs::Method##RequestProto& request) override
  HANDLER(GetFileInfo);
  HANDLER(GetFileLinkInfo);
  HANDLER(GetLocatedFileInfo);
  HANDLER(GetListing);
  HANDLER(GetBlockLocations);
  HANDLER(GetContentSummary);
  HANDLER(GetQuotaUsage);
  HANDLER(GetPreferredBlockSize);
  HANDLER(IsFileClosed);
  HANDLER(CheckAccess);
  HANDLER(GetLinkTarget);
  HANDLER(GetServerDefaults);
  HANDLER(GetStoragePolicy);
  HANDLER(GetStoragePolicies);
  HANDLER(GetErasureCodingPolicy);
  HANDLER(GetEZForPath);
  HANDLER(GetEnclosingRoot);
  HANDLER(Msync);
  HANDLER(GetDataEncryptionKey);
  HANDLER(GetCurrentEditLogTxid);
#undef HANDLER
};

}  // namespace tusk::dfs
