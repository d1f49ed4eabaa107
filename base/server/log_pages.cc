// DaemonPages: /logLevel and /logs/.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <memory>

#include "base/async/blocking_pool.h"
#include "base/log/log.h"
#include "base/server/pages.h"

namespace tusk {
namespace {

constexpr std::pair<const char*, LogLevel> kLevelNames[] = {
    {"TRACE", LogLevel::kTrace}, {"DEBUG", LogLevel::kDebug}, {"INFO", LogLevel::kInfo}, {"WARN", LogLevel::kWarn},
    {"ERROR", LogLevel::kError}, {"FATAL", LogLevel::kError}, {"OFF", LogLevel::kOff},   {"ALL", LogLevel::kTrace}};

const char* NameOfLevel(LogLevel level) {
  for (const auto& [name, known] : kLevelNames) {
    if (known == level) return name;
  }
  return "?";
}

// "Nov 22, 2026, 1:24:52 AM", as Hadoop's listing says it.
std::string DateText(int64_t wall_ms) {
  const auto second = static_cast<time_t>(wall_ms / 1000);
  struct tm parts {};
  localtime_r(&second, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof text, "%b %e, %Y, %l:%M:%S %p", &parts)};
}

struct LogEntry {
  std::string name;
  FileStat stat;
};

// The entries of a folder. Blocks.
Result<std::vector<LogEntry>> ListLogs(Disk& disk, const std::string& folder) {
  ASSIGN_OR_RETURN(std::vector<std::string> names, disk.List(folder));
  std::vector<LogEntry> entries;
  for (std::string& name : names) {
    Result<FileStat> stat = disk.Stat(JoinPath(folder, name));
    if (stat.ok()) entries.push_back({std::move(name), *stat});
  }
  return entries;
}

std::string Listing(const std::string& path, const std::vector<LogEntry>& entries) {
  const std::string title = http::HtmlEscape("Directory: " + path);
  std::string page = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>" + title +
                     "</title>\n</head>\n<body>\n<h1 class=\"title\">" + title + "</h1>\n<table class=\"listing\">\n<tbody>\n";
  for (const LogEntry& entry : entries) {
    const std::string shown = entry.name + (entry.stat.is_directory ? "/" : "");
    page += fmt::format(
        "<tr><td class=\"name\"><a href=\"{}\">{}&nbsp;</a></td><td class=\"lastmodified\">{}&nbsp;</td><td "
        "class=\"size\">{} bytes&nbsp;</td></tr>\n",
        http::HtmlEscape(http::PercentEncode(path + shown, "/")), http::HtmlEscape(shown), DateText(entry.stat.mtime_wall_ms), entry.stat.size);
  }
  return page + "</tbody>\n</table>\n</body></html>\n";
}

// What is below /logs, as names without "." and ".."; nothing where it climbs out.
std::optional<std::string> BelowLogs(std::string_view path) {
  path.remove_prefix(std::string_view("/logs").size());
  if (path.find('\0') != std::string_view::npos) return std::nullopt;
  std::string clean;
  while (!path.empty()) {
    const size_t slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    if (name == "..") return std::nullopt;
    if (!name.empty() && name != ".") clean += "/" + std::string(name);
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return clean;
}

Result<std::string> RealPath(const std::string& path) {
  std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
  if (real == nullptr) return Status(Code::kFileNotFound, path);
  return std::string(real.get());
}

struct OpenLog {
  FileStat stat;
  std::unique_ptr<File> file;
  std::vector<LogEntry> entries;
};

// Links are not followed out of the folder: whoever may write logs must not be able to show other files.
Result<OpenLog> OpenBelow(Disk& disk, const std::string& root, const std::string& below) {
  OpenLog log;
  ASSIGN_OR_RETURN(std::string real_root, RealPath(root));
  ASSIGN_OR_RETURN(std::string real, RealPath(root + below));
  if (real != real_root && !real.starts_with(real_root + "/")) return Status(Code::kAccessControl, "outside of the log folder");
  ASSIGN_OR_RETURN(log.stat, disk.Stat(real));
  if (log.stat.is_directory) {
    ASSIGN_OR_RETURN(log.entries, ListLogs(disk, real));
  } else {
    ASSIGN_OR_RETURN(log.file, disk.Open(real, OpenMode::kRead));
  }
  return log;
}

}  // namespace

Task<bool> DaemonPages::MayLook(http::Exchange& exchange) {
  const std::string& host = exchange.request().remote.host;
  if (options_.guarded || host.starts_with("127.") || host == "::1") co_return true;
  [[maybe_unused]] Status sent = co_await exchange.Reply(403, "text/plain; charset=utf-8", "Unauthenticated users are not authorized to access this page.\n");
  co_return false;
}

Task<void> DaemonPages::Logs(http::Exchange& exchange) {
  if (!co_await MayLook(exchange)) co_return;
  const std::string root = configuration_.Get("hadoop.log.dir", "");
  const std::optional<std::string> below = BelowLogs(exchange.request().path);
  Result<OpenLog> log = Status(Code::kFileNotFound, "no such log");
  if (!root.empty() && below) {
    Disk& disk = env_.disk;
    log = co_await env_.disk_pool.Run([&disk, &root, &below] { return OpenBelow(disk, root, *below); });
  }
  if (!log.ok()) {
    [[maybe_unused]] Status sent = co_await exchange.Reply(404, "text/plain; charset=utf-8", "no such log\n");
    co_return;
  }
  if (log->file == nullptr) {
    [[maybe_unused]] Status sent = co_await exchange.Reply(200, "text/html; charset=utf-8", Listing("/logs" + *below + "/", log->entries));
    co_return;
  }
  http::ResponseHead head;
  head.headers.Set("Content-Type", "text/plain; charset=utf-8");
  head.headers.Set("X-Content-Type-Options", "nosniff");
  if (Status begun = co_await exchange.Begin(std::move(head), log->stat.size); !begun.ok()) co_return;
  Status sent = co_await exchange.WriteFile(*log->file, 0, log->stat.size);
  if (!sent.ok()) exchange.CloseAfter();
}

// The lines with the marker are what `hadoop daemonlog` prints.
Task<void> DaemonPages::LogLevels(http::Exchange& exchange) {
  constexpr const char* kMarker = "<!-- OUTPUT -->";
  const http::Query& query = exchange.request().query;
  std::string log = query.Get("log", "");
  std::string level = query.Get("level", "");
  if (!level.empty() && !co_await MayLook(exchange)) co_return;
  std::string body = "<html>\n<title>Log Level</title>\n<body>\n<h1>Log Level</h1>\n";
  if (!log.empty()) {
    body += "<br /><hr /><h3>Results</h3>\n";
    std::string module = log == "root" ? "" : log;
    body += std::string(kMarker) + "Submitted Class Name: <b>" + http::HtmlEscape(log) + "</b><br />\n";
    body += std::string(kMarker) + "Log Class: <b>tusk</b><br />\n";
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
  body += "<br /><hr /><h3>Get / Set</h3>\n<form>Class Name: <input type='text' size='50' name='log' /> <input type='submit' value='Get Log "
          "Level' /></form>\n<form>Class Name: <input type='text' size='50' name='log' /> Level: <input type='text' name='level' /> "
          "<input type='submit' value='Set Log Level' /></form>\n</body></html>\n";
  [[maybe_unused]] Status sent = co_await exchange.Reply(200, "text/html; charset=utf-8", std::move(body));
}


}  // namespace tusk
