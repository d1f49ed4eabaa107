// FileSystems over dfs/client: hdfs:// and file: paths, for programs that run jobs on a cluster.
#pragma once

#include <memory>
#include <string>

#include "base/config/configuration.h"
#include "base/env/clock.h"
#include "base/env/random.h"
#include "mapreduce/api/file_system.h"

namespace tusk::mapreduce {

Result<std::unique_ptr<FileSystems>> MakeDfsFileSystems(Clock& clock, Random& random, Disk& disk, const Configuration& conf,
                                                        const std::string& user, const std::string& working_folder);

}  // namespace tusk::mapreduce
