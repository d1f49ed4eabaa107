// Naming an RPC server's numbers.
#include "base/rpc/server_metrics.h"

#include <algorithm>

namespace tusk::rpc {
namespace {

// Mean times of some histograms together.
class Together {
 public:
  void Add(const LatencyHistogram& histogram) {
    count_ += histogram.count();
    sum_ += histogram.sum();
  }
  uint64_t count() const { return count_; }
  double MeanMillis() const {
    return count_ == 0 ? 0 : static_cast<double>(sum_.count()) / 1e6 / static_cast<double>(count_);
  }

 private:
  uint64_t count_ = 0;
  Duration sum_{};
};

std::string Capitalized(std::string name) {
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name;
}

void FillActivity(const ServerStats& stats, Bean& bean) {
  Together queued, processing;
  for (const auto& [name, method] : stats.methods) {
    queued.Add(method.queued);
    processing.Add(method.processing);
  }
  const uint64_t calls = processing.count();
  bean.Set("ReceivedBytes", stats.bytes_received).Set("SentBytes", stats.bytes_sent);
  bean.Set("RpcQueueTimeNumOps", queued.count()).Set("RpcQueueTimeAvgTime", queued.MeanMillis());
  bean.Set("RpcProcessingTimeNumOps", processing.count()).Set("RpcProcessingTimeAvgTime", processing.MeanMillis());
  bean.Set("RpcAuthenticationFailures", stats.authentication_failures);
  bean.Set("RpcAuthenticationSuccesses", stats.authentication_successes);
  bean.Set("RpcAuthorizationFailures", stats.authorization_failures);
  bean.Set("RpcClientBackoff", stats.calls_refused_busy);
  bean.Set("RpcCallSuccesses", calls - std::min(calls, stats.calls_failed)).Set("TotalRequests", stats.calls_received);
  bean.Set("RpcAuthorizationSuccesses", stats.authentication_successes).Set("RpcSlowCalls", stats.slow_calls);
  bean.Set("NumInProcessHandler", stats.calls_running).Set("TotalRequestsPerSecond", 0).Set("NumDroppedConnections", 0);
  bean.Set("RpcClientBackoffDisconnected", 0).Set("RpcRequeueCalls", 0);
  for (const char* name : {"DeferredRpcProcessingTime", "RpcEnQueueTime", "RpcLockWaitTime", "RpcResponseTime"}) {
    bean.Set(std::string(name) + "NumOps", calls).Set(std::string(name) + "AvgTime", 0.0);
  }
  bean.Set("NumOpenConnections", stats.connections_open);
  bean.Set("CallQueueLength", stats.calls_running);
}

}  // namespace

void ExportServerMetrics(const Server& server, const std::string& service, const std::string& host_name, MetricRegistry& registry) {
  std::string port = std::to_string(server.address().port);
  std::string prefix = "Hadoop:service=" + service + ",name=";
  registry.AddBean(prefix + "RpcActivityForPort" + port, [&server, port, host_name](Bean& bean) {
    bean.Set("tag.port", port).Set("tag.serverName", "tusk").Set("tag.Context", "rpc").Set("tag.Hostname", host_name);
    FillActivity(server.stats(), bean);
  });
  registry.AddBean(prefix + "RpcDetailedActivityForPort" + port, [&server, port, host_name](Bean& bean) {
    bean.Set("tag.port", port).Set("tag.Context", "rpcdetailed").Set("tag.Hostname", host_name);
    for (const auto& [name, method] : server.stats().methods) {
      bean.Set(Capitalized(name) + "NumOps", method.calls);
      bean.Set(Capitalized(name) + "AvgTime", method.processing.MeanMillis());
    }
  });
  registry.AddCollector([&server, port](MetricSink& sink) {
    const ServerStats& stats = server.stats();
    MetricLabels labels{{"port", port}};
    sink.Gauge("tusk_rpc_connections", "Open connections of RPC clients.", labels, static_cast<double>(stats.connections_open));
    sink.Gauge("tusk_rpc_calls_running", "Calls that have no answer yet.", labels, static_cast<double>(stats.calls_running));
    sink.Counter("tusk_rpc_received_bytes_total", "Bytes from RPC clients.", labels, static_cast<double>(stats.bytes_received));
    sink.Counter("tusk_rpc_sent_bytes_total", "Bytes to RPC clients.", labels, static_cast<double>(stats.bytes_sent));
    sink.Counter("tusk_rpc_authentication_failures_total", "Connections refused for who they are.", labels,
                 static_cast<double>(stats.authentication_failures));
    for (const auto& [name, method] : stats.methods) {
      MetricLabels of{{"port", port}, {"method", name}};
      sink.Counter("tusk_rpc_calls_total", "Calls answered.", of, static_cast<double>(method.calls));
      sink.Counter("tusk_rpc_call_failures_total", "Calls answered with an error.", of, static_cast<double>(method.failures));
      sink.Latency("tusk_rpc_queue_seconds", "Time from request to the start of its handler.", of, method.queued);
      sink.Latency("tusk_rpc_processing_seconds", "Time from a handler's start to its answer.", of, method.processing);
    }
  });
}

void AddRpcSeries(History& history, std::function<std::vector<const Server*>()> servers) {
  history.AddRate("rpcPerSecond", [servers] {
    double calls = 0;
    for (const Server* server : servers()) {
      for (const auto& [name, method] : server->stats().methods) calls += static_cast<double>(method.calls);
    }
    return calls;
  });
  for (auto [name, quantile] : {std::pair{"rpcP50Ms", 0.5}, std::pair{"rpcP99Ms", 0.99}}) {
    history.AddQuantile(name, quantile, [servers] {
      std::vector<const LatencyHistogram*> histograms;
      for (const Server* server : servers()) {
        for (const auto& [method_name, method] : server->stats().methods) histograms.push_back(&method.processing);
      }
      return histograms;
    });
  }
}

}  // namespace tusk::rpc
