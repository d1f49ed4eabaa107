// Who asks, for what, and the answer.
#include "dfs/namenode/web/webhdfs.h"

#include <algorithm>
#include <cctype>

#include "base/log/log.h"
#include "dfs/common/webhdfs/reply.h"

namespace tusk::dfs {
namespace {

constexpr const char* kNotAUser = "Failed to obtain user group information: ";

void AddCommonHeaders(http::Headers& headers) {
  headers.Add("Cache-Control", "no-cache");
  headers.Add("Pragma", "no-cache");
  headers.Add("X-Content-Type-Options", "nosniff");
  headers.Add("X-FRAME-OPTIONS", "SAMEORIGIN");
  headers.Add("X-XSS-Protection", "1; mode=block");
}

Task<void> Send(http::Exchange& exchange, WebHdfsAnswer answer) {
  http::Response response;
  AddCommonHeaders(response.head.headers);
  std::string type = answer.json.empty() ? webhdfs::kOctets : webhdfs::kJson;
  if (answer.has_charset) type += ";charset=utf-8";
  response.head.headers.Add("Content-Type", std::move(type));
  response.body = std::move(answer.json);
  Status sent = co_await exchange.Reply(std::move(response));
  if (!sent.ok()) exchange.CloseAfter();
}

// What Hadoop's filter before the operations says, in a shape of its own.
Task<void> RefuseImpersonation(http::Exchange& exchange, Status why) {
  std::string text = "{\n  \"RemoteException\" : {\n    \"message\" : " + webhdfs::JsonString(why.message()) +
                     ",\n    \"exception\" : \"AuthorizationException\",\n    \"javaClassName\" : \"" +
                     std::string(why.java_class()) + "\"\n  }\n}";
  Status sent = co_await exchange.Reply(webhdfs::HttpStatusOf(why), webhdfs::kJson, std::move(text));
  if (!sent.ok()) exchange.CloseAfter();
}

}  // namespace

void WebHdfs::Mount(http::Server& server) {
  for (const char* method : {"GET", "PUT", "POST", "DELETE"}) {
    server.Handle(method, std::string(webhdfs::kPathPrefix), [this](http::Exchange& exchange) { return Handle(exchange); });
  }
}

Task<void> WebHdfs::Handle(http::Exchange& exchange) {
  webhdfs::Params params(exchange.request().query, true);
  Result<const WebHdfsRow*> row = Find(exchange.request(), params);
  if (!row.ok()) {
    co_await webhdfs::ReplyError(exchange, row.status(), webhdfs::kJson);
    co_return;
  }
  Result<WebHdfsAnswer> answer = co_await Run(exchange, params, **row);
  if (!answer.ok()) {
    LogDebug("webhdfs", "{} {}: {}", (*row)->name, exchange.request().path, answer.status().ToString());
    if (exchange.started()) {
      exchange.CloseAfter();
      co_return;
    }
    if (answer.code() == Code::kAuthorization) {
      co_await RefuseImpersonation(exchange, answer.status());
      co_return;
    }
    co_await webhdfs::ReplyError(exchange, answer.status(), webhdfs::kJson);
  } else if (!answer->sent) {
    co_await Send(exchange, std::move(*answer));
  }
}

Task<Result<WebHdfsAnswer>> WebHdfs::Run(http::Exchange& exchange, const webhdfs::Params& params,
                                         const WebHdfsRow& row) {
  const http::Request& request = exchange.request();
  CO_ASSIGN_OR_RETURN(rpc::CallUser user, WhoAsks(request, params));
  std::string path = request.path.substr(webhdfs::kPathPrefix.size());
  if (path.empty()) path = "/";
  auto client = rpc::MakeLocalClient(services_, context_.env.clock, user, request.remote);
  hadoop::hdfs::ClientNamenodeProtocolClient namenode(rpc::Channel(*client, request.remote, rpc::ClientIdentity{}));
  WebHdfsCall call{context_, exchange, params, std::move(path), row.name, std::move(user), namenode};
  co_return co_await row.run(call);
}

Result<const WebHdfsRow*> WebHdfs::Find(const http::Request& request, const webhdfs::Params& params) {
  const std::string_view method = request.method == "HEAD" ? std::string_view("GET") : std::string_view(request.method);
  std::string op = params.Text("op");
  if (op.empty() || op == "null") return Status(Code::kUnsupported, "op=NULL is not supported");
  for (char& c : op) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  for (std::span<const WebHdfsRow> rows :
       {WebHdfsReads(), WebHdfsChanges(), WebHdfsAttributes(), WebHdfsTokens(), WebHdfsRedirects()}) {
    for (const WebHdfsRow& row : rows) {
      if (row.name == op && row.method == method) return &row;
    }
  }
  return params.Invalid("op", params.Text("op") + " is not a valid " + std::string(method) + " operation.");
}

Result<rpc::CallUser> WebHdfs::WhoAsks(const http::Request& request, const webhdfs::Params& params) const {
  const std::string delegation = params.Text("delegation");
  if (!delegation.empty() && identity_.user_of_token) {
    auto token = TokenFromUrlString(delegation);
    auto user = token.ok() ? identity_.user_of_token(*token) : Result<rpc::CallUser>(Status(Code::kInvalidToken, "malformed"));
    if (user.ok()) return user;
    return Status(Code::kJavaSecurity,
                  kNotAUser + std::string(user.status().java_class()) + ": " + std::string(user.status().message()));
  }
  ASSIGN_OR_RETURN(std::string name, params.UserName());
  const bool named = !name.empty();
  rpc::CallUser user;
  user.name = named ? name : identity_.static_user;
  const std::string effective = params.Text("doas");
  if (effective.empty()) return user;
  return ActingFor(effective, std::move(user), request, named);
}

Result<rpc::CallUser> WebHdfs::ActingFor(const std::string& effective, rpc::CallUser real, const http::Request& request,
                                         bool named) const {
  Status allowed = identity_.authorize_proxy
                       ? identity_.authorize_proxy(real.name, effective, request.remote.host)
                       : Status(Code::kAuthorization,
                                "User: " + real.name + " is not allowed to impersonate " + effective);
  if (allowed.ok()) {
    real.real_user = real.name;
    real.name = effective;
    return real;
  }
  if (named) return allowed;
  return Status(Code::kJavaSecurity, kNotAUser + std::string(allowed.java_class()) + ": " + std::string(allowed.message()));
}

}  // namespace tusk::dfs
