// Inodes and files' blocks as the wire has them.
#pragma once

#include <string>
#include <string_view>

#include "dfs/namenode/namespace/query_ops.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs {

// `name`: the local name in a listing, empty elsewhere.
// `policy`: the storage policy that holds for the inode, its own or one from above.
void FillFileStatus(const Inode& inode, uint8_t policy, std::string_view name, hadoop::hdfs::HdfsFileStatusProto& to);
inline void FillFileStatus(const Namesystem& ns, const Inode& inode, std::string_view name,
                           hadoop::hdfs::HdfsFileStatusProto& to) {
  FillFileStatus(inode, ns.EffectivePolicy(inode), name, to);
}
void FillStoragePolicy(const StoragePolicy& policy, hadoop::hdfs::BlockStoragePolicyProto& to);
// For a reader on `reader_host`.
void FillLocatedBlocks(const Namesystem& ns, const FileBlocks& blocks, const std::string& reader_host, TimePoint now,
                       hadoop::hdfs::LocatedBlocksProto& to);
// The block at `offset` with its expected locations, for a writer.
void FillAllocatedBlock(const Namesystem& ns, const BlockSpec& block, int64_t offset,
                        std::span<const StorageIndex> targets, hadoop::hdfs::LocatedBlockProto& to);

}  // namespace tusk::dfs
