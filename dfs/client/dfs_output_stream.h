// Writing a file of hdfs://: bytes into packets, packets into blocks, blocks into the file.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "dfs/client/block_writer.h"
#include "dfs/client/dfs_context.h"
#include "dfs/client/file_system.h"

namespace tusk::dfs {

// Of a file that the namenode has just created.
std::unique_ptr<OutputStream> MakeDfsOutputStream(std::shared_ptr<DfsContext> context, WrittenFile file);
// Of a file that the namenode has just opened for append; `last` is its last block where that is not full.
Task<Result<std::unique_ptr<OutputStream>>> MakeDfsAppendStream(std::shared_ptr<DfsContext> context, WrittenFile file,
                                                                uint64_t length,
                                                                std::optional<hadoop::hdfs::LocatedBlockProto> last);

}  // namespace tusk::dfs
