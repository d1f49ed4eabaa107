// Reading /proc/self. These pseudo files have no place in Env's Disk: they tell of the real process only.
#include "base/server/process_stats.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace tusk {
namespace {

std::string ReadSmall(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> NamesIn(const char* folder) {
  std::vector<std::string> names;
  DIR* open = ::opendir(folder);
  if (open == nullptr) return names;
  while (dirent* entry = ::readdir(open)) {
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  ::closedir(open);
  return names;
}

// "VmHWM:    1234 kB" of /proc/self/status. (getrusage's figure survives exec: it may be the parent's.)
uint64_t PeakResidentBytes() {
  std::istringstream status(ReadSmall("/proc/self/status"));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::strtoull(line.c_str() + 6, nullptr, 10) * 1024;
  }
  return 0;
}

Duration ToDuration(const timeval& time) { return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec); }

}  // namespace

ProcessStats ReadProcessStats() {
  ProcessStats stats;
  std::istringstream statm(ReadSmall("/proc/self/statm"));
  uint64_t virtual_pages = 0;
  uint64_t resident_pages = 0;
  statm >> virtual_pages >> resident_pages;
  auto page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  stats.virtual_bytes = virtual_pages * page;
  stats.resident_bytes = resident_pages * page;
  stats.peak_resident_bytes = PeakResidentBytes();
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  stats.cpu_time = ToDuration(usage.ru_utime) + ToDuration(usage.ru_stime);
  stats.open_files = NamesIn("/proc/self/fd").size();
  stats.threads = NamesIn("/proc/self/task").size();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) stats.open_files_max = limit.rlim_cur;
  return stats;
}

ProcessorTime ReadProcessorTime() {
  // "cpu  user nice system idle iowait irq softirq steal ..."
  constexpr size_t kIdle = 3, kIoWait = 4, kSteal = 7;
  std::istringstream stat(ReadSmall("/proc/stat"));
  std::string word;
  stat >> word;
  ProcessorTime time;
  uint64_t ticks = 0;
  for (size_t i = 0; i <= kSteal && stat >> ticks; ++i) {
    time.all_ticks += ticks;
    if (i != kIdle && i != kIoWait) time.busy_ticks += ticks;
  }
  return time;
}

std::vector<ThreadState> ReadThreads() {
  std::vector<ThreadState> threads;
  for (const std::string& id : NamesIn("/proc/self/task")) {
    std::string folder = "/proc/self/task/" + id;
    ThreadState thread;
    thread.id = std::atoi(id.c_str());
    thread.name = ReadSmall(folder + "/comm");
    while (!thread.name.empty() && thread.name.back() == '\n') thread.name.pop_back();
    std::string stat = ReadSmall(folder + "/stat");
    size_t end = stat.rfind(')');
    if (end != std::string::npos && end + 2 < stat.size()) thread.state = stat[end + 2];
    thread.waiting_in = ReadSmall(folder + "/wchan");
    threads.push_back(std::move(thread));
  }
  return threads;
}

MachineStats ReadMachineStats() {
  MachineStats stats;
  struct sysinfo info {};
  if (::sysinfo(&info) == 0) {
    stats.memory_bytes = info.totalram * info.mem_unit;
    stats.memory_free_bytes = info.freeram * info.mem_unit;
    stats.swap_bytes = info.totalswap * info.mem_unit;
    stats.swap_free_bytes = info.freeswap * info.mem_unit;
    stats.load_average = static_cast<double>(info.loads[0]) / (1 << SI_LOAD_SHIFT);
  }
  stats.processors = static_cast<int>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  struct utsname name {};
  if (::uname(&name) == 0) {
    stats.kernel = name.sysname;
    stats.release = name.release;
    stats.architecture = name.machine;
    if (stats.architecture == "x86_64") stats.architecture = "amd64";
  }
  return stats;
}

}  // namespace tusk
