// ApplicationClientProtocol: delegation tokens. As in Hadoop without Kerberos they are given to whoever asks.
#include "yarn_like/common/token_identifiers.h"
#include "yarn_like/resourcemanager/rpc/client_handler.h"
#include "yarn_like/resourcemanager/state/rm_delegation_tokens.h"

namespace tusk::yarn {
namespace {

namespace common = hadoop::common;

constexpr size_t kNameBytesMax = 4096;

}  // namespace

Task<Result<common::GetDelegationTokenResponseProto>> ClientHandler::GetDelegationToken(
    rpc::CallContext& call, const common::GetDelegationTokenRequestProto& request) {
  if (request.renewer().size() > kNameBytesMax || call.user.name.size() > kNameBytesMax) {
    co_return Status(Code::kInvalidArgument, "the renewer's name is too long");
  }
  CO_ASSIGN_OR_RETURN(const DelegationTokens::Issued issued,
                      delegation_.Issue(call.user.name, ShortName(request.renewer()), call.user.real_user,
                                        env_.clock.WallMillis()));
  CO_RETURN_IF_ERROR(co_await store_.Sync());
  common::GetDelegationTokenResponseProto response;
  auto* token = response.mutable_token();
  token->set_identifier(issued.identifier);
  token->set_password(issued.password);
  token->set_kind(std::string(kRmDelegationTokenKind));
  token->set_service("");
  co_return response;
}

Task<Result<common::RenewDelegationTokenResponseProto>> ClientHandler::RenewDelegationToken(
    rpc::CallContext& call, const common::RenewDelegationTokenRequestProto& request) {
  CO_ASSIGN_OR_RETURN(const int64_t until,
                      delegation_.Renew(request.token().identifier(), request.token().password(), call.user.name,
                                        env_.clock.WallMillis()));
  CO_RETURN_IF_ERROR(co_await store_.Sync());
  common::RenewDelegationTokenResponseProto response;
  response.set_newexpirytime(static_cast<uint64_t>(until));
  co_return response;
}

Task<Result<common::CancelDelegationTokenResponseProto>> ClientHandler::CancelDelegationToken(
    rpc::CallContext& call, const common::CancelDelegationTokenRequestProto& request) {
  CO_RETURN_IF_ERROR(delegation_.Cancel(request.token().identifier(), call.user.name));
  CO_RETURN_IF_ERROR(co_await store_.Sync());
  co_return common::CancelDelegationTokenResponseProto();
}

}  // namespace tusk::yarn
