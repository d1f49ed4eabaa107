// `hdfs dfsadmin`: -report, -safemode and the few other verbs that need one call.
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <ostream>
#include <thread>

#include <fmt/core.h>

#include "base/async/loop_thread.h"
#include "dfs/client/dfs_admin.h"
#include "dfs/shell/cli_streams.h"
#include "dfs/shell/path_data.h"

namespace tusk::dfs {
namespace {

struct AdminVerb {
  const char* name;
  const char* usage;
  const char* description;
};
constexpr AdminVerb kVerbs[] = {
    {"-report", "[-live] [-dead] [-decommissioning] [-enteringmaintenance] [-inmaintenance] [-slownodes]",
     "Shows capacity, block health and the datanodes; the flags choose which datanodes."},
    {"-safemode", "<enter | leave | get | wait | forceExit>",
     "Turns safe mode on or off, shows it, or waits until it is off. In safe mode the namespace does not change."},
    {"-saveNamespace", "[-beforeShutdown]", "Writes the namespace out, in safe mode."},
    {"-refreshNodes", "", "Reads the lists of datanodes again."},
    {"-setQuota", "<quota> <dirname>...<dirname>", "Limits the names (files and folders) below each folder."},
    {"-clrQuota", "<dirname>...<dirname>", "Takes the limit of names away."},
    {"-setSpaceQuota", "<quota> [-storageType <storagetype>] <dirname>...<dirname>",
     "Limits the bytes of all replicas below each folder; 1m, 10g and so on."},
    {"-clrSpaceQuota", "[-storageType <storagetype>] <dirname>...<dirname>", "Takes the limit of bytes away."},
    {"-help", "[cmd]", "Shows what commands do."},
};

const AdminVerb* FindAdminVerb(std::string_view name) {
  for (const AdminVerb& verb : kVerbs) {
    if (name == verb.name || name == std::string_view(verb.name).substr(1)) return &verb;
  }
  return nullptr;
}

void PrintUsage(std::ostream& out, const std::string& name) {
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

// "24 KB", "755.92 GB", "0 B"
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

std::string WithText(uint64_t bytes) { return fmt::format("{} ({})", bytes, ByteText(bytes)); }

// As java.util.Date prints: "Sat Nov 21 12:48:59 UTC 2026".
std::string DateText(int64_t wall_ms) {
  std::time_t seconds = wall_ms / 1000;
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  char text[64];
  size_t length = std::strftime(text, sizeof(text), "%a %b %d %H:%M:%S %Z %Y", &parts);
  return std::string(text, length);
}

double Percent(uint64_t part, uint64_t whole, double otherwise) {
  return whole == 0 ? otherwise : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

void PrintNode(std::ostream& out, const DatanodeReport& node) {
  constexpr const char* kStates[] = {"Normal", "Decommission in progress", "Decommissioned", "Entering Maintenance",
                                     "In Maintenance"};
  out << "Name: " << node.address << " (" << node.host_name << ")\n";
  out << "Hostname: " << node.host_name << "\n";
  if (!node.rack.empty() && node.rack != "/default-rack") out << "Rack: " << node.rack << "\n";
  out << "Decommission Status : " << kStates[node.admin_state >= 0 && node.admin_state < 5 ? node.admin_state : 0] << "\n";
  out << "Configured Capacity: " << WithText(node.capacity) << "\n";
  out << "DFS Used: " << WithText(node.used) << "\n";
  out << "Non DFS Used: " << WithText(node.non_dfs_used) << "\n";
  out << "DFS Remaining: " << WithText(node.remaining) << "\n";
  out << fmt::format("DFS Used%: {:.2f}%\n", Percent(node.used, node.capacity, 100));
  out << fmt::format("DFS Remaining%: {:.2f}%\n", Percent(node.remaining, node.capacity, 0));
  uint64_t cache_left = node.cache_capacity - std::min(node.cache_capacity, node.cache_used);
  out << "Configured Cache Capacity: " << WithText(node.cache_capacity) << "\n";
  out << "Cache Used: " << WithText(node.cache_used) << "\n";
  out << "Cache Remaining: " << WithText(cache_left) << "\n";
  out << fmt::format("Cache Used%: {:.2f}%\n", Percent(node.cache_used, node.cache_capacity, 100));
  out << fmt::format("Cache Remaining%: {:.2f}%\n", Percent(cache_left, node.cache_capacity, 0));
  out << "Xceivers: " << node.xceivers << "\n";
  out << "Last contact: " << DateText(node.last_contact_wall_ms) << "\n";
  out << "Last Block Report: "
      << (node.last_block_report_wall_ms != 0 ? DateText(node.last_block_report_wall_ms) : "Never") << "\n";
  out << "Num of Blocks: " << node.blocks << "\n\n\n";
}

class DfsAdmin {
 public:
  DfsAdmin(ShellContext& context, BlockingFileSystem fs, LoopThread& thread)
      : fs_(*fs.async()), thread_(thread), out_(context.out) {}

  Status Report(const std::vector<std::string>& flags);
  Status SafeMode(const std::string& action, bool* understood);
  Status Save() { return thread_.Run(SaveNamespace(fs_)); }
  Status Refresh() { return thread_.Run(RefreshNodes(fs_)); }

 private:
  void PrintHealth(const BlockHealth& blocks, const BlockHealth& groups);
  Status PrintNodes(DatanodeKind kind, const char* head, bool even_if_none);

  FileSystem& fs_;
  LoopThread& thread_;
  std::ostream& out_;
};

void DfsAdmin::PrintHealth(const BlockHealth& blocks, const BlockHealth& groups) {
  out_ << "Replicated Blocks:\n";
  out_ << "\tUnder replicated blocks: " << blocks.low_redundancy << "\n";
  out_ << "\tBlocks with corrupt replicas: " << blocks.corrupt << "\n";
  out_ << "\tMissing blocks: " << blocks.missing << "\n";
  out_ << "\tMissing blocks (with replication factor 1): " << blocks.missing_replication_one << "\n";
  out_ << "\tLow redundancy blocks with highest priority to recover: " << blocks.highest_priority << "\n";
  out_ << "\tPending deletion blocks: " << blocks.pending_deletion << "\n";
  out_ << "Erasure Coded Block Groups: \n";
  out_ << "\tLow redundancy block groups: " << groups.low_redundancy << "\n";
  out_ << "\tBlock groups with corrupt internal blocks: " << groups.corrupt << "\n";
  out_ << "\tMissing block groups: " << groups.missing << "\n";
  out_ << "\tLow redundancy blocks with highest priority to recover: " << groups.highest_priority << "\n";
  out_ << "\tPending deletion blocks: " << groups.pending_deletion << "\n";
}

Status DfsAdmin::PrintNodes(DatanodeKind kind, const char* head, bool even_if_none) {
  ASSIGN_OR_RETURN(std::vector<DatanodeReport> nodes, thread_.Run(ReportDatanodes(fs_, kind)));
  if (nodes.empty() && !even_if_none) return Status::Ok();
  out_ << head << " datanodes (" << nodes.size() << "):\n\n";
  for (const DatanodeReport& node : nodes) PrintNode(out_, node);
  return Status::Ok();
}

Status DfsAdmin::Report(const std::vector<std::string>& flags) {
  auto wants = [&flags](const char* flag) { return std::find(flags.begin(), flags.end(), flag) != flags.end(); };
  ASSIGN_OR_RETURN(FsUsage usage, thread_.Run(fs_.GetUsage("/")));
  ASSIGN_OR_RETURN(bool safe_mode, thread_.Run(SetSafeMode(fs_, SafeModeAction::kGet)));
  if (safe_mode) out_ << "Safe mode is ON\n";
  uint64_t present = usage.remaining + usage.used;
  out_ << "Configured Capacity: " << WithText(usage.capacity) << "\n";
  out_ << "Present Capacity: " << WithText(present) << "\n";
  out_ << "DFS Remaining: " << WithText(usage.remaining) << "\n";
  out_ << "DFS Used: " << WithText(usage.used) << "\n";
  out_ << fmt::format("DFS Used%: {:.2f}%\n", Percent(usage.used, present, 0));
  ASSIGN_OR_RETURN(BlockHealth blocks, thread_.Run(ReplicatedBlockHealth(fs_)));
  auto groups = thread_.Run(ErasureCodedBlockHealth(fs_));  // a namenode without erasure coding may not know it
  PrintHealth(blocks, groups.ok() ? *groups : BlockHealth());
  out_ << "\n-------------------------------------------------\n";
  bool all = flags.empty();
  if (all || wants("-live")) RETURN_IF_ERROR(PrintNodes(DatanodeKind::kLive, "Live", wants("-live")));
  if (all || wants("-dead")) RETURN_IF_ERROR(PrintNodes(DatanodeKind::kDead, "Dead", wants("-dead")));
  if (all || wants("-decommissioning")) {
    RETURN_IF_ERROR(PrintNodes(DatanodeKind::kDecommissioning, "Decommissioning", wants("-decommissioning")));
  }
  if (all || wants("-enteringmaintenance")) {
    RETURN_IF_ERROR(PrintNodes(DatanodeKind::kEnteringMaintenance, "Entering maintenance", wants("-enteringmaintenance")));
  }
  if (all || wants("-inmaintenance")) {
    RETURN_IF_ERROR(PrintNodes(DatanodeKind::kInMaintenance, "In maintenance", wants("-inmaintenance")));
  }
  return Status::Ok();
}

Status DfsAdmin::SafeMode(const std::string& action, bool* understood) {
  SafeModeAction what = SafeModeAction::kGet;
  bool wait = false;
  if (action == "leave") {
    what = SafeModeAction::kLeave;
  } else if (action == "enter") {
    what = SafeModeAction::kEnter;
  } else if (action == "forceExit") {
    what = SafeModeAction::kForceExit;
  } else if (action == "wait") {
    wait = true;
  } else if (action != "get") {
    *understood = false;
    return Status::Ok();
  }
  ASSIGN_OR_RETURN(bool on, thread_.Run(SetSafeMode(fs_, what)));
  auto pause = std::chrono::milliseconds(10);
  while (wait && on) {
    std::this_thread::sleep_for(pause);
    if (pause < std::chrono::seconds(1)) pause *= 2;
    ASSIGN_OR_RETURN(on, thread_.Run(SetSafeMode(fs_, what)));
  }
  out_ << "Safe mode is " << (on ? "ON" : "OFF") << "\n";
  return Status::Ok();
}

// "-storageType NAME" anywhere in `args`; 0 where it is not. kInvalidArgument for an unknown name.
Result<int> TakeStorageType(std::vector<std::string>& args) {
  auto option = std::find(args.begin(), args.end(), "-storageType");
  if (option == args.end()) return 0;
  if (option + 1 == args.end()) return Status(Code::kInvalidArgument, "-storageType needs a value");
  constexpr const char* kNames[] = {"", "DISK", "SSD", "ARCHIVE", "RAM_DISK", "PROVIDED", "NVDIMM"};
  std::string name = *(option + 1);
  args.erase(option, option + 2);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
  for (int type = 1; type <= 6; ++type) {
    if (name == kNames[type]) return type;
  }
  return Status(Code::kInvalidArgument, "Storage type " + name + " is not available.");
}

// "100", "1k", "10g"
Result<int64_t> ParseQuota(const std::string& text) {
  Status wrong(Code::kInvalidArgument, "\"" + text + "\" is not a valid value for a quota.");
  char* end = nullptr;
  errno = 0;
  long long number = std::strtoll(text.c_str(), &end, 10);
  if (end == text.c_str() || errno != 0) return wrong;
  constexpr std::string_view kUnits = "kmgtpe";
  if (*end == 0) return static_cast<int64_t>(number);
  size_t unit = kUnits.find(static_cast<char>(std::tolower(*end)));
  int64_t value = 0;
  if (unit == std::string_view::npos || end[1] != 0 ||
      __builtin_mul_overflow(number, int64_t{1} << (10 * (unit + 1)), &value)) {
    return wrong;
  }
  return value;
}

// The four quota verbs; every folder is tried. Counts the errors that were printed.
Status ChangeQuotas(ShellContext& context, BlockingFileSystems& file_systems, const std::string& verb,
                    std::vector<std::string> args, int& errors) {
  bool of_bytes = verb.find("Space") != std::string::npos;
  int storage_type = 0;
  if (of_bytes) {
    ASSIGN_OR_RETURN(storage_type, TakeStorageType(args));
  }
  int64_t quota = kQuotaNone;
  if (verb.starts_with("set")) {
    if (args.size() < 2) return Status(Code::kInvalidArgument, "Not enough arguments: expected 2 but got " + std::to_string(args.size()));
    ASSIGN_OR_RETURN(quota, ParseQuota(args[0]));
    args.erase(args.begin());
  }
  if (args.empty()) return Status(Code::kInvalidArgument, "Not enough arguments: expected 1 but got 0");
  for (const std::string& arg : args) {
    ASSIGN_OR_RETURN(std::vector<PathData> items, ExpandGlob(file_systems, arg));
    for (const PathData& item : items) {
      Status set = file_systems.thread().Run(SetQuota(*item.fs.async(), item.path, of_bytes ? kQuotaUnchanged : quota,
                                                      of_bytes ? quota : kQuotaUnchanged, storage_type));
      if (set.ok()) continue;
      if (set.code() == Code::kInvalidArgument) return set;
      std::string_view message = set.message();
      context.err << verb << ": " << message.substr(0, message.find('\n')) << "\n";
      ++errors;
    }
  }
  return Status::Ok();
}

int ShowHelp(ShellContext& context, const std::vector<std::string>& names) {
  if (names.empty()) {
    PrintUsage(context.out, "");
    return 0;
  }
  const AdminVerb* verb = FindAdminVerb(names[0]);
  if (verb == nullptr) {
    PrintUsage(context.out, "");
  } else {
    context.out << verb->name << " " << verb->usage << ":\n\t" << verb->description << "\n\n";
  }
  return 0;
}

}  // namespace

int RunDfsAdmin(CliContext& cli, std::vector<std::string> args) {
  CliStreams streams(cli);
  Status generic = TakeGenericOptions(cli, args);
  if (!generic.ok()) {
    streams.err << generic.message() << "\n";
    return 255;
  }
  ShellContext context = streams.Context(cli);
  if (args.empty()) {
    PrintUsage(context.err, "");
    return 255;
  }
  std::string name = args[0];
  args.erase(args.begin());
  if (name == "-help") return ShowHelp(context, args);
  std::string shown = name.starts_with('-') ? name.substr(1) : name;
  auto fail = [&](const Status& status) {
    context.out.flush();
    std::string_view message = status.message();
    context.err << shown << ": " << message.substr(0, message.find('\n')) << "\n";
    return 255;
  };
  if (FindAdminVerb(name) == nullptr || !name.starts_with('-')) {
    context.err << shown << ": Unknown command\n";
    PrintUsage(context.err, "");
    return 255;
  }
  if (name == "-safemode" && args.size() != 1) {
    PrintUsage(context.err, name);
    return 255;
  }
  auto file_systems =
      BlockingFileSystems::Create(context.clock, context.random, context.disk, context.configuration, context.user);
  if (!file_systems.ok()) return fail(file_systems.status());
  auto fs = (*file_systems)->Default();
  if (!fs.ok()) return fail(fs.status());
  DfsAdmin admin(context, *fs, (*file_systems)->thread());
  if (name.ends_with("Quota")) {
    int errors = 0;
    Status changed = ChangeQuotas(context, **file_systems, shown, args, errors);
    if (changed.ok()) return errors == 0 ? 0 : 255;
    int code = fail(changed);
    if (changed.code() == Code::kInvalidArgument) PrintUsage(context.err, name);
    return code;
  }
  bool understood = true;
  Status done = name == "-report"          ? admin.Report(args)
                : name == "-safemode"      ? admin.SafeMode(args[0], &understood)
                : name == "-saveNamespace" ? admin.Save()
                                           : admin.Refresh();
  if (!done.ok()) return fail(done);
  if (!understood) PrintUsage(context.err, name);  // and no error, as in Hadoop
  if (name == "-saveNamespace") context.out << "Save namespace successful\n";
  if (name == "-refreshNodes") context.out << "Refresh nodes successful\n";
  return 0;
}

}  // namespace tusk::dfs
