// Reading aggregated logs into a page of bounded size.
#include "mapreduce/history/log_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/async/blocking_pool.h"
#include "base/rest/answer.h"
#include "dfs/client/blocking_file_system.h"
#include "yarn_like/common/aggregated_logs.h"
#include "yarn_like/common/ids.h"

namespace tusk::mapreduce {
namespace {

constexpr size_t kPageBytesMax = 8 << 20;
constexpr size_t kFilesMax = 1000;

// Puts the logs of one container into HTML as they pass by.
class PageWriter {
 public:
  PageWriter(std::string container, std::string file, int64_t start, int64_t end)
      : container_(std::move(container)), file_(std::move(file)), start_(start), end_(end) {}

  yarn::AggregatedLogReader::Visitor Visitor(int64_t uploaded_wall_ms) {
    yarn::AggregatedLogReader::Visitor visitor;
    visitor.wants = [this, uploaded_wall_ms](std::string_view container, std::string_view name, uint64_t length) {
      if (container != container_ || (!file_.empty() && name != file_) || ++files_ > kFilesMax) return false;
      Begin(name, length, uploaded_wall_ms);
      return true;
    };
    visitor.on_bytes = [this](ByteView piece) {
      Add(piece);
      return Status::Ok();
    };
    visitor.on_end = [this] {
      html_ += "</pre>\n";
      return Status::Ok();
    };
    return visitor;
  }
  size_t files() const { return files_; }
  std::string Take() { return std::move(html_); }

 private:
  void Begin(std::string_view name, uint64_t length, int64_t uploaded_wall_ms) {
    const auto total = static_cast<int64_t>(length);
    const auto place = [total](int64_t at) { return std::clamp<int64_t>(at < 0 ? total + at : at, 0, total); };
    from_ = place(start_);
    to_ = std::max(from_, place(end_));
    at_ = 0;
    const std::string shown = http::HtmlEscape(name);
    html_ += fmt::format("<p>Log Type: {}</p><p>Log Upload Time: {}</p><p>Log Length: {}</p>", shown,
                         yarn::LogDateText(uploaded_wall_ms), length);
    if (from_ > 0 || to_ < total) {
      // From a list of files the link goes one deeper than from the file itself.
      const std::string link = file_.empty() ? http::PercentEncode(name, "") + "/" : "";
      html_ += fmt::format("<p>Showing {} bytes of {} total. Click <a href=\"{}?start=0\">here</a> for the full log.</p>", to_ - from_, total, link);
    }
    html_ += "<pre>";
  }

  void Add(ByteView piece) {
    const auto size = static_cast<int64_t>(piece.size());
    const int64_t begin = std::clamp(from_, at_, at_ + size) - at_, end = std::clamp(to_, at_, at_ + size) - at_;
    at_ += size;
    if (begin >= end) return;
    const size_t room = kPageBytesMax - std::min(kPageBytesMax, html_.size());
    const ByteView part = piece.subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
    html_ += http::HtmlEscape(AsText(part.first(std::min(room, part.size()))));
    if (room > 0 && room < part.size()) html_ += "\n... cut here: `yarn logs` prints it whole\n";
  }

  const std::string container_, file_;
  const int64_t start_, end_;
  std::string html_;
  size_t files_ = 0;
  int64_t from_ = 0, to_ = 0, at_ = 0;
};

bool IsPlainName(std::string_view name) { return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos; }

std::string Whole(const std::string& title, const std::string& body) {
  return fmt::format("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{0}</title></head><body><h1>{0}</h1>{1}</body></html>\n",
                     http::HtmlEscape(title), body);
}

}  // namespace

HistoryLogs::HistoryLogs(Env env, const Configuration& configuration, std::string user)
    : env_(env), configuration_(configuration), user_(std::move(user)) {}

void HistoryLogs::Mount(http::Server& server) {
  server.Handle("GET", "/jobhistory/logs", [this](http::Exchange& exchange) { return Page(exchange); });
}

Task<void> HistoryLogs::Page(http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  const std::vector<std::string> parts = rest::PathParts(request.path);  // jobhistory logs NODE CONTAINER ENTITY USER FILE
  const auto container = yarn::ContainerId::Parse(parts.size() > 3 ? parts[3] : "");
  const auto start = request.query.GetInt("start", -4096), end = request.query.GetInt("end", INT64_MAX);
  if (parts.size() < 6 || parts.size() > 7 || !container.ok() || !IsPlainName(parts[5]) || !start.ok() || !end.ok()) {
    (void)co_await exchange.Reply(400, "text/html;charset=utf-8",
                                  Whole("Cannot get container logs", "<p>Wanted: /jobhistory/logs/NODE/CONTAINER/ENTITY/USER[/FILE]</p>"));
    co_return;
  }
  if (configuration_.GetBool("yarn.acl.enable", false).value_or(true)) {
    (void)co_await exchange.Reply(403, "text/html;charset=utf-8",
                                  Whole("Cannot get container logs", "<p>yarn.acl.enable is set, and who asks is not known here: use yarn logs.</p>"));
    co_return;
  }
  Wanted wanted{parts[2], container->ToString(), container->attempt.application.ToString(), parts[5], parts.size() > 6 ? parts[6] : "", *start, *end};
  Result<std::string> text = co_await env_.disk_pool.Run([this, &wanted] { return Text(wanted); });
  std::string body = text.ok() ? std::move(*text) : "<p>" + http::HtmlEscape(text.status().ToString()) + "</p>";
  (void)co_await exchange.Reply(text.ok() ? 200 : 503, "text/html;charset=utf-8", Whole("Logs for " + wanted.container, body));
}

Result<std::string> HistoryLogs::Text(const Wanted& wanted) const {
  const std::string root = configuration_.Get("yarn.nodemanager.remote-app-log-dir", "/tmp/logs");
  const std::string suffix = configuration_.Get("yarn.nodemanager.remote-app-log-dir-suffix", "logs");
  ASSIGN_OR_RETURN(auto systems, dfs::BlockingFileSystems::Create(env_.clock, env_.random, env_.disk, configuration_, dfs::ClientUser{user_, "/"}));
  ASSIGN_OR_RETURN(auto place, systems->Resolve(root));
  std::string node_file = wanted.node;  // "host_port", as node managers name theirs
  std::replace(node_file.begin(), node_file.end(), ':', '_');
  PageWriter page(wanted.container, wanted.file, wanted.start, wanted.end);
  for (const std::string& folder : yarn::AggregatedLogFolders(place.path, suffix, wanted.owner, wanted.application)) {
    auto files = place.fs.List(folder);
    if (files.code() == Code::kFileNotFound) continue;
    if (!files.ok()) return files.status();
    for (const auto& file : *files) {
      if (!file.is_file() || file.name().ends_with(".tmp") || !file.name().starts_with(node_file)) continue;
      ASSIGN_OR_RETURN(auto in, place.fs.Open(file.path));
      auto read = [&in](uint64_t offset, MutableByteView out) { return in->ReadAt(offset, out); };
      ASSIGN_OR_RETURN(auto reader, yarn::AggregatedLogReader::Open(read, in->length()));
      RETURN_IF_ERROR(reader.Walk(page.Visitor(file.mtime_wall_ms)));
    }
  }
  if (page.files() == 0) {
    return "<p>Logs not available for " + wanted.container + ". Aggregation may not be complete, Check back later or try to find the container "
           "logs in the local directory of nodemanager " + http::HtmlEscape(wanted.node) + "</p>";
  }
  return page.Take();
}

}  // namespace tusk::mapreduce
