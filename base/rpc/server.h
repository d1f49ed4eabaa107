// Server: Hadoop IPC v9 on one port. Dispatches on (protocol, method), keeps connections, bounds what is queued and
// answers everything that is wrong the way Hadoop's does (hdfs-wire §1.1–1.4).
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/env/env.h"
#include "base/env/network.h"
#include "base/metrics/metrics.h"
#include "base/rpc/service.h"

namespace tusk::rpc {

// Verifies tokens for SASL DIGEST-MD5; one per token kind that the server accepts.
class SecretManager {
 public:
  virtual ~SecretManager() = default;
  // The password of this identifier, or kInvalidToken with the reason (unknown key, expired, forged shape).
  virtual Result<std::string> PasswordOf(std::string_view identifier) = 0;
  // The short user name that a connection with this identifier has.
  virtual Result<CallUser> UserOf(std::string_view identifier) = 0;
};

struct ServerOptions {
  HostPort bind = {};                  // port 0 picks a free one
  std::string server_name = {};        // for logs and metrics: "namenode"
  uint32_t frame_bytes_max = 128 << 20;  // ipc.maximum.data.length
  size_t calls_queued_max = 4096;      // beyond it: RetriableException, as Hadoop's back-off
  size_t connection_calls_max = 1024;  // one connection's calls in progress; beyond it, it is not read from
  bool allow_simple = true;            // false: tokens only, as on AM and NM ports
  SecretManager* secret_manager = nullptr;  // null: no token is accepted
  // hadoop.proxyuser.*: may `real` act for `effective` from `host`? Null: never.
  using AuthorizeProxy =
      std::function<Status(const std::string& real, const std::string& effective, const std::string& host)>;
  AuthorizeProxy authorize_proxy = {};
  CallObserver* observer = nullptr;  // outlives the server
  // Calls that took more are logged as slow; 0: ipc.server.log.slow.rpc is off. Hadoop's rule: above the mean by three
  // standard deviations, of more than 1024 calls, and above `threshold`.
  bool log_slow = false;
  Duration slow_threshold{};
};

// What a server has done since its start. For metrics (base/rpc/server_metrics.h).
struct ServerStats {
  struct PerMethod {
    uint64_t calls = 0;
    uint64_t failures = 0;
    Duration time_max{};
    LatencyHistogram queued;      // from the last byte of the request to the start of its handler
    LatencyHistogram processing;  // from there to its answer
  };
  uint64_t calls_received = 0;
  uint64_t calls_failed = 0;
  size_t calls_running = 0;
  uint64_t calls_refused_busy = 0;
  uint64_t authentication_failures = 0;
  uint64_t authentication_successes = 0;
  uint64_t authorization_failures = 0;
  uint64_t bytes_received = 0;
  uint64_t bytes_sent = 0;
  uint64_t connections_opened = 0;
  size_t connections_open = 0;
  uint64_t slow_calls = 0;
  double processing_ms_sum = 0;          // of all calls, for the rule of slow ones
  double processing_ms_square_sum = 0;
  std::map<std::string, PerMethod, std::less<>> methods;

  void Finished(const CallContext& call, bool ok, TimePoint now);
};

class Server {
 public:
  static Result<std::unique_ptr<Server>> Listen(Env env, ServerOptions options);
  virtual ~Server() = default;
  // Before Start. `service` outlives the server. A method name that is there already is a programming error.
  virtual void AddService(Service& service) = 0;
  virtual void Start() = 0;
  virtual HostPort address() const = 0;
  virtual const ServerStats& stats() const = 0;
  // Stops accepting, cancels connections, waits for calls in progress.
  virtual Task<void> Shutdown() = 0;
};

}  // namespace tusk::rpc
