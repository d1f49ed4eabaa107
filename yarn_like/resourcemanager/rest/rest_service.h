// RestService: /ws/v1/cluster, Hadoop's REST of the resource manager. Reads are answered from the brain (dto.h); what
// changes something goes through the handler of ApplicationClientProtocol, so that the same rules hold.
//
// Who asks is who ?user.name= says, else the static user (dr.who), as in Hadoop without Kerberos. Off loopback the static
// user may read only, and submitting is off unless yarn.webapp.enable-rest-app-submissions says true.
#pragma once

#include <string>
#include <vector>

#include "base/config/configuration.h"
#include "base/http/server.h"
#include "base/rest/answer.h"
#include "yarn_like/resourcemanager/access.h"
#include "yarn_like/resourcemanager/cluster.h"
#include "yarn_like/resourcemanager/rpc/client_handler.h"

namespace tusk::yarn {

struct RestPolicy {
  std::string static_user = "dr.who";   // hadoop.http.staticuser.user
  std::string daemon_user;
  bool anonymous_writes = true;         // the web port is on loopback
  bool submissions = true;              // yarn.webapp.enable-rest-app-submissions

  static Result<RestPolicy> From(const Configuration& configuration, const HostPort& web_address, std::string daemon_user);
};

class RestService {
 public:
  RestService(Env env, Cluster& cluster, const Access& access, ClientHandler& handler, RestPolicy policy)
      : env_(env), cluster_(cluster), access_(access), handler_(handler), policy_(std::move(policy)) {}
  // Before the server starts; this outlives it.
  void Mount(http::Server& server);

 private:
  // One request, taken apart.
  struct Question {
    const http::Request& request;
    std::vector<std::string> parts;  // of the path below /ws/v1/cluster
    std::string user;
    bool anonymous = true;
    std::string body;
  };
  Task<void> Serve(http::Exchange& exchange);
  rest::Answer Get(const Question& question) const;
  // /apps and below
  rest::Answer GetApps(const Question& question) const;
  rest::Answer GetApp(const Question& question, const Application& application) const;
  rest::Answer GetAttempts(const Question& question, const Application& application) const;
  rest::Answer GetContainers(const Question& question, const Application& application, const Attempt& attempt) const;
  rest::Answer GetStatistics(const Question& question) const;
  rest::Answer GetNodes(const Question& question) const;
  rest::Answer Activities(const Question& question) const;
  rest::Answer GetOthers(const Question& question) const;
  // rest_changes.cc: what changes something.
  Task<rest::Answer> Change(const Question& question);
  Task<rest::Answer> Submit(const Question& question);
  Task<rest::Answer> ChangeApp(const Question& question, ApplicationId id);
  Task<rest::Answer> PutState(const Question& question, ApplicationId id);
  Task<rest::Answer> PutPriority(const Question& question, ApplicationId id);
  Task<rest::Answer> PutTimeout(const Question& question, ApplicationId id);
  rest::Answer NewApplication(const Question& question);
  rest::Answer ResizeNode(const Question& question);

  // Null and an answer where there is none, or none of that name.
  const Application* FindApp(const Question& question, rest::Answer* otherwise) const;
  rpc::CallContext CallOf(const Question& question) const;
  Now GetNow() const { return {env_.clock.Now(), env_.clock.WallMillis()}; }

  Env env_;
  Cluster& cluster_;
  const Access& access_;
  ClientHandler& handler_;
  RestPolicy policy_;
};

}  // namespace tusk::yarn
