// DaemonPages: the web pages that every daemon has: /jmx, /metrics (Prometheus), /prom (the same with Hadoop's names), /conf,
// /logLevel, /logs/ (the folder hadoop.log.dir), /status, /stacks, /healthz, /readyz, /isActive.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/config/configuration.h"
#include "base/env/env.h"
#include "base/http/server.h"
#include "base/metrics/metrics.h"

namespace tusk {

struct DaemonPagesOptions {
  std::string daemon;                     // "NameNode", as in "Hadoop:service=NameNode"
  std::string version = "3.4.2";          // of the Hadoop that it speaks
  // More for /status: name and JSON text.
  std::function<std::vector<std::pair<std::string, std::string>>()> status = {};
  // For /readyz: empty, or why the daemon cannot serve yet. Unset: ready.
  std::function<std::string()> not_ready = {};
  // Whether a console with a login stands before /logs and /logLevel. Without, only loopback sees logs and sets levels.
  bool guarded = false;
};

class DaemonPages {
 public:
  // All outlive it. Adds the process's own beans and metrics to `metrics`.
  DaemonPages(Env env, MetricRegistry& metrics, const Configuration& configuration, DaemonPagesOptions options);
  // Before the server starts; this outlives the server.
  void Mount(http::Server& server);

 private:
  Task<void> Jmx(http::Exchange& exchange);
  Task<void> Prometheus(http::Exchange& exchange);
  Task<void> Conf(http::Exchange& exchange);
  Task<void> LogLevels(http::Exchange& exchange);
  Task<void> StatusPage(http::Exchange& exchange);
  Task<void> Stacks(http::Exchange& exchange);
  Task<void> Logs(http::Exchange& exchange);
  Task<void> HadoopPrometheus(http::Exchange& exchange);
  Task<void> Healthy(http::Exchange& exchange);
  Task<void> Ready(http::Exchange& exchange);
  Task<void> Active(http::Exchange& exchange);
  // Whether the asker may see logs and change levels; else answers 403.
  Task<bool> MayLook(http::Exchange& exchange);

  Env env_;
  MetricRegistry& metrics_;
  const Configuration& configuration_;
  DaemonPagesOptions options_;
  int64_t started_wall_ms_;
};

// What /conf shows instead of the value of a key that names a secret.
bool IsSecretKey(std::string_view key);

}  // namespace tusk
