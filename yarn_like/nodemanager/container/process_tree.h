// ProcessTree: what the processes of a container use, read from /proc, and the words in which Hadoop tells that it was
// too much.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/env/disk.h"

namespace tusk::yarn {

struct ProcessSample {
  int64_t pid = 0;
  int64_t parent = 0;
  int64_t group = 0;
  int64_t session = 0;
  std::string name;
  uint64_t user_ms = 0;
  uint64_t system_ms = 0;
  uint64_t virtual_bytes = 0;
  uint64_t resident_pages = 0;
  uint64_t start_ticks = 0;  // since boot: with the pid, names a process for good
  std::string command_line;
};

// One line of /proc/<pid>/stat; kInvalidArgument for anything else.
Result<ProcessSample> ParseStat(std::string_view line);
// Every process of this machine; those that end meanwhile are left out. Blocks.
std::vector<ProcessSample> ReadProcesses(Disk& disk);
Result<ProcessSample> ReadProcess(Disk& disk, int64_t pid);

// The session led by `leader` and every descendant of its members, wherever they went.
std::vector<ProcessSample> TreeOf(const std::vector<ProcessSample>& all, int64_t leader);

struct TreeUsage {
  uint64_t resident_bytes = 0;
  uint64_t virtual_bytes = 0;
  uint64_t cpu_ms = 0;
};
TreeUsage UsageOf(const std::vector<ProcessSample>& tree);

// "1.2 GB", "256 MB", "12 B".
std::string BinaryBytes(uint64_t bytes);

struct MemoryLimits {
  uint64_t physical_bytes = 0;
  uint64_t virtual_bytes = 0;
};
// "Container [pid=..,containerID=..] is running ..B beyond the 'PHYSICAL' memory limit. Current usage: .. of ..
// physical memory used; .. of .. virtual memory used. Killing container." and a table of the processes.
std::string OverLimitText(int64_t pid, std::string_view container_id, const TreeUsage& usage, const MemoryLimits& limits,
                          bool physical, const std::vector<ProcessSample>& tree);

// Files of /proc and /sys have no size beforehand. At most 1 MiB.
Result<std::string> ReadKernelFile(Disk& disk, const std::string& path);
Status WriteKernelFile(Disk& disk, const std::string& path, std::string_view text);

}  // namespace tusk::yarn
