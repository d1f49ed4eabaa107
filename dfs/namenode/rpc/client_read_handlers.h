// ClientNamenodeProtocol: questions about the namespace. They wait for nothing.
#pragma once

#include <functional>

#include "dfs/namenode/namespace/query_ops.h"
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
  HANDLER(GetBatchedListing);
  HANDLER(GetEnclosingRoot);
  HANDLER(Msync);
  HANDLER(GetDataEncryptionKey);
  HANDLER(GetCurrentEditLogTxid);
#undef HANDLER

 private:
  // One status per entry, into what `add` gives.
  void FillListing(const Listing& listing, const Caller& caller, TimePoint now, bool locations,
                   const std::function<hadoop::hdfs::HdfsFileStatusProto*()>& add);
};

}  // namespace tusk::dfs
