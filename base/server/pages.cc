// Filling and mounting the pages.
#include "base/server/pages.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/log/log.h"
#include "base/server/process_stats.h"

namespace tusk {
namespace {

constexpr const char* kJson = "application/json; charset=utf8";
constexpr const char* kRedacted = "<redacted>";

constexpr std::pair<const char*, LogLevel> kLevelNames[] = {
    {"TRACE", LogLevel::kTrace}, {"DEBUG", LogLevel::kDebug}, {"INFO", LogLevel::kInfo}, {"WARN", LogLevel::kWarn},
    {"ERROR", LogLevel::kError}, {"FATAL", LogLevel::kError}, {"OFF", LogLevel::kOff},   {"ALL", LogLevel::kTrace}};

const char* NameOfLevel(LogLevel level) {
  for (const auto& [name, known] : kLevelNames) {
    if (known == level) return name;
  }
  return "?";
}

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

void FillJvmMetrics(Bean& bean) {
  ProcessStats stats = ReadProcessStats();
  double megabytes = static_cast<double>(stats.resident_bytes) / (1 << 20);
  bean.Set("MemNonHeapUsedM", 0.0).Set("MemHeapUsedM", megabytes).Set("MemHeapCommittedM", megabytes);
  bean.Set("MemHeapMaxM", megabytes).Set("MemMaxM", megabytes);
  bean.Set("GcCount", 0).Set("GcTimeMillis", 0);
  bean.Set("ThreadsRunnable", stats.threads).Set("ThreadsBlocked", 0).Set("ThreadsWaiting", 0);
}

void FillMemory(Bean& bean) {
  ProcessStats stats = ReadProcessStats();
  std::string used = std::to_string(stats.resident_bytes);
  std::string usage = "{\n      \"committed\" : " + used + ",\n      \"init\" : 0,\n      \"max\" : " + used + ",\n      \"used\" : " + used + "\n    }";
  bean.SetJson("HeapMemoryUsage", usage);
  bean.SetJson("NonHeapMemoryUsage", "{\n      \"committed\" : 0,\n      \"init\" : 0,\n      \"max\" : -1,\n      \"used\" : 0\n    }");
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
  for (std::string_view word : {"secret", "password", "ssl.keystore.pass", "credential", "oauth.token", "access.key"}) {
    if (lower.find(word) != std::string::npos) return true;
  }
  return false;
}

DaemonPages::DaemonPages(Env env, MetricRegistry& metrics, const Configuration& configuration, DaemonPagesOptions options)
    : env_(env), metrics_(metrics), configuration_(configuration), options_(std::move(options)),
      started_wall_ms_(env.clock.WallMillis()) {
  metrics_.AddBean("Hadoop:service=" + options_.daemon + ",name=JvmMetrics", FillJvmMetrics);
  metrics_.AddBean("java.lang:type=Memory", FillMemory, "sun.management.MemoryImpl");
  metrics_.AddBean(
      "java.lang:type=Runtime",
      [this](Bean& bean) {
        bean.Set("StartTime", started_wall_ms_).Set("Uptime", env_.clock.WallMillis() - started_wall_ms_);
        bean.Set("Name", std::to_string(::getpid()) + "@" + env_.network.LocalHostName());
        bean.Set("VmName", "tusk").Set("VmVendor", "tusk").Set("VmVersion", options_.version);
      },
      "sun.management.RuntimeImpl");
  metrics_.AddCollector(CollectProcess);
}

void DaemonPages::Mount(http::Server& server) {
  server.Handle("GET", "/jmx", [this](http::Exchange& exchange) { return Jmx(exchange); });
  server.Handle("GET", "/metrics", [this](http::Exchange& exchange) { return Prometheus(exchange); });
  server.Handle("GET", "/prom", [this](http::Exchange& exchange) { return Prometheus(exchange); });
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
    json = "{\n  \"result\" : \"ERROR\",\n  \"message\" : \"No attribute with name " +
           std::string(cut == std::string_view::npos ? "" : get->substr(cut + 2)) + " was found.\"\n}";
    if (cut == std::string_view::npos) {
      json = "{\n  \"result\" : \"ERROR\",\n  \"message\" : \"query format is not as expected.\"\n}";
    } else if (!beans.empty()) {
      Bean one(beans.front().object_name(), beans.front().modeler_type());
      for (const auto& [name, value] : beans.front().attributes()) {
        if (name == get->substr(cut + 2)) one.SetJson(name, value);
      }
      if (!one.attributes().empty()) json = BeansToJson({one});
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

Task<void> DaemonPages::Conf(http::Exchange& exchange) {
  bool json = exchange.request().headers.Get("Accept", "").find("application/json") != std::string_view::npos;
  const auto& entries = configuration_.entries();
  std::string body;
  if (std::optional<std::string_view> name = exchange.request().query.Get("name"); name && !name->empty()) {
    auto entry = entries.find(*name);
    if (entry == entries.end()) {
      [[maybe_unused]] Status sent = co_await exchange.Reply(404, "text/plain; charset=utf-8", "Property " + std::string(*name) + " not found\n");
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

// The lines with the marker are what `hadoop daemonlog` prints.
Task<void> DaemonPages::LogLevels(http::Exchange& exchange) {
  constexpr const char* kMarker = "<!-- OUTPUT -->";
  const http::Query& query = exchange.request().query;
  std::string log = query.Get("log", "");
  std::string level = query.Get("level", "");
  std::string body = "<html><body><h1>Log Level</h1>\n";
  if (!log.empty()) {
    std::string module = log == "root" ? "" : log;
    body += std::string(kMarker) + "Submitted Class Name: <b>" + http::HtmlEscape(log) + "</b><br />\n";
    if (!level.empty()) {
      std::transform(level.begin(), level.end(), level.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
      auto known = std::find_if(std::begin(kLevelNames), std::end(kLevelNames), [&](const auto& entry) { return level == entry.first; });
      body += std::string(kMarker) + "Submitted Level: <b>" + http::HtmlEscape(level) + "</b><br />\n";
      if (known == std::end(kLevelNames)) {
        body += std::string(kMarker) + "Bad Level : <b>" + http::HtmlEscape(level) + "</b><br />\n";
      } else {
        SetLogLevel(module, known->second);
        LogInfo("server", "level of {} set to {}", log, level);
        body += std::string(kMarker) + "Setting Level to " + level + " ...<br />\n";
      }
    }
    body += std::string(kMarker) + "Effective Level: <b>" + NameOfLevel(GetLogLevel(module)) + "</b><br />\n";
  }
  body += "<form>Log: <input type='text' size='50' name='log' /> Level: <input type='text' name='level' /> "
          "<input type='submit' value='Set Log Level' /></form></body></html>\n";
  [[maybe_unused]] Status sent = co_await exchange.Reply(200, "text/html; charset=utf-8", std::move(body));
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
