// Reading /proc.
#include "yarn_like/nodemanager/container/process_tree.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace tusk::yarn {
namespace {

constexpr size_t kKernelFileBytesMax = 1 << 20;
constexpr size_t kCommandLineBytesMax = 4096;

uint64_t TicksToMillis(uint64_t ticks) { return ticks * 1000 / static_cast<uint64_t>(::sysconf(_SC_CLK_TCK)); }

bool AllDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Result<std::string> ReadKernelFile(Disk& disk, const std::string& path) {
  ASSIGN_OR_RETURN(auto file, disk.Open(path, OpenMode::kRead));
  std::string text;
  std::vector<uint8_t> part(16 << 10);
  while (text.size() < kKernelFileBytesMax) {
    ASSIGN_OR_RETURN(size_t count, file->ReadAt(text.size(), part));
    if (count == 0) break;
    text += AsText(ByteView(part).first(count));
  }
  return text;
}

Status WriteKernelFile(Disk& disk, const std::string& path, std::string_view text) {
  ASSIGN_OR_RETURN(auto file, disk.Open(path, OpenMode::kReadWrite));
  return file->WriteAt(0, AsBytes(text));
}

Result<ProcessSample> ParseStat(std::string_view line) {
  Status bad(Code::kInvalidArgument, "not a line of /proc/<pid>/stat");
  size_t open = line.find('(');
  size_t close = line.rfind(')');  // the name may hold anything
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return bad;
  ProcessSample sample;
  sample.name = line.substr(open + 1, close - open - 1);
  auto number = [](std::string_view text, auto& value) {
    return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc();
  };
  if (!number(line.substr(0, open), sample.pid)) return bad;
  std::vector<std::string_view> fields;  // from the state on: field 3 of proc(5) is fields[0]
  std::string_view rest = line.substr(close + 1);
  while (!rest.empty() && fields.size() < 24) {
    size_t start = rest.find_first_not_of(" \n");
    if (start == std::string_view::npos) break;
    rest.remove_prefix(start);
    size_t end = std::min(rest.find_first_of(" \n"), rest.size());
    fields.push_back(rest.substr(0, end));
    rest.remove_prefix(end);
  }
  if (fields.size() < 22) return bad;
  uint64_t user_ticks = 0, system_ticks = 0;
  bool good = number(fields[1], sample.parent) && number(fields[2], sample.group) && number(fields[3], sample.session) &&
              number(fields[11], user_ticks) && number(fields[12], system_ticks) && number(fields[19], sample.start_ticks) &&
              number(fields[20], sample.virtual_bytes) && number(fields[21], sample.resident_pages);
  if (!good) return bad;
  sample.user_ms = TicksToMillis(user_ticks);
  sample.system_ms = TicksToMillis(system_ticks);
  return sample;
}

Result<ProcessSample> ReadProcess(Disk& disk, int64_t pid) {
  std::string folder = "/proc/" + std::to_string(pid);
  ASSIGN_OR_RETURN(std::string stat, ReadKernelFile(disk, folder + "/stat"));
  ASSIGN_OR_RETURN(ProcessSample sample, ParseStat(stat));
  Result<std::string> command = ReadKernelFile(disk, folder + "/cmdline");
  if (command.ok()) {
    sample.command_line = command->substr(0, kCommandLineBytesMax);
    std::replace(sample.command_line.begin(), sample.command_line.end(), '\0', ' ');
  }
  return sample;
}

std::vector<ProcessSample> ReadProcesses(Disk& disk) {
  std::vector<ProcessSample> all;
  Result<std::vector<std::string>> names = disk.List("/proc");
  if (!names.ok()) return all;
  for (const auto& name : *names) {
    if (!AllDigits(name)) continue;
    Result<ProcessSample> sample = ReadProcess(disk, std::atoll(name.c_str()));
    if (sample.ok()) all.push_back(std::move(*sample));
  }
  return all;
}

std::vector<ProcessSample> TreeOf(const std::vector<ProcessSample>& all, int64_t leader) {
  std::set<int64_t> members;
  for (const auto& sample : all) {
    if (sample.pid == leader || sample.session == leader || sample.group == leader) members.insert(sample.pid);
  }
  for (bool grew = true; grew;) {
    grew = false;
    for (const auto& sample : all) {
      if (members.contains(sample.parent) && sample.parent > 1) grew |= members.insert(sample.pid).second;
    }
  }
  std::vector<ProcessSample> tree;
  std::copy_if(all.begin(), all.end(), std::back_inserter(tree), [&](const auto& s) { return members.contains(s.pid); });
  return tree;
}

TreeUsage UsageOf(const std::vector<ProcessSample>& tree) {
  TreeUsage usage;
  auto page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  for (const auto& sample : tree) {
    usage.resident_bytes += sample.resident_pages * page;
    usage.virtual_bytes += sample.virtual_bytes;
    usage.cpu_ms += sample.user_ms + sample.system_ms;
  }
  return usage;
}

std::string BinaryBytes(uint64_t bytes) {
  constexpr std::string_view kPrefixes = "KMGTPE";
  if (bytes < 1024) return fmt::format("{} B", bytes);
  size_t power = 0;
  while (power + 1 < kPrefixes.size() && bytes >> (10 * (power + 2)) != 0) ++power;
  uint64_t unit = uint64_t{1} << (10 * (power + 1));
  if (bytes % unit == 0) return fmt::format("{} {}B", bytes / unit, kPrefixes[power]);
  return fmt::format("{:.1f} {}B", static_cast<double>(bytes) / static_cast<double>(unit), kPrefixes[power]);
}

std::string OverLimitText(int64_t pid, std::string_view container_id, const TreeUsage& usage, const MemoryLimits& limits,
                          bool physical, const std::vector<ProcessSample>& tree) {
  uint64_t used = physical ? usage.resident_bytes : usage.virtual_bytes;
  uint64_t limit = physical ? limits.physical_bytes : limits.virtual_bytes;
  std::string text = fmt::format(
      "Container [pid={},containerID={}] is running {}B beyond the '{}' memory limit. Current usage: {} of {} physical "
      "memory used; {} of {} virtual memory used. Killing container.\n",
      pid, container_id, used > limit ? used - limit : 0, physical ? "PHYSICAL" : "VIRTUAL",
      BinaryBytes(usage.resident_bytes), BinaryBytes(limits.physical_bytes), BinaryBytes(usage.virtual_bytes),
      BinaryBytes(limits.virtual_bytes));
  text += fmt::format(
      "Dump of the process-tree for {} :\n\t|- PID PPID PGRPID SESSID CMD_NAME USER_MODE_TIME(MILLIS) "
      "SYSTEM_TIME(MILLIS) VMEM_USAGE(BYTES) RSSMEM_USAGE(PAGES) FULL_CMD_LINE\n",
      container_id);
  size_t lines = 0;
  for (const auto& sample : tree) {
    if (++lines > 50) break;
    text += fmt::format("\t|- {} {} {} {} ({}) {} {} {} {} {}\n", sample.pid, sample.parent, sample.group, sample.session,
                        sample.name, sample.user_ms, sample.system_ms, sample.virtual_bytes, sample.resident_pages,
                        std::string_view(sample.command_line).substr(0, 300));
  }
  return text;
}

}  // namespace tusk::yarn
