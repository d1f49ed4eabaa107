// What the operating system says of this process: memory, CPU time, open files, threads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/core/time.h"

namespace tusk {

struct ProcessStats {
  uint64_t resident_bytes = 0;
  uint64_t virtual_bytes = 0;
  uint64_t peak_resident_bytes = 0;  // so far
  Duration cpu_time{};
  size_t open_files = 0;
  size_t threads = 0;
  size_t open_files_max = 0;
};
ProcessStats ReadProcessStats();

struct ThreadState {
  int id = 0;
  std::string name;
  char state = '?';        // R, S, D, ...
  std::string waiting_in;  // the kernel's function, where it may be read
};
std::vector<ThreadState> ReadThreads();

struct MachineStats {
  uint64_t memory_bytes = 0, memory_free_bytes = 0, swap_bytes = 0, swap_free_bytes = 0;
  double load_average = 0;  // of the last minute
  int processors = 1;
  std::string kernel, release, architecture;  // "Linux", "6.1.0", "amd64" as Java says
};
MachineStats ReadMachineStats();

// Processor time since the machine's start, of all processors together.
struct ProcessorTime {
  uint64_t busy_ticks = 0, all_ticks = 0;
};
ProcessorTime ReadProcessorTime();

}  // namespace tusk
