// One run: a cluster, its clients, its faults, then peace and the reckoning. The same seed gives the same run.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/core/time.h"

namespace tusk::dfs::simulation {

struct SimulationOptions {
  Duration span = std::chrono::minutes(10);  // of virtual time with faults
  int datanodes = 0;                         // 0: by the seed, 5 to 9
  bool log = false;                          // says what it breaks
};

struct SimulationReport {
  uint64_t seed = 0;
  std::vector<std::string> violations;   // empty: nothing was lost
  std::map<std::string, int> faults;
  uint64_t operations = 0, acknowledged_writes = 0, bytes_verified = 0, failures = 0, files = 0;
  uint64_t events = 0;                   // of the loop: equal for equal seeds
  double simulated_hours = 0;
};

SimulationReport Simulate(uint64_t seed, const SimulationOptions& options = {});

}  // namespace tusk::dfs::simulation
