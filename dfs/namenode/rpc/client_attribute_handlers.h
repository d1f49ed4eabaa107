// ClientNamenodeProtocol: access control lists and extended attributes.
#pragma once

#include "dfs/namenode/rpc/namespace_handlers.h"

namespace tusk::dfs {

class ClientAttributeHandlers : public NamespaceHandlers {
 public:
  using NamespaceHandlers::NamespaceHandlers;
  std::vector<rpc::Method> methods() override;

#define HANDLER(Method)                                                                       \
  Task<Result<hadoop::hdfs::Method##ResponseProto>> Method(rpc::CallContext& call,            \
                                                           const hadoop::hdfs::Method##RequestProto& request) override
  HANDLER(ModifyAclEntries);
  HANDLER(RemoveAclEntries);
  HANDLER(RemoveDefaultAcl);
  HANDLER(RemoveAcl);
  HANDLER(SetAcl);
  HANDLER(GetAclStatus);
  HANDLER(SetXAttr);
  HANDLER(GetXAttrs);
  HANDLER(ListXAttrs);
  HANDLER(RemoveXAttr);
#undef HANDLER
};

}  // namespace tusk::dfs
