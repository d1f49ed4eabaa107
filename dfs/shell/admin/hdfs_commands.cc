// getconf, groups, debug, lsSnapshottableDir, version, envvars, classpath.
#include "dfs/shell/admin/hdfs_commands.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <ostream>

#include <fmt/core.h>

#include "base/async/loop_thread.h"
#include "dfs/client/admin/daemon_admin.h"
#include "dfs/client/admin/dfs_admin.h"
#include "dfs/shell/admin/debug_internal.h"
#include "dfs/shell/admin/hdfs_session_internal.h"
#include "dfs/shell/command.h"
#include "dfs/shell/path_data.h"

namespace tusk::dfs {
namespace {

constexpr const char* kGetConfUsage =
    "hdfs getconf is utility for getting configuration information from the config file.\n\nhadoop getconf \n"
    "\t[-namenodes]\n\t[-secondaryNameNodes]\n\t[-backupNodes]\n\t[-journalNodes]\n\t[-includeFile]\n"
    "\t[-excludeFile]\n\t[-nnRpcAddresses]\n\t[-confKey [key]]\n";

// What scripts ask for and a configuration usually leaves to Hadoop's defaults.
std::optional<std::string> DefaultOf(const std::string& key) {
  constexpr std::pair<const char*, const char*> kDefaults[] = {
      {"fs.defaultFS", "file:///"},           {"fs.trash.interval", "0"},
      {"io.file.buffer.size", "4096"},        {"dfs.blocksize", "134217728"},
      {"dfs.replication", "3"},               {"dfs.permissions.enabled", "true"},
      {"dfs.namenode.acls.enabled", "true"},  {"dfs.permissions.superusergroup", "supergroup"},
      {"dfs.namenode.http-address", "0.0.0.0:9870"},  {"dfs.datanode.address", "0.0.0.0:9866"},
      {"dfs.datanode.http.address", "0.0.0.0:9864"},  {"dfs.datanode.ipc.address", "0.0.0.0:9867"},
      {"dfs.heartbeat.interval", "3s"},       {"dfs.webhdfs.enabled", "true"}};
  for (const auto& [name, value] : kDefaults) {
    if (key == name) return value;
  }
  return std::nullopt;
}

// The address that clients use, "host:port"; empty where there is no hdfs://.
std::string NamenodeAddress(const Configuration& conf) {
  std::string address = conf.Get("dfs.namenode.servicerpc-address", conf.Get("dfs.namenode.rpc-address", ""));
  if (!address.empty()) return address;
  auto uri = Path::Parse(conf.Get("fs.defaultFS", "file:///"));
  if (!uri.ok() || uri->scheme() != "hdfs" || uri->authority().empty()) return "";
  return uri->authority().find(':') == std::string::npos ? uri->authority() + ":8020" : uri->authority();
}

std::string HostOf(const std::string& address) { return address.substr(0, address.rfind(':')); }

// What an option of getconf prints; kNotFound words where it is missing.
Result<std::string> Answer(const Configuration& conf, const std::string& option) {
  auto of_key = [&conf](const char* key) -> Result<std::string> {
    std::string value = conf.Get(key, "");
    if (value.empty()) return Status(Code::kIOError, std::string("Configuration ") + key + " is missing.");
    return value;
  };
  if (option == "-namenodes") return HostOf(NamenodeAddress(conf));
  if (option == "-secondaryNameNodes") return HostOf(conf.Get("dfs.namenode.secondary.http-address", "0.0.0.0:9868"));
  if (option == "-backupNodes") return HostOf(conf.Get("dfs.namenode.backup.address", "0.0.0.0:50100"));
  if (option == "-journalNodes") return std::string();
  if (option == "-includeFile") return of_key("dfs.hosts");
  if (option == "-excludeFile") return of_key("dfs.hosts.exclude");
  std::string address = NamenodeAddress(conf);
  if (address.empty()) return Status(Code::kIOError, "Did not get namenode service rpc addresses.");
  return address;
}

Status PrintGroups(HdfsSession& session, const std::string& user) {
  ASSIGN_OR_RETURN(BlockingFileSystem fs, session.file_systems->Default());
  ASSIGN_OR_RETURN(std::vector<std::string> groups, session.Run(GroupsOf(*fs.async(), user)));
  session.context.out << user << " :";
  for (const std::string& group : groups) session.context.out << " " << group;
  session.context.out << "\n";
  return Status::Ok();
}

struct LeaseRequest {
  std::string path;
  long tries = 1;
};

Result<LeaseRequest> ParseLeaseRequest(const std::vector<std::string>& args) {
  LeaseRequest request;
  for (size_t i = 1; i + 1 < args.size(); i += 2) {
    if (args[i] == "-path") request.path = args[i + 1];
    if (args[i] != "-retries") continue;
    char* end = nullptr;
    request.tries = std::strtol(args[i + 1].c_str(), &end, 10);
    if (*end != 0) return Status(Code::kInvalidArgument, "Failed to parse the argument to -retries: " + args[i + 1]);
  }
  if (request.path.empty()) return Status(Code::kInvalidArgument, "You must supply a -path argument to recoverLease.");
  request.tries = std::max(request.tries, 1l);
  return request;
}

}  // namespace

int RunGetConf(CliContext& cli, std::vector<std::string> args) {
  HdfsSession session(cli, args);
  if (!session.ok()) return 255;
  ShellContext& context = session.context;
  const Configuration& conf = context.configuration;
  constexpr const char* kOptions[] = {"-namenodes",   "-secondaryNameNodes", "-backupNodes",   "-journalNodes",
                                      "-includeFile", "-excludeFile",        "-nnRpcAddresses"};
  if (!args.empty() && args[0] == "-confKey") {
    if (args.size() != 2) {
      context.err << "usage: -confKey [key]\n";
      return 255;
    }
    auto value = conf.Get(args[1]);
    if (!value.has_value()) value = DefaultOf(args[1]);
    if (value.has_value()) {
      context.out << *value << "\n";
      return 0;
    }
    context.err << "Configuration " << args[1] << " is missing.\n";
    return 255;
  }
  bool known = !args.empty() && std::find(std::begin(kOptions), std::end(kOptions), args[0]) != std::end(kOptions);
  if (!known) {
    context.err << kGetConfUsage;
    return 255;
  }
  if (args.size() > 1) {
    context.err << "Did not expect argument: " << args[1] << "\n";
    return 255;
  }
  auto answer = Answer(conf, args[0]);
  if (!answer.ok()) {
    context.err << answer.status().message() << "\n";
    return 255;
  }
  context.out << *answer << "\n";
  return 0;
}

int RunGroups(CliContext& cli, std::vector<std::string> args) {
  HdfsSession session(cli, args);
  if (!session.Connect("groups")) return 255;
  if (args.empty()) args.push_back(session.context.user.name);
  for (const std::string& user : args) {
    Status printed = PrintGroups(session, user);
    if (!printed.ok()) return session.Fail("groups", printed);
  }
  return 0;
}

int RunDebug(CliContext& cli, std::vector<std::string> args) {
  HdfsSession session(cli, args);
  std::ostream& err = session.context.err;
  if (!session.ok()) return 255;
  const std::string command = args.empty() ? "" : args[0];
  const bool files = command == "verifyMeta" || command == "computeMeta";
  if (!files && command != "recoverLease") {
    PrintDebugUsage(session.context.out, command == "help" && args.size() > 1 ? args[1] : "");
    return 0;
  }
  if (args.size() == 1) {
    PrintDebugUsage(session.context.out, command);
    return 1;
  }
  if (files) {
    const std::vector<std::string> options(args.begin() + 1, args.end());
    return command == "verifyMeta" ? RunVerifyMeta(session.context, options) : RunComputeMeta(session.context, options);
  }
  auto request = ParseLeaseRequest(args);
  if (!request.ok()) {
    err << request.status().message() << "\n";
    return 1;
  }
  if (!session.Connect("recoverLease")) return 1;
  auto place = session.file_systems->Resolve(request->path);
  if (!place.ok()) return session.Fail("recoverLease", place.status());
  for (long tried = 1;; ++tried) {
    auto closed = session.Run(RecoverLease(*place->fs.async(), place->path));
    if (closed.ok() && *closed) {
      session.context.out << "recoverLease SUCCEEDED on " << request->path << "\n";
      return 0;
    }
    if (closed.ok()) {
      err << "recoverLease returned false.\n";
    } else {
      err << "recoverLease got exception: " << closed.status().message() << "\n";
    }
    if (tried >= request->tries) break;
    err << "Retrying in 5000 ms...\nRetry #" << tried << "\n";
    session.Pause(std::chrono::seconds(5));
  }
  err << "Giving up on recoverLease for " << request->path << " after " << request->tries
      << (request->tries == 1 ? " try.\n" : " tries.\n");
  return 1;
}

namespace {

void PrintSnapshottable(const std::vector<SnapshottableFolder>& folders, std::ostream& out) {
  size_t owner = 0, group = 0, snapshots = 0, limit = 0;
  for (const SnapshottableFolder& folder : folders) {
    owner = std::max(owner, folder.status.owner.size());
    group = std::max(group, folder.status.group.size());
    snapshots = std::max(snapshots, std::to_string(folder.snapshots).size());
    limit = std::max(limit, std::to_string(folder.snapshots_max).size());
  }
  for (const SnapshottableFolder& folder : folders) {
    const FileStatus& status = folder.status;
    out << fmt::format("d{} 0 {:<{}} {:<{}} 0 {} {:>{}} {:>{}} {}\n", PermissionText(status.permission), status.owner, owner,
                       status.group, group, LocalMinute(status.mtime_wall_ms), folder.snapshots, snapshots,
                       folder.snapshots_max, limit, status.path);
  }
  if (folders.empty()) out << "\n";
}

}  // namespace

int RunLsSnapshottableDir(CliContext& cli, std::vector<std::string> args) {
  HdfsSession session(cli, args);
  if (!session.ok()) return 255;
  if (!args.empty()) {
    session.context.err << "Usage: \nhdfs lsSnapshottableDir: \n\tGet the list of snapshottable directories that are owned by "
                           "the current user.\n\tReturn all the snapshottable directories if the current user is a super user.\n";
    return 1;
  }
  if (!session.Connect("lsSnapshottableDir")) return 1;
  auto fs = session.file_systems->Default();
  if (!fs.ok()) return session.Fail("lsSnapshottableDir", fs.status());
  auto folders = session.Run(ListSnapshottable(*fs->async()));
  if (!folders.ok()) {
    session.context.err << "lsSnapshottableDir: " << folders.status().message() << "\n";
    return 1;
  }
  PrintSnapshottable(*folders, session.context.out);
  return 0;
}

int RunVersion(CliContext& cli, std::vector<std::string> args) {
  HdfsSession session(cli, args);
  session.context.out << "Hadoop 3.4.2\nThis is tusk, which speaks the protocols of that version.\n";
  return 0;
}

int RunEnvVars(CliContext& cli, std::vector<std::string> args) {
  HdfsSession session(cli, args);
  session.context.out << "HADOOP_CONF_DIR='" << cli.conf_folder << "'\n";
  return 0;
}

int RunClasspath(CliContext& cli, std::vector<std::string> args) {
  HdfsSession session(cli, args);
  session.context.out << cli.conf_folder << "\n";
  return 0;
}

}  // namespace tusk::dfs
