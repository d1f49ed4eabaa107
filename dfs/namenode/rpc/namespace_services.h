// NamespaceServices: all handlers of the ClientNamenodeProtocol's namespace methods, to be added to an RPC server.
#pragma once

#include "base/rpc/server.h"
#include "dfs/namenode/namespace/lease_ops.h"
#include "dfs/namenode/rpc/client_attribute_handlers.h"
#include "dfs/namenode/rpc/client_feature_handlers.h"
#include "dfs/namenode/rpc/client_name_handlers.h"
#include "dfs/namenode/rpc/client_read_handlers.h"
#include "dfs/namenode/rpc/client_write_handlers.h"

namespace tusk::dfs {

class NamespaceServices {
 public:
  explicit NamespaceServices(NamespaceContext context)
      : context_(std::move(context)), names_(context_), attributes_(context_), features_(context_), writes_(context_), reads_(context_) {}
  NamespaceServices(const NamespaceServices&) = delete;
  // The server must not outlive this object.
  void AddTo(rpc::Server& server) {
    for (rpc::Service* service : all()) server.AddService(*service);
  }
  std::vector<rpc::Service*> all() { return {&names_, &attributes_, &features_, &writes_, &reads_}; }
  // DatanodeProtocolHooks::commit_synchronization.
  Task<Status> CommitSynchronization(RecoveredBlock recovered);

 private:
  NamespaceContext context_;
  ClientNameHandlers names_;
  ClientAttributeHandlers attributes_;
  ClientFeatureHandlers features_;
  ClientWriteHandlers writes_;
  ClientReadHandlers reads_;
};

}  // namespace tusk::dfs
