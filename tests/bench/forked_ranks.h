// ForkedRanks: one process for each rank; wall time of the slowest and CPU seconds of all. Plain POSIX without the project's
// headers, so that a peer's program (peers/gloo_allreduce.cc) is measured by the same lines.
#pragma once

#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

namespace forked {

struct Spent {
  double wall = 0, cpu = 0;
};

inline Spent Now() {
  timespec time = {};
  clock_gettime(CLOCK_MONOTONIC, &time);
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& value) { return static_cast<double>(value.tv_sec) + static_cast<double>(value.tv_usec) * 1e-6; };
  return {static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9, seconds(usage.ru_utime) + seconds(usage.ru_stime)};
}

// `rank_main(rank)` in a process of its own returns what its rounds cost. Prints "wall_us cpu_us" for one of `rounds`.
inline int RunRanks(int ranks, int rounds, const std::function<Spent(int rank)>& rank_main) {
  int results[2];
  if (pipe(results) != 0) return 1;
  for (int rank = 0; rank < ranks; ++rank) {
    const pid_t child = fork();
    if (child < 0) return 1;
    if (child > 0) continue;
    const Spent spent = rank_main(rank);
    _exit(write(results[1], &spent, sizeof spent) == sizeof spent ? 0 : 1);
  }
  close(results[1]);
  Spent all;
  int heard = 0;
  for (Spent one; read(results[0], &one, sizeof one) == sizeof one; ++heard) {
    all.wall = std::max(all.wall, one.wall);
    all.cpu += one.cpu;
  }
  while (wait(nullptr) > 0) {
  }
  if (heard != ranks) return 1;
  std::printf("%.2f %.2f\n", all.wall / rounds * 1e6, all.cpu / rounds * 1e6);
  return 0;
}

}  // namespace forked
