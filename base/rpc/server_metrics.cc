// Naming an RPC server's numbers.
#include "base/rpc/server_metrics.h"

namespace tusk::rpc {
namespace {

double MillisPer(Duration total, uint64_t count) {
  return count == 0 ? 0 : static_cast<double>(total.count()) / 1e6 / static_cast<double>(count);
}

std::string Capitalized(std::string name) {
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name;
}

void FillActivity(const ServerStats& stats, Bean& bean) {
  Duration total{};
  uint64_t calls = 0;
  for (const auto& [name, method] : stats.methods) {
    total += method.time_total;
    calls += method.calls;
  }
  bean.Set("ReceivedBytes", stats.bytes_received).Set("SentBytes", stats.bytes_sent);
  bean.Set("RpcQueueTimeNumOps", calls).Set("RpcQueueTimeAvgTime", 0.0);  // calls start at once
  bean.Set("RpcProcessingTimeNumOps", calls).Set("RpcProcessingTimeAvgTime", MillisPer(total, calls));
  bean.Set("RpcAuthenticationFailures", stats.authentication_failures);
  bean.Set("RpcAuthenticationSuccesses", stats.authentication_successes);
  bean.Set("RpcAuthorizationFailures", stats.authorization_failures);
  bean.Set("RpcClientBackoff", stats.calls_refused_busy);
  bean.Set("RpcCallsFailed", stats.calls_failed);
  bean.Set("NumOpenConnections", stats.connections_open);
  bean.Set("CallQueueLength", stats.calls_running);
}

}  // namespace

void ExportServerMetrics(const Server& server, const std::string& service, MetricRegistry& registry) {
  std::string port = std::to_string(server.address().port);
  std::string prefix = "Hadoop:service=" + service + ",name=";
  registry.AddBean(prefix + "RpcActivityForPort" + port, [&server](Bean& bean) { FillActivity(server.stats(), bean); });
  registry.AddBean(prefix + "RpcDetailedActivityForPort" + port, [&server](Bean& bean) {
    for (const auto& [name, method] : server.stats().methods) {
      bean.Set(Capitalized(name) + "NumOps", method.calls);
      bean.Set(Capitalized(name) + "AvgTime", MillisPer(method.time_total, method.calls));
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
      sink.Counter("tusk_rpc_call_seconds_total", "Time from request to answer.", of,
                   std::chrono::duration<double>(method.time_total).count());
    }
  });
}

}  // namespace tusk::rpc
