// Reading a file of hdfs://: its blocks in order, each from the nearest replica that answers and is right.
#pragma once

#include <memory>
#include <string>

#include "dfs/client/dfs_context.h"
#include "dfs/client/file_system.h"

namespace tusk::dfs {

// Fetches the block locations and, of a file being written, the length that readers may see.
Task<Result<std::unique_ptr<InputStream>>> OpenDfsFile(std::shared_ptr<DfsContext> context, std::string path, bool verify);

}  // namespace tusk::dfs
