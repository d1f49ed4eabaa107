// `hdfs dfsadmin`: the table of its verbs, usage and help, errors and exit codes.
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <ostream>

#include <fmt/core.h>

#include "dfs/shell/admin/admin_internal.h"
#include "dfs/shell/cli_streams.h"

namespace tusk::dfs {
namespace {

constexpr size_t kAny = SIZE_MAX;
constexpr AdminVerb kVerbs[] = {
    {"-report", "[-live] [-dead] [-decommissioning] [-enteringmaintenance] [-inmaintenance] [-slownodes]",
     "Shows capacity, block health and the datanodes; the flags choose which datanodes.", 0, 6, AdminReport},
    {"-safemode", "<enter | leave | get | wait | forceExit>",
     "Turns safe mode on or off, shows it, or waits until it is off. In safe mode the namespace does not change.", 1, 1,
     AdminSafeMode},
    {"-saveNamespace", "[-beforeShutdown]", "Writes the namespace out, in safe mode.", 0, 1, AdminSaveNamespace},
    {"-rollEdits", "", "Begins a new segment of the edit log.", 0, 0, AdminRollEdits},
    {"-restoreFailedStorage", "true|false|check",
     "Whether the namenode takes a failed folder into use again when it is back.", 1, 1, AdminRestoreFailedStorage},
    {"-refreshNodes", "", "Reads the lists of datanodes (dfs.hosts, dfs.hosts.exclude) again.", 0, 0, AdminRefreshNodes},
    {"-setQuota", "<quota> <dirname>...<dirname>", "Limits the names (files and folders) below each folder.", 0, kAny,
     AdminQuota},
    {"-clrQuota", "<dirname>...<dirname>", "Takes the limit of names away.", 0, kAny, AdminQuota},
    {"-setSpaceQuota", "<quota> [-storageType <storagetype>] <dirname>...<dirname>",
     "Limits the bytes of all replicas below each folder; 1m, 10g and so on.", 0, kAny, AdminQuota},
    {"-clrSpaceQuota", "[-storageType <storagetype>] <dirname>...<dirname>", "Takes the limit of bytes away.", 0, kAny,
     AdminQuota},
    {"-finalizeUpgrade", "", "Ends an upgrade: what it could be taken back to is deleted.", 0, 0, AdminFinalizeUpgrade},
    {"-rollingUpgrade", "[<query|prepare|finalize>]", "Shows, begins or ends a rolling upgrade.", 0, 1,
     AdminRollingUpgrade},
    {"-upgrade", "<query | finalize>", "Shows or ends an upgrade.", 1, 1, AdminUpgrade},
    {"-refreshServiceAcl", "", "Reads who may call which protocol again.", 0, 0, AdminRefresh},
    {"-refreshUserToGroupsMappings", "", "Forgets the groups of users that the namenode remembers.", 0, 0, AdminRefresh},
    {"-refreshSuperUserGroupsConfiguration", "", "Reads who may act for others again.", 0, 0, AdminRefresh},
    {"-refreshCallQueue", "", "Makes a new queue of calls as configured.", 0, 0, AdminRefresh},
    {"-refresh", "<host:ipc_port> <key> [arg1..argn]", "Asks a daemon to read something again, by name.", 2, kAny,
     AdminRefreshByName},
    {"-reconfig", "<namenode|datanode> <host:ipc_port> <start|status|properties>",
     "Makes a daemon take changed configuration values into use, or shows how that goes, or which it can.", 3, 3,
     AdminReconfigure},
    {"-printTopology", "", "Shows racks and the datanodes in them.", 0, 0, AdminPrintTopology},
    {"-refreshNamenodes", "datanode_host:ipc_port", "Makes a datanode read its list of namenodes again.", 1, 1,
     AdminRefreshNamenodes},
    {"-getVolumeReport", "datanode_host:ipc_port", "Shows a datanode's volumes.", 1, 1, AdminGetVolumeReport},
    {"-deleteBlockPool", "datanode_host:ipc_port blockpoolId [force]", "Makes a datanode delete a block pool.", 2, 3,
     AdminDeleteBlockPool},
    {"-setBalancerBandwidth", "<bandwidth in bytes per second>", "Limits what each datanode spends on balancing.", 1, 1,
     AdminSetBalancerBandwidth},
    {"-getBalancerBandwidth", "<datanode_host:ipc_port>", "Shows that limit of a datanode.", 1, 1,
     AdminGetBalancerBandwidth},
    {"-fetchImage", "<local directory>", "Fetches the namenode's newest image, where it writes images.", 1, 1,
     AdminFetchImage},
    {"-allowSnapshot", "<snapshotDir>", "Allows snapshots of a folder.", 1, 1, AdminSnapshot},
    {"-disallowSnapshot", "<snapshotDir>", "Forbids snapshots of a folder.", 1, 1, AdminSnapshot},
    {"-shutdownDatanode", "<datanode_host:ipc_port> [upgrade]", "Asks a datanode to end.", 1, 2, AdminShutdownDatanode},
    {"-evictWriters", "<datanode_host:ipc_port>", "Makes a datanode drop those who write to it.", 1, 1,
     AdminEvictWriters},
    {"-getDatanodeInfo", "<datanode_host:ipc_port>", "Shows a datanode's version and uptime.", 1, 1,
     AdminGetDatanodeInfo},
    {"-metasave", "filename", "Writes datanodes and blocks in doubt to a file in the namenode's log folder.", 1, 1,
     AdminMetaSave},
    {"-triggerBlockReport", "[-incremental] <datanode_host:ipc_port> [-namenode <namenode_host:ipc_port>]",
     "Makes a datanode report its blocks now.", 1, 4, AdminTriggerBlockReport},
    {"-listOpenFiles", "[-blockingDecommission] [-path <path>]", "Shows files that are open for writing, and by whom.", 0,
     3, AdminListOpenFiles},
    {"-help", "[cmd]", "Shows what commands do.", 0, kAny, nullptr},
};

const AdminVerb* FindAdminVerb(std::string_view name) {
  for (const AdminVerb& verb : kVerbs) {
    if (name == verb.name || name == std::string_view(verb.name).substr(1)) return &verb;
  }
  return nullptr;
}

int ShowHelp(ShellContext& context, const std::vector<std::string>& names) {
  const AdminVerb* verb = names.empty() ? nullptr : FindAdminVerb(names[0]);
  if (verb == nullptr) {
    PrintAdminUsage(context.out, "");
  } else {
    context.out << verb->name << " " << verb->usage << ":\n\t" << verb->description << "\n\n";
  }
  return 0;
}

int RunVerb(ShellContext& context, const AdminVerb& verb, AdminArgs args) {
  std::string shown = std::string(verb.name).substr(1);
  auto fail = [&](const Status& status) {
    context.out.flush();
    std::string_view message = status.message();
    context.err << shown << ": " << message.substr(0, message.find('\n')) << "\n";
    return 255;
  };
  auto file_systems =
      BlockingFileSystems::Create(context.clock, context.random, context.disk, context.configuration, context.user);
  if (!file_systems.ok()) return fail(file_systems.status());
  auto fs = (*file_systems)->Default();
  if (!fs.ok()) return fail(fs.status());
  AdminSession session{context, **file_systems, *fs->async(), verb.name};
  auto code = verb.run(session, std::move(args));
  if (code.ok()) return *code;
  fail(code.status());
  if (code.code() == Code::kInvalidArgument) PrintAdminUsage(context.err, verb.name);
  return 255;
}

}  // namespace

void PrintAdminUsage(std::ostream& out, const std::string& name) {
  const AdminVerb* verb = FindAdminVerb(name);
  if (name == "-safemode") {
    out << "Usage: hdfs dfsadmin [-safemode enter | leave | get | wait | forceExit]\n";
  } else if (verb != nullptr) {
    out << "Usage: hdfs dfsadmin [" << verb->name << (*verb->usage ? " " : "") << verb->usage << "]\n";
  } else {
    out << "Usage: hdfs dfsadmin\nNote: Administrative commands can only be run as the HDFS superuser.\n";
    for (const AdminVerb& one : kVerbs) out << "\t[" << one.name << (*one.usage ? " " : "") << one.usage << "]\n";
  }
}

bool TakeFlag(AdminArgs& args, const std::string& option) {
  auto found = std::find(args.begin(), args.end(), option);
  if (found == args.end()) return false;
  args.erase(found);
  return true;
}

std::string ByteText(uint64_t bytes) {
  constexpr const char* kUnits[] = {"B", "KB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 1024) return std::to_string(bytes) + " B";
  int unit = 0;
  uint64_t scale = 1;
  while (unit < 6 && bytes / scale >= 1024) {
    scale *= 1024;
    ++unit;
  }
  if (bytes % scale == 0) return fmt::format("{} {}", bytes / scale, kUnits[unit]);
  std::string number = fmt::format("{:.2f}", static_cast<double>(bytes) / static_cast<double>(scale));
  if (number == "1024.00" && unit < 6) return fmt::format("1.00 {}", kUnits[unit + 1]);
  return number + " " + kUnits[unit];
}

std::string WithByteText(uint64_t bytes) { return fmt::format("{} ({})", bytes, ByteText(bytes)); }

std::string JavaDateText(int64_t wall_ms) {
  std::time_t seconds = wall_ms / 1000;
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  char text[64];
  size_t length = std::strftime(text, sizeof(text), "%a %b %d %H:%M:%S %Z %Y", &parts);
  return std::string(text, length);
}

Result<int64_t> ParseBinaryNumber(const std::string& text) {
  constexpr std::string_view kUnits = "kmgtpe";
  Status wrong(Code::kInvalidArgument, "For input string: \"" + text + "\"");
  char last = text.empty() ? '0' : static_cast<char>(std::tolower(static_cast<unsigned char>(text.back())));
  if ((last < '0' || last > '9') && kUnits.find(last) == std::string_view::npos) {
    return Status(Code::kInvalidArgument, std::string("Invalid size prefix '") + text.back() + "' in '" + text +
                                              "'. Allowed prefixes are k, m, g, t, p, e(case insensitive)");
  }
  char* end = nullptr;
  errno = 0;
  long long number = std::strtoll(text.c_str(), &end, 10);
  if (end == text.c_str() || errno != 0) return wrong;
  if (*end == 0) return static_cast<int64_t>(number);
  size_t unit = kUnits.find(static_cast<char>(std::tolower(*end)));
  int64_t value = 0;
  if (unit == std::string_view::npos || end[1] != 0 ||
      __builtin_mul_overflow(number, int64_t{1} << (10 * (unit + 1)), &value)) {
    return wrong;
  }
  return value;
}

std::string JavaText(const Status& status) {
  return std::string(status.java_class()) + ": " + std::string(status.message());
}

int RunDfsAdmin(CliContext& cli, std::vector<std::string> args) {
  CliStreams streams(cli);
  Status generic = TakeGenericOptions(cli, args);
  if (!generic.ok()) {
    streams.err << generic.message() << "\n";
    return 255;
  }
  ShellContext context = streams.Context(cli);
  if (args.empty()) {
    PrintAdminUsage(context.err, "");
    return 255;
  }
  std::string name = args[0];
  args.erase(args.begin());
  if (name == "-help") return ShowHelp(context, args);
  const AdminVerb* verb = name.starts_with('-') ? FindAdminVerb(name) : nullptr;
  if (verb == nullptr) {
    context.err << (name.starts_with('-') ? name.substr(1) : name) << ": Unknown command\n";
    PrintAdminUsage(context.err, "");
    return 255;
  }
  if (args.size() < verb->args_min || args.size() > verb->args_max) {
    PrintAdminUsage(context.err, name);
    return 255;
  }
  return RunVerb(context, *verb, std::move(args));
}

}  // namespace tusk::dfs
