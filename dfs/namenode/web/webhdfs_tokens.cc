// WebHDFS: delegation tokens. The namenode's protocol makes and checks them; here they get WebHDFS's kind and travel as
// one URL-safe string.
#include "base/security/token.h"
#include "dfs/common/webhdfs/reply.h"
#include "dfs/namenode/web/webhdfs_call.h"

namespace tusk::dfs {

namespace {

using Answer = Result<WebHdfsAnswer>;

constexpr const char* kWebHdfsTokenKind = "WEBHDFS delegation";

Task<Answer> GetDelegationToken(WebHdfsCall& call) {
  const std::string renewer = call.params.Text("renewer");
  hadoop::common::GetDelegationTokenRequestProto request;
  request.set_renewer(renewer.empty() || renewer == "null" ? call.user.name : renewer);
  CO_ASSIGN_OR_RETURN(auto response, co_await call.namenode.GetDelegationToken(request));
  if (!response.has_token()) co_return WebHdfsAnswer{"{\"Token\":null}", false, false};
  const std::string kind = call.params.Text("kind");
  const std::string service = call.params.Text("service");
  Token token{response.token().identifier(), response.token().password(), kind.empty() ? kWebHdfsTokenKind : kind,
              service.empty() ? call.context.rpc_address : service};
  co_return WebHdfsAnswer{"{\"Token\":{\"urlString\":" + webhdfs::JsonString(TokenToUrlString(token)) + "}}", false,
                          false};
}

// The parameter `token`. What is no token ends before its end, in Hadoop's eyes.
Status ReadTokenArgument(const WebHdfsCall& call, hadoop::common::TokenProto& to) {
  ASSIGN_OR_RETURN(std::string text, call.params.Required("token", call.op));
  auto token = TokenFromUrlString(text);
  if (!token.ok()) return Status(Code::kEndOfFile, "");
  to.set_identifier(token->identifier);
  to.set_password(token->password);
  to.set_kind(token->kind);
  to.set_service(token->service);
  return Status::Ok();
}

Task<Answer> RenewDelegationToken(WebHdfsCall& call) {
  hadoop::common::RenewDelegationTokenRequestProto request;
  CO_RETURN_IF_ERROR(ReadTokenArgument(call, *request.mutable_token()));
  CO_ASSIGN_OR_RETURN(auto response, co_await call.namenode.RenewDelegationToken(request));
  co_return WebHdfsAnswer{"{\"long\":" + std::to_string(response.newexpirytime()) + "}", false, false};
}

Task<Answer> CancelDelegationToken(WebHdfsCall& call) {
  hadoop::common::CancelDelegationTokenRequestProto request;
  CO_RETURN_IF_ERROR(ReadTokenArgument(call, *request.mutable_token()));
  co_return EmptyAnswer(co_await call.namenode.CancelDelegationToken(request));
}

constexpr WebHdfsRow kRows[] = {
    {"GET", "GETDELEGATIONTOKEN", GetDelegationToken},
    {"PUT", "RENEWDELEGATIONTOKEN", RenewDelegationToken},
    {"PUT", "CANCELDELEGATIONTOKEN", CancelDelegationToken},
};

}  // namespace

std::span<const WebHdfsRow> WebHdfsTokens() { return kRows; }

}  // namespace tusk::dfs
