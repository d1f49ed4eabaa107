// BLOCK_CHECKSUM: one checksum over the CRCs of a block (hdfs-wire §3.5).
#pragma once

#include <string>

#include "dfs/datanode/store/block_store.h"

namespace tusk::dfs::datanode {

struct BlockChecksum {
  DataChecksum checksum;
  uint64_t crcs_per_block = 0;  // of the whole block, also where fewer bytes were asked for
  std::string bytes;            // 16 (MD5 of the CRCs) or 4 (composed CRC, big-endian)
};

// Of the first `length` bytes. Blocks.
Result<BlockChecksum> ComputeBlockChecksum(const ReplicaReader& reader, uint64_t length, bool composite);

}  // namespace tusk::dfs::datanode
