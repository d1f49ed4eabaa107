// The resource manager's own web pages: /cluster for people, and its JMX beans. Read-only.
#pragma once

#include <functional>
#include <string>

#include "base/env/env.h"
#include "base/http/server.h"
#include "base/metrics/metrics.h"
#include "yarn_like/resourcemanager/cluster.h"

namespace tusk::yarn {

class ClusterPages {
 public:
  ClusterPages(Env env, const Cluster& cluster) : env_(env), cluster_(cluster) {}
  // Before the server starts; this outlives it.
  void Mount(http::Server& server);
  void AddMetrics(MetricRegistry& metrics);

 private:
  Task<void> Page(http::Exchange& exchange);
  Now GetNow() const { return {env_.clock.Now(), env_.clock.WallMillis()}; }

  Env env_;
  const Cluster& cluster_;
};

}  // namespace tusk::yarn
