// AppProxy: /proxy/ID/PATH of the resource manager's port shows the page PATH of the application's master, so that a
// browser needs to reach the resource manager only and masters let nobody else in (Hadoop's AmIpFilter). Once the
// application is over it sends the browser to where its history is.
#pragma once

#include <memory>
#include <string>

#include "base/http/client.h"
#include "base/http/server.h"
#include "yarn_like/resourcemanager/cluster.h"

namespace tusk::yarn {

class AppProxy {
 public:
  AppProxy(Env env, const Cluster& cluster) : env_(env), cluster_(cluster), client_(http::Client::Make(env)) {}
  // GET and PUT, as Hadoop's.
  void Mount(http::Server& server);

 private:
  Task<void> Serve(http::Exchange& exchange);
  Task<void> Forward(http::Exchange& exchange, http::Url page, std::string own_page);
  Task<Status> SendBody(http::Exchange& exchange, http::ClientExchange& upstream);

  Env env_;
  const Cluster& cluster_;
  std::unique_ptr<http::Client> client_;
};

// The URL for a request's undecoded target below /proxy: `tracking` (a URL, or host:port) with what follows the
// application's id, query included. kInvalidArgument where `tracking` is no http URL.
Result<http::Url> PageBehindProxy(std::string_view tracking, std::string_view target);

}  // namespace tusk::yarn
