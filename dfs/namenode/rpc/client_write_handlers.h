// ClientNamenodeProtocol: files being written: create, blocks, leases.
#pragma once

#include "dfs/namenode/rpc/namespace_handlers.h"

namespace tusk::dfs {

class ClientWriteHandlers : public NamespaceHandlers {
 public:
  using NamespaceHandlers::NamespaceHandlers;
  std::vector<rpc::Method> methods() override;

#define HANDLER(Method)                                                                       \
  Task<Result<hadoop::hdfs::Method##ResponseProto>> Method(rpc::CallContext& call,            \
                                                           const hadoop::hdfs::Method##RequestProto& request) override
  HANDLER(Create);
  HANDLER(Append);
  HANDLER(AddBlock);
  HANDLER(AbandonBlock);
  HANDLER(Complete);
  HANDLER(Fsync);
  HANDLER(UpdateBlockForPipeline);
  HANDLER(UpdatePipeline);
  HANDLER(RenewLease);
  HANDLER(RecoverLease);
  HANDLER(Truncate);
  HANDLER(Concat);
#undef HANDLER
};

}  // namespace tusk::dfs
