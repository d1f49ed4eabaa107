// The checksum of a whole file of hdfs://, from what its datanodes say of its blocks: MD5 of the MD5s of the CRCs, or
// one CRC composed from the blocks'. Wire: hdfs-wire §3.5.
#pragma once

#include <memory>
#include <string>

#include "dfs/client/dfs_context.h"
#include "dfs/client/file_system.h"

namespace tusk::dfs {

Task<Result<FileChecksum>> ComputeFileChecksum(std::shared_ptr<DfsContext> context, std::string path);

}  // namespace tusk::dfs
