// `yarn logs`: what the containers of an application wrote, fetched from the node managers that keep it, or from the
// DFS where they have aggregated it.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/http/message.h"
#include "dfs/client/blocking_file_system.h"
#include "yarn_like/client/rm_session.h"
#include "yarn_like/client/yarn_cli.h"
#include "yarn_like/common/aggregated_logs.h"
#include "yarn_like/common/conversions.h"

namespace tusk::yarn {
namespace {

namespace wire = hadoop::yarn;
using Client = wire::ApplicationClientProtocolClient;

struct LogSource {
  ContainerId container;
  NodeId node;
  std::string web;  // host:port of the node's web server
  bool complete = false;
};

struct LogFilter {
  std::vector<std::string> files;  // empty: all
  int64_t bytes = 0;               // > 0: the first, < 0: the last so many; 0: all
};

// The containers of every attempt, in the order of their ids.
Result<std::vector<LogSource>> FindContainers(RmSession& session, const ApplicationId& id) {
  wire::GetApplicationAttemptsRequestProto attempts_request;
  ToProto(id, attempts_request.mutable_application_id());
  ASSIGN_OR_RETURN(const auto attempts, session.Call(&Client::GetApplicationAttempts, attempts_request));
  std::vector<LogSource> sources;
  for (const auto& attempt : attempts.application_attempts()) {
    wire::GetContainersRequestProto request;
    *request.mutable_application_attempt_id() = attempt.application_attempt_id();
    ASSIGN_OR_RETURN(const auto response, session.Call(&Client::GetContainers, request));
    for (const auto& report : response.containers()) {
      std::string web = report.node_http_address();
      if (const size_t at = web.find("://"); at != std::string::npos) web.erase(0, at + 3);
      sources.push_back({FromProto(report.container_id()), FromProto(report.node_id()), web,
                         report.container_state() == wire::C_COMPLETE});
    }
  }
  std::sort(sources.begin(), sources.end(),
            [](const LogSource& a, const LogSource& b) { return a.container < b.container; });
  return sources;
}

struct LogFileInfo {
  std::string name;
  std::string length;
  std::string modified;
};

// Answer of /ws/v1/node/containers/ID/logs; a number may be text.
std::vector<LogFileInfo> ParseFileList(const std::string& text) {
  using Json = nlohmann::json;
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  std::vector<LogFileInfo> files;
  if (!json.is_object() || !json.contains("containerLogsInfo")) return files;
  const Json& outer = json["containerLogsInfo"];
  const auto text_of = [](const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); };
  for (const Json& per_type : outer.is_array() ? outer : Json::array({outer})) {
    if (!per_type.is_object() || !per_type.contains("containerLogInfo")) continue;
    for (const Json& file : per_type["containerLogInfo"]) {
      if (!file.is_object() || !file.contains("fileName")) continue;
      files.push_back({text_of(file["fileName"]), text_of(file.value("fileSize", Json("0"))),
                       text_of(file.value("lastModifiedTime", Json("")))});
    }
  }
  return files;
}

bool Wanted(const LogFilter& filter, const std::string& name) {
  if (filter.files.empty()) return true;
  return std::any_of(filter.files.begin(), filter.files.end(),
                     [&](const std::string& wanted) { return wanted == "ALL" || wanted == "*" || wanted == name; });
}

// How many files were printed.
Result<int> PrintLogs(RmSession& session, const LogSource& source, const LogFilter& filter) {
  const std::string base = "/ws/v1/node/containers/" + source.container.ToString() + "/logs";
  ASSIGN_OR_RETURN(const std::string list, session.Fetch(source.web, base));
  int printed = 0;
  for (const LogFileInfo& file : ParseFileList(list)) {
    if (!Wanted(filter, file.name)) continue;
    std::string target = base + "/" + http::PercentEncode(file.name, "") + "?format=octet-stream";
    if (filter.bytes != 0) target += "&size=" + std::to_string(filter.bytes);
    ASSIGN_OR_RETURN(const std::string content, session.Fetch(source.web, target));
    // With its title and its end, as node managers give it.
    session.Print("{}", content);
    ++printed;
  }
  return printed;
}

struct AggregatedQuery {
  std::string owner;
  std::string application;
  std::vector<std::string> containers;  // empty: all
};

// The part of a log that -size asks for, as its bytes pass by.
struct SizeWindow {
  uint64_t from = 0;
  uint64_t to = 0;
  uint64_t at = 0;
  static SizeWindow Of(uint64_t length, int64_t bytes) {
    SizeWindow window{0, length, 0};
    const uint64_t wanted = static_cast<uint64_t>(bytes < 0 ? -bytes : bytes);
    if (bytes > 0) window.to = std::min(length, wanted);
    if (bytes < 0) window.from = length - std::min(length, wanted);
    return window;
  }
  ByteView Take(ByteView piece) {
    const uint64_t begin = std::clamp(from, at, at + piece.size()) - at;
    const uint64_t end = std::clamp(to, at, at + piece.size()) - at;
    at += piece.size();
    return begin < end ? piece.subspan(begin, end - begin) : ByteView();
  }
};

Result<int> PrintAggregatedFile(RmSession& session, const dfs::BlockingFileSystem& fs, const dfs::FileStatus& file,
                                const AggregatedQuery& query, const LogFilter& filter) {
  ASSIGN_OR_RETURN(auto in, fs.Open(file.path));
  auto read = [&in](uint64_t offset, MutableByteView out) { return in->ReadAt(offset, out); };
  ASSIGN_OR_RETURN(auto reader, AggregatedLogReader::Open(read, in->length()));
  int printed = 0;
  std::string name;
  bool open_line = false;
  SizeWindow window;
  AggregatedLogReader::Visitor visitor;
  visitor.wants = [&](std::string_view container, std::string_view log, uint64_t length) {
    const auto& chosen = query.containers;
    if (!chosen.empty() && std::find(chosen.begin(), chosen.end(), container) == chosen.end()) return false;
    name = log;
    if (!Wanted(filter, name)) return false;
    ++printed;
    open_line = false;
    window = SizeWindow::Of(length, filter.bytes);
    const std::string title = fmt::format("Container: {} on {}", container, file.name());
    session.Print("{}\nLogAggregationType: AGGREGATED\n{}\nLogType:{}\nLogLastModifiedTime:{}\nLogLength:{}\nLogContents:\n",
                  title, std::string(title.size(), '='), name, LogDateText(file.mtime_wall_ms), length);
    return true;
  };
  visitor.on_bytes = [&](ByteView piece) {
    const ByteView part = window.Take(piece);
    if (part.empty()) return Status::Ok();
    open_line = part.back() != '\n';
    session.Print("{}", AsText(part));
    return Status::Ok();
  };
  visitor.on_end = [&] {
    const std::string end = "End of LogType:" + name;
    session.Print("{}\n{}\n{}\n\n", open_line ? "\n" : "", end, std::string(end.size() + 50, '*'));
    return Status::Ok();
  };
  RETURN_IF_ERROR(reader.Walk(visitor));
  return printed;
}

// How many files were printed; 0 where nothing was aggregated.
Result<int> PrintAggregatedLogs(RmSession& session, const AggregatedQuery& query, const LogFilter& filter) {
  CliContext& cli = session.cli();
  const std::string root = cli.conf.Get("yarn.nodemanager.remote-app-log-dir", "/tmp/logs");
  const std::string suffix = cli.conf.Get("yarn.nodemanager.remote-app-log-dir-suffix", "logs");
  ASSIGN_OR_RETURN(auto systems, dfs::BlockingFileSystems::Create(cli.clock, cli.random, cli.disk, cli.conf,
                                                                  dfs::ClientUser{cli.user, cli.working_directory}));
  ASSIGN_OR_RETURN(auto place, systems->Resolve(root));
  int printed = 0;
  for (const std::string& folder : AggregatedLogFolders(place.path, suffix, query.owner, query.application)) {
    auto files = place.fs.List(folder);
    if (files.code() == Code::kFileNotFound) continue;
    if (!files.ok()) return files.status();
    for (const auto& file : *files) {
      if (!file.is_file() || file.name().ends_with(".tmp")) continue;
      ASSIGN_OR_RETURN(int count, PrintAggregatedFile(session, place.fs, file, query, filter));
      printed += count;
    }
  }
  return printed;
}

constexpr std::string_view kUsage =
    "Retrieve logs for YARN applications.\n"
    "usage: yarn logs -applicationId <application ID> [OPTIONS]\n"
    "general options are:\n"
    " -am <AM Containers>             Prints the AM Container logs for this application:\n"
    "                                 ALL, a number of an attempt from 1, or -1 for the last.\n"
    " -applicationId <Application ID> ApplicationId (required)\n"
    " -appOwner <Application Owner>   AppOwner (assumed to be current user if not\n"
    "                                 specified)\n"
    " -containerId <Container ID>     ContainerId\n"
    " -help                           Displays help for all commands.\n"
    " -log_files <Log File Name>      Exact names of log files, comma-separated; ALL for all.\n"
    " -size <size>                    Prints the log file's first 'n' bytes or the last 'n'\n"
    "                                 bytes, where n is negative.\n";

// Leaves those that -containerId and -am name.
void Narrow(std::vector<LogSource>& sources, const std::optional<std::string>& container,
            const std::optional<std::string>& master) {
  if (container) std::erase_if(sources, [&](const LogSource& one) { return one.container.ToString() != *container; });
  if (!master || sources.empty()) return;
  // The lowest id of an attempt is its master's.
  std::vector<LogSource> masters;
  for (const LogSource& one : sources) {
    if (masters.empty() || masters.back().container.attempt != one.container.attempt) masters.push_back(one);
  }
  if (UpperCase(*master) != "ALL") {
    const int number = std::atoi(master->c_str());
    const int last = masters.back().container.attempt.attempt;
    std::erase_if(masters,
                  [&](const LogSource& one) { return one.container.attempt.attempt != (number < 0 ? last : number); });
  }
  sources = std::move(masters);
}

}  // namespace

int RunYarnLogs(CliContext& cli, std::vector<std::string> args) {
  RmSession session(cli);
  if (const Status opened = session.Open(); !opened.ok()) return session.Fail(opened);
  if (TakeFlag(args, "-help")) {
    session.Print("{}", kUsage);
    return 0;
  }
  std::optional<std::string> application = TakeOption(args, "-applicationId");
  const std::optional<std::string> container = TakeOption(args, "-containerId");
  const std::optional<std::string> master = TakeOption(args, "-am");
  const std::optional<std::string> owner = TakeOption(args, "-appOwner");
  LogFilter filter;
  if (auto files = TakeOption(args, "-log_files")) filter.files = SplitList(*files);
  if (auto size = TakeOption(args, "-size")) filter.bytes = std::atoll(size->c_str());
  if (!application && container) {
    const Result<ContainerId> id = ContainerId::Parse(*container);
    if (!id.ok()) return session.Fail(id.status());
    application = id.value().attempt.application.ToString();
  }
  if (!application) {
    session.PrintError("Both applicationId and containerId are missing, one of them must be specified.\n");
    session.Print("{}", kUsage);
    return kExitFailed;
  }
  const Result<ApplicationId> id = ApplicationId::Parse(*application);
  if (!id.ok()) {
    session.PrintError("Invalid ApplicationId specified\n");
    return kExitFailed;
  }
  Result<std::vector<LogSource>> found = FindContainers(session, *id);
  // One that the resource manager has forgotten may still lie aggregated in the DFS.
  const bool unknown = found.code() == Code::kApplicationNotFound;
  if (!found.ok() && !unknown) return session.Fail(found.status());
  std::vector<LogSource> sources;
  if (found.ok()) sources = std::move(found).value();
  Narrow(sources, container, master);
  AggregatedQuery query;
  query.application = id.value().ToString();
  query.owner = owner.value_or(cli.user);
  if (container || master) {
    for (const LogSource& source : sources) query.containers.push_back(source.container.ToString());
    if (container && sources.empty()) query.containers.push_back(*container);
  }
  wire::GetApplicationReportRequestProto report_request;
  ToProto(*id, report_request.mutable_application_id());
  if (auto report = session.Call(&Client::GetApplicationReport, report_request); report.ok() && !owner) {
    query.owner = report->application_report().user();
  }
  const Result<int> aggregated = PrintAggregatedLogs(session, query, filter);
  if (aggregated.ok() && *aggregated > 0) return 0;
  if (unknown) {
    session.PrintError("Could not locate application logs for {}\n", id.value().ToString());
    return kExitFailed;
  }
  int printed = 0;
  for (const LogSource& source : sources) {
    const Result<int> count = PrintLogs(session, source, filter);
    if (count.ok()) {
      printed += *count;
    } else if (count.code() != Code::kFileNotFound) {
      session.PrintError("Can not get the logs of {} from {}: {}\n", source.container.ToString(), source.web,
                         count.status().message());
    }
  }
  if (printed > 0) return 0;
  session.PrintError("Can not find any log file matching the pattern: [{}] for the application: {}\n",
                     filter.files.empty() ? "ALL" : Join(filter.files, ", "), id.value().ToString());
  return kExitFailed;
}

}  // namespace tusk::yarn
