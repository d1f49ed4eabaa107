// Filling and mounting the pages.
#include "base/server/pages.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/metrics/hadoop_prometheus.h"
#include "base/server/process_beans.h"
#include "base/server/process_stats.h"

namespace tusk {
namespace {

constexpr const char* kJson = "application/json; charset=utf8";
constexpr const char* kRedacted = "<redacted>";

std::string ValueOf(const std::string& key, const Configuration::Entry& entry) {
  return IsSecretKey(key) ? kRedacted : entry.value;
}

std::string PropertyXml(const std::string& key, const Configuration::Entry& entry) {
  return "<property><name>" + http::HtmlEscape(key) + "</name><value>" + http::HtmlEscape(ValueOf(key, entry)) +
         "</value><final>" + (entry.is_final ? "true" : "false") + "</final><source>" +
         http::HtmlEscape(entry.source) + "</source></property>\n";
}

std::string PropertyJson(const std::string& key, const Configuration::Entry& entry) {
  return "{\"key\":" + JsonString(key) + ",\"value\":" + JsonString(ValueOf(key, entry)) +
         ",\"isFinal\":" + (entry.is_final ? "true" : "false") + ",\"resource\":" + JsonString(entry.source) + "}";
}

void CollectProcess(MetricSink& sink) {
  ProcessStats stats = ReadProcessStats();
  sink.Gauge("process_resident_memory_bytes", "Memory in use.", {}, static_cast<double>(stats.resident_bytes));
  sink.Gauge("process_virtual_memory_bytes", "Address space in use.", {}, static_cast<double>(stats.virtual_bytes));
  sink.Counter("process_cpu_seconds_total", "CPU time used.", {}, std::chrono::duration<double>(stats.cpu_time).count());
  sink.Gauge("process_open_fds", "Open file descriptors.", {}, static_cast<double>(stats.open_files));
  sink.Gauge("process_threads", "Threads.", {}, static_cast<double>(stats.threads));
}

}  // namespace

bool IsSecretKey(std::string_view key) {
  std::string lower(key);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "hadoop.security.sensitive-config-keys") return false;
  if (lower.ends_with(".token")) return true;
  for (std::string_view word : {"secret", "password", "ssl.keystore.pass", "credential", "oauth.token", "access.key", "account.key",
                                "encryption.key"}) {
    if (lower.find(word) != std::string::npos) return true;
  }
  return false;
}

DaemonPages::DaemonPages(Env env, MetricRegistry& metrics, const Configuration& configuration, DaemonPagesOptions options)
    : env_(env), metrics_(metrics), configuration_(configuration), options_(std::move(options)),
      started_wall_ms_(env.clock.WallMillis()) {
  AddProcessBeans(metrics_, options_.daemon, env_.network.LocalHostName(), options_.version, started_wall_ms_, env_.clock);
  metrics_.AddCollector(CollectProcess);
}

void DaemonPages::Mount(http::Server& server) {
  server.Handle("GET", "/jmx", [this](http::Exchange& exchange) { return Jmx(exchange); });
  server.Handle("GET", "/metrics", [this](http::Exchange& exchange) { return Prometheus(exchange); });
  server.Handle("GET", "/prom", [this](http::Exchange& exchange) { return HadoopPrometheus(exchange); });
  server.Handle("GET", "/logs", [this](http::Exchange& exchange) { return Logs(exchange); });
  server.Handle("GET", "/healthz", [this](http::Exchange& exchange) { return Healthy(exchange); });
  server.Handle("GET", "/readyz", [this](http::Exchange& exchange) { return Ready(exchange); });
  server.Handle("GET", "/isActive", [this](http::Exchange& exchange) { return Active(exchange); });
  server.Handle("GET", "/conf", [this](http::Exchange& exchange) { return Conf(exchange); });
  server.Handle("GET", "/logLevel", [this](http::Exchange& exchange) { return LogLevels(exchange); });
  server.Handle("GET", "/status", [this](http::Exchange& exchange) { return StatusPage(exchange); });
  server.Handle("GET", "/stacks", [this](http::Exchange& exchange) { return Stacks(exchange); });
}

Task<void> DaemonPages::Jmx(http::Exchange& exchange) {
  const http::Query& query = exchange.request().query;
  std::string json;
  if (std::optional<std::string_view> get = query.Get("get")) {
    size_t cut = get->find("::");
    std::vector<Bean> beans = metrics_.Beans(get->substr(0, cut));
    json = BeansToJson({});
    if (cut == std::string_view::npos) {
      json = "{\n  \"result\" : \"ERROR\",\n  \"message\" : \"query format is not as expected.\"\n}";
    } else if (!beans.empty()) {
      Bean one(beans.front().object_name(), beans.front().modeler_type());
      for (const auto& [name, value] : beans.front().attributes()) {
        if (name == get->substr(cut + 2)) one.SetJson(name, value);
      }
      if (one.attributes().empty()) {
        one.Set("result", "ERROR").Set("message", "No attribute with name " + std::string(get->substr(cut + 2)) + " was found.");
      }
      json = BeansToJson({one});
    }
  } else {
    json = BeansToJson(metrics_.Beans(query.Get("qry", "*:*")));
  }
  http::Response response;
  response.head.headers = {{"Content-Type", kJson},
                           {"Access-Control-Allow-Methods", "GET"},
                           {"Access-Control-Allow-Origin", "*"}};
  response.body = std::move(json);
  [[maybe_unused]] Status sent = co_await exchange.Reply(std::move(response));
}

Task<void> DaemonPages::Prometheus(http::Exchange& exchange) {
  [[maybe_unused]] Status sent = co_await exchange.Reply(200, "text/plain; version=0.0.4; charset=utf-8", metrics_.PrometheusText());
}

Task<void> DaemonPages::HadoopPrometheus(http::Exchange& exchange) {
  [[maybe_unused]] Status sent = co_await exchange.Reply(200, "text/plain; charset=utf-8", HadoopPrometheusText(metrics_.Beans("Hadoop:*")));
}

Task<void> DaemonPages::Healthy(http::Exchange& exchange) {
  [[maybe_unused]] Status sent = co_await exchange.Reply(200, "text/plain; charset=utf-8", "ok\n");
}

Task<void> DaemonPages::Ready(http::Exchange& exchange) {
  const std::string why = options_.not_ready ? options_.not_ready() : "";
  [[maybe_unused]] Status sent = co_await exchange.Reply(why.empty() ? 200 : 503, "text/plain; charset=utf-8", (why.empty() ? "ready" : why) + "\n");
}

// As Hadoop's servlet on a daemon that is not on standby; tusk has no standby.
Task<void> DaemonPages::Active(http::Exchange& exchange) {
  [[maybe_unused]] Status sent = co_await exchange.Reply(200, "text/plain;charset=utf-8", "I am Active!");
}

Task<void> DaemonPages::Conf(http::Exchange& exchange) {
  bool json = exchange.request().headers.Get("Accept", "").find("application/json") != std::string_view::npos;
  const auto& entries = configuration_.entries();
  std::string body;
  if (std::optional<std::string_view> name = exchange.request().query.Get("name"); name && !name->empty()) {
    auto entry = entries.find(*name);
    if (entry == entries.end()) {
      [[maybe_unused]] Status sent = co_await exchange.Reply(404, json ? "application/json; charset=utf-8" : "text/xml; charset=utf-8", "");
      co_return;
    }
    body = json ? "{\"property\":" + PropertyJson(entry->first, entry->second) + "}"
                : "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n<configuration>\n" +
                      PropertyXml(entry->first, entry->second) + "</configuration>\n";
  } else {
    body = json ? "{\"properties\":[" : "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n<configuration>\n";
    bool first = true;
    for (const auto& [key, entry] : entries) {
      if (json && !first) body += ",";
      body += json ? PropertyJson(key, entry) : PropertyXml(key, entry);
      first = false;
    }
    body += json ? "]}" : "</configuration>\n";
  }
  [[maybe_unused]] Status sent = co_await exchange.Reply(200, json ? "application/json; charset=utf-8" : "text/xml; charset=utf-8", std::move(body));
}

Task<void> DaemonPages::StatusPage(http::Exchange& exchange) {
  ProcessStats stats = ReadProcessStats();
  std::string json = "{\"daemon\":" + JsonString(options_.daemon) + ",\"version\":" + JsonString(options_.version) +
                     ",\"pid\":" + std::to_string(::getpid()) + ",\"started\":" + std::to_string(started_wall_ms_) +
                     ",\"uptime_ms\":" + std::to_string(env_.clock.WallMillis() - started_wall_ms_) +
                     ",\"resident_bytes\":" + std::to_string(stats.resident_bytes) +
                     ",\"cpu_ms\":" + std::to_string(ToMillis(stats.cpu_time)) + ",\"threads\":" + std::to_string(stats.threads) +
                     ",\"open_files\":" + std::to_string(stats.open_files);
  if (options_.status) {
    for (const auto& [name, value] : options_.status()) json += "," + JsonString(name) + ":" + value;
  }
  [[maybe_unused]] Status sent = co_await exchange.Reply(200, kJson, json + "}\n");
}

Task<void> DaemonPages::Stacks(http::Exchange& exchange) {
  std::vector<ThreadState> threads = ReadThreads();
  std::string text = "Process Thread Dump: \n" + std::to_string(threads.size()) + " active threads\n";
  for (const ThreadState& thread : threads) {
    text += "Thread " + std::to_string(thread.id) + " (" + thread.name + "):\n  State: " + thread.state + "\n";
    if (!thread.waiting_in.empty() && thread.waiting_in != "0") text += "  Waiting in: " + thread.waiting_in + "\n";
  }
  [[maybe_unused]] Status sent = co_await exchange.Reply(200, "text/plain; charset=utf-8", std::move(text));
}

}  // namespace tusk
