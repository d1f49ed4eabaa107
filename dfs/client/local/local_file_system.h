// LocalFileSystem: file: paths, over Disk, as Hadoop's checksummed local filesystem: beside every file NAME that is
// created through it stands .NAME.crc (CRC32 per 512 bytes), which reads verify, listings hide, and renames and
// deletions take along. Format of the side file: "crc\0", int32 512, then one big-endian CRC32 per chunk.
#pragma once

#include <memory>
#include <string>

#include "base/env/env.h"
#include "dfs/client/file_system.h"

namespace tusk::dfs {

struct LocalOptions {
  std::string working_directory = "/";
  uint32_t umask = 022;
  uint64_t block_size = 32 << 20;  // fs.local.block.size: only shown
};

std::unique_ptr<FileSystem> MakeLocalFileSystem(Env env, LocalOptions options);

}  // namespace tusk::dfs
