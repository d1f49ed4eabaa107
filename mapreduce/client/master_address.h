// Where the workers of a job with an app master of its own kind find the newest master: a file in the staging folder, in one piece
// at any time.
#pragma once

#include <string>

#include "mapreduce/api/file_system.h"

namespace tusk::mapreduce {

// `attempt` is the master's; each replaces the one before.
Status WriteMasterAddress(FileSystems& files, const std::string& staging, int attempt, const std::string& address);
Result<std::string> ReadMasterAddress(FileSystems& files, const std::string& staging);

}  // namespace tusk::mapreduce
