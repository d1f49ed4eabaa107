// Where workers are close to what they read.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "mapreduce/api/file_system.h"

namespace tusk::ml {

// The input's blocks one after the other are cut into as many equal runs as there are workers, as shards are; each worker would
// rather be on one of the hosts that hold most of its run, three at most. Pure.
std::map<std::string, int> HostsForRuns(const std::vector<mapreduce::BlockLocation>& blocks, int workers);

// Of these files; local ones and those that say nothing about hosts count for nothing.
Result<std::map<std::string, int>> HostsForWorkers(mapreduce::FileSystems& files, const std::vector<std::string>& inputs, int workers);

}  // namespace tusk::ml
