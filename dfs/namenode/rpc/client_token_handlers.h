// ClientNamenodeProtocol: delegation tokens.
#pragma once

#include "dfs/namenode/rpc/namespace_handlers.h"
#include "dfs/namenode/security/namenode_tokens.h"

namespace tusk::dfs {

class ClientTokenHandlers : public NamespaceHandlers {
 public:
  ClientTokenHandlers(NamespaceContext& context, NameNodeTokens& tokens) : NamespaceHandlers(context), tokens_(tokens) {}
  std::vector<rpc::Method> methods() override;

  Task<Result<hadoop::common::GetDelegationTokenResponseProto>> GetDelegationToken(
      rpc::CallContext& call, const hadoop::common::GetDelegationTokenRequestProto& request) override;
  Task<Result<hadoop::common::RenewDelegationTokenResponseProto>> RenewDelegationToken(
      rpc::CallContext& call, const hadoop::common::RenewDelegationTokenRequestProto& request) override;
  Task<Result<hadoop::common::CancelDelegationTokenResponseProto>> CancelDelegationToken(
      rpc::CallContext& call, const hadoop::common::CancelDelegationTokenRequestProto& request) override;

 private:
  NameNodeTokens& tokens_;
};

}  // namespace tusk::dfs
