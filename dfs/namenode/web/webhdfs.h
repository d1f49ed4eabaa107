// WebHdfs: the namenode's REST filesystem below /webhdfs/v1. Finds out who asks, finds the operation, runs it, and
// answers its result or error as Hadoop does. Wire: hdfs-wire §6.1.
#pragma once

#include <functional>
#include <string>

#include "base/http/server.h"
#include "base/rpc/local_client.h"
#include "base/rpc/server.h"
#include "base/security/token.h"
#include "dfs/namenode/web/webhdfs_call.h"

namespace tusk::dfs {

struct WebHdfsIdentity {
  std::string static_user = "dr.who";  // hadoop.http.staticuser.user: who asks without saying who
  // hadoop.proxyuser.*: may `real` act for `effective` from `host`?
  rpc::ServerOptions::AuthorizeProxy authorize_proxy = {};
  // Whose token it is, or why it is not accepted. Unset: the parameter `delegation` counts for nothing, as in an
  // insecure Hadoop.
  std::function<Result<rpc::CallUser>(const Token& token)> user_of_token = {};
};

class WebHdfs {
 public:
  WebHdfs(WebHdfsContext context, WebHdfsIdentity identity)
      : context_(std::move(context)), identity_(std::move(identity)) {}
  // The protocol's handlers; they outlive this.
  void Serve(rpc::Service& service) { services_.Add(service); }
  // Told of the calls; outlives this.
  void set_observer(rpc::CallObserver* observer) { services_.set_observer(observer); }
  // This outlives the server.
  void Mount(http::Server& server);

 private:
  Task<void> Handle(http::Exchange& exchange);
  Task<Result<WebHdfsAnswer>> Run(http::Exchange& exchange, const webhdfs::Params& params, const WebHdfsRow& row);
  // The operation that is asked for.
  static Result<const WebHdfsRow*> Find(const http::Request& request, const webhdfs::Params& params);
  Result<rpc::CallUser> WhoAsks(const http::Request& request, const webhdfs::Params& params) const;
  Result<rpc::CallUser> ActingFor(const std::string& effective, rpc::CallUser real, const http::Request& request,
                                  bool named) const;

  const WebHdfsContext context_;
  const WebHdfsIdentity identity_;
  rpc::LocalServices services_{"webhdfs"};
};

}  // namespace tusk::dfs
