// `hdfs fsck`: the namenode does the work; this asks its web server and copies what it says.
#include <ostream>
#include <sstream>

#include "base/async/loop_thread.h"
#include "base/http/client.h"
#include "dfs/shell/cli_streams.h"

namespace tusk::dfs {
namespace {

constexpr uint16_t kNamenodeHttpPort = 9870;
constexpr Duration kStallMax = std::chrono::seconds(120);  // without a byte from the namenode

const char* const kUsage =
    "Usage: hdfs fsck <path> [-list-corruptfileblocks | [-move | -delete | -openforwrite] [-files [-blocks [-locations "
    "| -racks | -replicaDetails | -upgradedomains]]]] [-includeSnapshots] [-showprogress] [-storagepolicies] "
    "[-maintenance] [-blockId <blk_Id>] [-replicate]\n";

std::string PercentEncode(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || c == '-' || c == '_' || c == '.' || c == '*') {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

// The query of the options; nothing if one is not known. `path` gets the operand.
std::optional<std::string> QueryOf(const std::vector<std::string>& args, std::string& path) {
  constexpr std::pair<const char*, const char*> kOptions[] = {
      {"-move", "move"},           {"-delete", "delete"},
      {"-files", "files"},         {"-openforwrite", "openforwrite"},
      {"-blocks", "blocks"},       {"-locations", "locations"},
      {"-racks", "racks"},         {"-replicaDetails", "replicadetails"},
      {"-upgradedomains", "upgradedomains"}, {"-storagepolicies", "storagepolicies"},
      {"-showprogress", "showprogress"},     {"-list-corruptfileblocks", "listcorruptfileblocks"},
      {"-includeSnapshots", "includeSnapshots"}, {"-maintenance", "maintenance"},
      {"-replicate", "replicate"}};
  std::string query;
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i] == "-blockId") {
      std::string ids;
      while (i + 1 < args.size() && !args[i + 1].starts_with('-')) ids += (ids.empty() ? "" : " ") + args[++i];
      query += "&blockId=" + PercentEncode(ids);
      continue;
    }
    if (!args[i].starts_with('-')) {
      if (!path.empty()) return std::nullopt;
      path = args[i];
      continue;
    }
    const char* name = nullptr;
    for (const auto& [option, parameter] : kOptions) {
      if (args[i] == option) name = parameter;
    }
    if (name == nullptr) return std::nullopt;
    query += std::string("&") + name + "=1";
  }
  return query;
}

// What the shell exits with is in the last line.
int ExitCodeOf(std::string_view last_line) {
  constexpr std::pair<const char*, int> kEndings[] = {
      {"is HEALTHY", 0},       {"is CORRUPT", 1},        {"does not exist", 0},         {"is DECOMMISSIONED", 2},
      {"is DECOMMISSIONING", 3}, {"is IN MAINTENANCE", 4}, {"is ENTERING MAINTENANCE", 5}, {"is STALE", 6}};
  for (const auto& [ending, code] : kEndings) {
    if (last_line.ends_with(ending)) return code;
  }
  return 255;
}

Task<Result<int>> Fetch(Env env, http::Client& client, HostPort server, std::string target, std::ostream& out) {
  http::ClientRequest request;
  request.server = std::move(server);
  request.target = std::move(target);
  auto exchange = co_await client.Open(std::move(request), http::BodyKind::kNone, 0, env.clock.Now() + kStallMax);
  if (!exchange.ok()) co_return exchange.status();
  auto head = co_await (*exchange)->ReadHead(env.clock.Now() + kStallMax);
  if (!head.ok()) co_return head.status();
  if (head->status != 200) {
    co_return Status(Code::kIOError, "the namenode answered " + std::to_string(head->status));
  }
  std::string last_line;  // of what has been printed
  std::vector<uint8_t> buffer(64 << 10);
  for (;;) {
    auto count = co_await (*exchange)->ReadBody(buffer, env.clock.Now() + kStallMax);
    if (!count.ok()) co_return count.status();
    if (*count == 0) break;
    std::string_view text = AsText(ByteView(buffer).first(*count));
    out << text;
    last_line += text;
    std::string_view known = last_line;
    while (known.ends_with('\n')) known.remove_suffix(1);
    size_t begin = known.rfind('\n');
    if (begin != std::string_view::npos) last_line.erase(0, begin + 1);
  }
  if (!last_line.ends_with('\n')) out << "\n";
  while (last_line.ends_with('\n')) last_line.pop_back();
  co_return ExitCodeOf(last_line);
}

// dfs.namenode.http-address; a wildcard host means the host of fs.defaultFS.
Result<HostPort> NamenodeHttp(const Configuration& configuration, const Path& default_uri) {
  ASSIGN_OR_RETURN(HostPort http, HostPort::Parse(configuration.Get("dfs.namenode.http-address", "0.0.0.0:9870"),
                                                  kNamenodeHttpPort));
  if (http.host == "0.0.0.0" || http.host == "::" || http.host.empty()) {
    ASSIGN_OR_RETURN(HostPort rpc, HostPort::Parse(default_uri.authority(), 8020));
    http.host = rpc.host;
  }
  return http;
}

// -list-corruptfileblocks comes in pages, each with the cookie that asks for the next one.
Task<Result<int>> ListCorrupt(Env env, http::Client& client, HostPort server, std::string target, std::string path,
                              std::ostream& out) {
  size_t found = 0;
  std::string cookie = "0";
  for (bool last = false; !last;) {
    std::ostringstream page;
    auto code = co_await Fetch(env, client, server, target + "&startblockafter=" + cookie, page);
    if (!code.ok()) co_return code.status();
    std::istringstream lines(page.str());
    const std::string before = cookie;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("Cookie:\t")) cookie = line.substr(8);
      if (line.ends_with("CORRUPT files")) last = line.ends_with(" no CORRUPT files") || line.ends_with(" no more CORRUPT files");
      if (line.ends_with("does not exist")) last = true;
      if (!line.starts_with("blk_")) continue;
      if (found++ == 0) out << "The list of corrupt blocks under path '" << path << "' are:\n";
      out << line << "\n";
    }
    last = last || cookie == before;
  }
  out << "The filesystem under path '" << path << "' has " << found << " CORRUPT blocks\n";
  co_return found == 0 ? 0 : 255;
}

Task<int> EndClient(std::unique_ptr<http::Client>& client) {
  client = nullptr;
  co_return 0;
}
Task<std::unique_ptr<http::Client>> MakeClient(Env env) { co_return http::Client::Make(env); }

}  // namespace

int RunFsck(CliContext& cli, std::vector<std::string> args) {
  CliStreams streams(cli);
  Status generic = TakeGenericOptions(cli, args);
  if (!generic.ok()) {
    streams.err << generic.message() << "\n";
    return 255;
  }
  ShellContext context = streams.Context(cli);
  std::string path;
  auto query = args.empty() ? std::nullopt : QueryOf(args, path);
  if (!query.has_value()) {
    context.err << kUsage;
    return 255;
  }
  if (path.empty()) path = "/";
  auto fail = [&](const Status& status) {
    context.err << "fsck: " << status.message() << "\n";
    return 255;
  };
  auto file_systems =
      BlockingFileSystems::Create(context.clock, context.random, context.disk, context.configuration, context.user);
  if (!file_systems.ok()) return fail(file_systems.status());
  auto place = (*file_systems)->Resolve(path);
  if (!place.ok()) return fail(place.status());
  if ((*file_systems)->default_uri().scheme() != "hdfs") {
    context.err << "FileSystem is " << place->fs.Qualify("///") << "\nDFSck exiting.\n";
    return 0;
  }
  auto there = place->fs.GetFileStatus(place->path);
  if (!there.ok()) {
    context.err << "FileSystem is inaccessible due to:\n"
                << JavaClassOf(there.status().code()) << ": " << there.status().message() << "\nDFSck exiting.\n";
    return 0;
  }
  auto server = NamenodeHttp(context.configuration, (*file_systems)->default_uri());
  if (!server.ok()) return fail(server.status());
  std::string target = "/fsck?ugi=" + PercentEncode(context.user.name) + *query + "&path=" + PercentEncode(place->path);
  context.err << "Connecting to namenode via http://" << server->ToString() << target << "\n";
  LoopThread& thread = (*file_systems)->thread();
  auto client = thread.Run(MakeClient(thread.env()));
  const bool list = query->find("&listcorruptfileblocks=") != std::string::npos;
  auto code = list ? thread.Run(ListCorrupt(thread.env(), *client, *server, std::move(target), place->path, context.out))
                   : thread.Run(Fetch(thread.env(), *client, *server, std::move(target), context.out));
  thread.Run(EndClient(client));
  if (!code.ok()) return fail(code.status());
  return *code;
}

}  // namespace tusk::dfs
