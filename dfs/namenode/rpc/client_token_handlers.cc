// Delegation tokens over RPC.
#include "dfs/namenode/rpc/client_token_handlers.h"

#include <array>

#include "dfs/common/block_token.h"

namespace tusk::dfs {
namespace {

constexpr std::array<std::string_view, 3> kMethods = {"getDelegationToken", "renewDelegationToken",
                                                      "cancelDelegationToken"};

}  // namespace

std::vector<rpc::Method> ClientTokenHandlers::methods() {
  return OnlyMethods(hadoop::hdfs::ClientNamenodeProtocolService::methods(), kMethods);
}

Task<Result<hadoop::common::GetDelegationTokenResponseProto>> ClientTokenHandlers::GetDelegationToken(
    rpc::CallContext& call, const hadoop::common::GetDelegationTokenRequestProto& request) {
  CO_ASSIGN_OR_RETURN(std::optional<Token> token,
                      co_await tokens_.Issue(CallerOf(call), call.user.real_user, request.renewer()));
  hadoop::common::GetDelegationTokenResponseProto response;
  if (!token) co_return response;  // clients go on without
  response.mutable_token()->set_identifier(token->identifier);
  response.mutable_token()->set_password(token->password);
  response.mutable_token()->set_kind(token->kind);
  response.mutable_token()->set_service(token->service);
  co_return response;
}

Task<Result<hadoop::common::RenewDelegationTokenResponseProto>> ClientTokenHandlers::RenewDelegationToken(
    rpc::CallContext& call, const hadoop::common::RenewDelegationTokenRequestProto& request) {
  CO_ASSIGN_OR_RETURN(int64_t until, co_await tokens_.Renew(FromProto(request.token()), CallerOf(call)));
  hadoop::common::RenewDelegationTokenResponseProto response;
  response.set_newexpirytime(static_cast<uint64_t>(until));
  co_return response;
}

Task<Result<hadoop::common::CancelDelegationTokenResponseProto>> ClientTokenHandlers::CancelDelegationToken(
    rpc::CallContext& call, const hadoop::common::CancelDelegationTokenRequestProto& request) {
  CO_RETURN_IF_ERROR(co_await tokens_.Cancel(FromProto(request.token()), CallerOf(call)));
  co_return hadoop::common::CancelDelegationTokenResponseProto();
}

}  // namespace tusk::dfs
