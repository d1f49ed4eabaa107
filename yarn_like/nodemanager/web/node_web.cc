// Routing, and the pages for people.
#include "yarn_like/nodemanager/web/node_web.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "base/async/blocking_pool.h"
#include "base/log/log.h"
#include "yarn_like/nodemanager/web/web_text_internal.h"

namespace tusk::yarn {
namespace {

constexpr size_t kSendBytes = 64 << 10;

void Noted(const Status& status) {
  if (!status.ok()) LogDebug("web", "{}", status.ToString());
}

// A part of a log, as ?start=..&end=.. ask; negative ones count from the end.
struct Part {
  uint64_t begin = 0;
  uint64_t end = 0;
};
Part PartOf(const http::Query& query, uint64_t size, int64_t otherwise_start) {
  auto clamp = [size](int64_t at) {
    int64_t from_front = at < 0 ? static_cast<int64_t>(size) + at : at;
    return static_cast<uint64_t>(std::clamp<int64_t>(from_front, 0, static_cast<int64_t>(size)));
  };
  Part part;
  part.begin = clamp(query.GetInt("start", otherwise_start).value_or(otherwise_start));
  part.end = clamp(query.GetInt("end", static_cast<int64_t>(size)).value_or(static_cast<int64_t>(size)));
  // ?size=n: the first n bytes, or the last where it is negative.
  int64_t bytes = query.GetInt("size", 0).value_or(0);
  if (bytes > 0) part.end = std::min(part.end, clamp(bytes));
  if (bytes < 0) part.begin = clamp(bytes);
  if (part.end < part.begin) part.end = part.begin;
  return part;
}

std::string PageAround(std::string_view title, std::string_view body) {
  return fmt::format(
      "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{0}</title><style>body{{font-family:sans-serif;margin:2em}}"
      "table{{border-collapse:collapse}}td,th{{border:1px solid #ccc;padding:.3em .6em;text-align:left}}"
      "nav a{{margin-right:1em}}</style></head><body><nav><a href=\"/node\">Node</a><a href=\"/node/allApplications\">"
      "Applications</a><a href=\"/node/allContainers\">Containers</a><a href=\"/conf\">Configuration</a>"
      "<a href=\"/jmx\">JMX</a></nav><h1>{0}</h1>{1}</body></html>\n",
      http::HtmlEscape(title), body);
}

// What stands before and behind a log's bytes in REST answers; Java's clients print it as it comes.
std::string LogHead(const std::string& container, const std::string& node, const LogFile& file) {
  std::string title = fmt::format("Container: {} on {}", container, node);
  return fmt::format("{}\nLogAggregationType: LOCAL\n{}\nLogType:{}\nLogLastModifiedTime:{}\nLogLength:{}\nLogContents:\n", title,
                     std::string(title.size(), '='), file.name, LogTimeText(file.mtime_wall_ms), file.size);
}
std::string LogFoot(const std::string& container, const std::string& name, bool running) {
  std::string end = "End of LogType:" + name;
  return fmt::format("{}.{}\n{}\n\n", end,
                     running ? fmt::format("This log file belongs to a running container ({}) and so may not be complete.", container) : "",
                     std::string(end.size() + 50, '*'));
}

}  // namespace

std::string LogTimeText(int64_t wall_ms) {
  std::time_t seconds = wall_ms / 1000;
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof(text), "%a %b %d %H:%M:%S %z %Y", &parts)};
}

std::vector<std::string> PathParts(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    size_t slash = path.find('/');
    if (slash > 0) parts.emplace_back(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  return parts;
}

void NodeWeb::Mount(http::Server& server) {
  server.Handle("GET", "/", [this](http::Exchange& exchange) { return Page(exchange); });
  server.Handle("GET", "/node/containerlogs", [this](http::Exchange& exchange) { return LogPage(exchange); });
  server.Handle("GET", "/ws/v1/node", [this](http::Exchange& exchange) { return Rest(exchange); });
}

Task<void> NodeWeb::Page(http::Exchange& exchange) {
  std::string path = exchange.request().path;
  std::string body;
  if (path == "/") {
    Noted(co_await exchange.Redirect(302, "/node"));
    co_return;
  }
  if (path == "/node" || path == "/node/node") {
    body = fmt::format(
        "<table><tr><th>Node</th><td>{}</td></tr><tr><th>Memory for containers</th><td>{} MB</td></tr><tr><th>Virtual cores"
        "</th><td>{}</td></tr><tr><th>Limits</th><td>{}</td></tr><tr><th>Containers</th><td>{}</td></tr></table>",
        http::HtmlEscape(facts_.node.ToString()), facts_.memory_mb, facts_.vcores, http::HtmlEscape(host_.limits_description()),
        host_.containers().size());
  } else if (path == "/node/allApplications") {
    body = "<table><tr><th>Application</th><th>User</th></tr>";
    for (const auto& [id, app] : applications_.all()) {
      body += fmt::format("<tr><td>{}</td><td>{}</td></tr>", app.name, http::HtmlEscape(app.user));
    }
    body += "</table>";
  } else if (path == "/node/allContainers") {
    body = "<table><tr><th>Container</th><th>State</th><th>Logs</th></tr>";
    for (const auto& [id, container] : host_.containers()) {
      body += fmt::format("<tr><td>{0}</td><td>{1}</td><td><a href=\"/node/containerlogs/{0}/{2}\">logs</a></td></tr>",
                          container->name, NameOf(container->machine.state()), http::PercentEncode(container->grant.submitter));
    }
    body += "</table>";
  } else {
    Noted(co_await exchange.Reply(404, "text/plain", "Not Found\n"));
    co_return;
  }
  Noted(co_await exchange.Reply(200, "text/html; charset=utf-8", PageAround("NodeManager " + facts_.node.ToString(), body)));
}

// /node/containerlogs/<container>/<user>[/<file>]?start=-4096
Task<void> NodeWeb::LogPage(http::Exchange& exchange) {
  std::vector<std::string> parts = PathParts(exchange.request().path);
  std::string name = parts.size() > 2 ? parts[2] : "";
  Result<ContainerId> id = ContainerId::Parse(name);
  if (!id.ok() || parts.size() < 4) {
    Noted(co_await exchange.Reply(400, "text/plain", "Cannot get container logs. Invalid container id or user.\n"));
    co_return;
  }
  std::string application = id->attempt.application.ToString();
  if (!facts_.log_server_url.empty() && applications_.Find(id->attempt.application) == nullptr) {
    std::string target = fmt::format("{}/{}/{}/{}/{}", facts_.log_server_url, facts_.node.ToString(), name, name, http::PercentEncode(parts[3]));
    if (parts.size() >= 5) target += "/" + http::PercentEncode(parts[4]);
    Noted(co_await exchange.Redirect(302, target));
    co_return;
  }
  if (parts.size() >= 5) {
    auto found = co_await env_.disk_pool.Run([this, application, name, file = parts[4]] { return logs_.Find(application, name, file); });
    if (!found.ok()) {
      Noted(co_await exchange.Reply(404, "text/plain", std::string(found.status().message()) + "\n"));
      co_return;
    }
    co_await SendLog(exchange, *found, name, true);
    co_return;
  }
  auto files = co_await env_.disk_pool.Run([this, application, name] { return logs_.List(application, name); });
  std::string body;
  for (const auto& file : files) {
    body += fmt::format("<p><a href=\"/node/containerlogs/{}/{}/{}/?start=-4096\">{} : Total file length is {} bytes.</a></p>", name,
                        http::PercentEncode(parts[3]), http::PercentEncode(file.name), http::HtmlEscape(file.name), file.size);
  }
  if (files.empty()) body = "<p>No logs available for container " + name + "</p>";
  Noted(co_await exchange.Reply(200, "text/html; charset=utf-8", PageAround("Logs for " + name, body)));
}

Task<void> NodeWeb::SendLog(http::Exchange& exchange, LogFile file, std::string container, bool as_page) {
  auto opened = co_await env_.disk_pool.Run([this, &file] { return env_.disk.Open(file.path, OpenMode::kRead); });
  if (!opened.ok()) {
    Noted(co_await exchange.Reply(404, "text/plain", opened.status().ToString() + "\n"));
    co_return;
  }
  Part part = PartOf(exchange.request().query, file.size, as_page ? -4096 : 0);
  if (!as_page) {
    http::ResponseHead head;
    bool octets = exchange.request().query.Get("format", "") == "octet-stream";
    head.headers.Add("Content-Type", octets ? "application/octet-stream; charset=utf-8" : "text/plain;charset=utf-8");
    Result<ContainerId> id = ContainerId::Parse(container);
    const Container* known = id.ok() ? host_.Find(*id) : nullptr;
    const bool running = known != nullptr && !known->machine.done();
    // ?raw=true: the bytes alone, for the console, which goes on where the last answer ended.
    const bool raw = exchange.request().query.Get("raw", "") == "true";
    std::string before = raw ? "" : LogHead(container, facts_.node.ToString(), file);
    std::string behind = raw ? "" : LogFoot(container, file.name, running);
    if (raw) {
      head.headers.Add("X-Tusk-Log-Size", std::to_string(file.size));
      head.headers.Add("X-Tusk-Log-Running", running ? "true" : "false");
    }
    Status sent = co_await exchange.Begin(std::move(head), before.size() + part.end - part.begin + behind.size());
    if (sent.ok()) sent = co_await exchange.Write(AsBytes(before));
    if (sent.ok()) sent = co_await exchange.WriteFile(**opened, part.begin, part.end - part.begin);
    if (sent.ok()) sent = co_await exchange.Write(AsBytes(behind));
    Noted(sent);
    co_return;
  }
  http::ResponseHead head;
  head.headers.Add("Content-Type", "text/html; charset=utf-8");
  Status sent = co_await exchange.Begin(std::move(head));
  std::string intro = fmt::format("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{0}</title></head><body><p>Showing {1} bytes of "
                                  "{2} total. Click <a href=\"?start=0\">here</a> for the full log.</p><pre>",
                                  http::HtmlEscape(file.name), part.end - part.begin, file.size);
  if (sent.ok()) sent = co_await exchange.Write(AsBytes(intro));
  std::vector<uint8_t> bytes(kSendBytes);
  for (uint64_t at = part.begin; sent.ok() && at < part.end;) {
    MutableByteView piece(bytes.data(), std::min<uint64_t>(bytes.size(), part.end - at));
    Result<size_t> count = co_await env_.disk_pool.Run([&] { return (*opened)->ReadAt(at, piece); });
    if (!count.ok() || *count == 0) break;
    std::string text = http::HtmlEscape(AsText(ByteView(piece.data(), *count)));
    sent = co_await exchange.Write(AsBytes(text));
    at += *count;
  }
  if (sent.ok()) sent = co_await exchange.Write(std::string_view("</pre></body></html>\n"));
  Noted(sent);
}

}  // namespace tusk::yarn
