// NodeWeb: the node manager's pages and REST: /node, /node/containerlogs, /ws/v1/node (shared facts yarn-wire §12, §14).
// Reads only.
#pragma once

#include <functional>
#include <string>

#include "base/env/env.h"
#include "base/http/server.h"
#include "base/rest/answer.h"
#include "yarn_like/nodemanager/applications.h"
#include "yarn_like/nodemanager/container/container_host.h"
#include "yarn_like/nodemanager/logs/container_logs.h"
#include "yarn_like/nodemanager/node_health.h"

namespace tusk::yarn {

struct NodeWebFacts {
  NodeId node;
  std::string web_address;  // host:port as links say it
  int64_t memory_mb = 0;
  int64_t vcores = 0;
  double vmem_ratio = 2.1;
  bool pmem_check = true;
  bool vmem_check = false;
  int64_t started_wall_ms = 0;
  std::string log_server_url;  // yarn.log.server.url: who has the logs of applications that have gone
  std::function<int64_t()> last_heartbeat_wall_ms;
  std::function<HealthReport()> health;
};

class NodeWeb {
 public:
  NodeWeb(Env env, ContainerHost& host, Applications& applications, ContainerLogs logs)
      : env_(env), host_(host), applications_(applications), logs_(std::move(logs)) {}
  // Before the server starts; this outlives the server.
  void Mount(http::Server& server);
  // Once the ports are known.
  void SetFacts(NodeWebFacts facts) { facts_ = std::move(facts); }

 private:
  Task<void> Page(http::Exchange& exchange);
  Task<void> LogPage(http::Exchange& exchange);
  Task<void> Rest(http::Exchange& exchange);
  Task<void> RestLogs(http::Exchange& exchange, std::string container, std::string file);
  Task<void> SendLog(http::Exchange& exchange, LogFile file, std::string container, bool as_page);
  // node_rest.cc
  rest::Answer Info(const http::Request& request) const;
  rest::Answer Apps(const http::Request& request) const;
  rest::Answer App(const http::Request& request, const std::string& id) const;
  rest::Answer ResourceOf(const http::Request& request, const std::string& name) const;
  Task<rest::Answer> Containers(const http::Request& request, std::string only);

  Env env_;
  ContainerHost& host_;
  Applications& applications_;
  ContainerLogs logs_;
  NodeWebFacts facts_;
};

}  // namespace tusk::yarn
