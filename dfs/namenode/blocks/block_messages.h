// Between the block map's types and the wire's (hdfs-wire §2.4): datanodes, blocks, located blocks. Every field that a
// client may look at is set, also where it equals the default (hdfs-wire §8.19).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dfs/namenode/blocks/block_manager.h"

namespace hadoop::hdfs {
class BlockProto;
class DatanodeIDProto;
class DatanodeInfoProto;
class DatanodeStorageReportProto;
class ExtendedBlockProto;
class LocatedBlockProto;
class StorageReportProto;
}  // namespace hadoop::hdfs

namespace tusk::dfs {

BlockSpec SpecFrom(const hadoop::hdfs::BlockProto& message);
BlockSpec SpecFrom(const hadoop::hdfs::ExtendedBlockProto& message);
void FillBlock(const BlockSpec& block, hadoop::hdfs::BlockProto& message);
void FillExtendedBlock(const std::string& pool_id, const BlockSpec& block, hadoop::hdfs::ExtendedBlockProto& message);

void FillDatanodeId(const DatanodeIdentity& identity, hadoop::hdfs::DatanodeIDProto& message);
void FillDatanodeInfo(const DatanodeRegistry& registry, const Datanode& node, hadoop::hdfs::DatanodeInfoProto& message);
void FillStorageReports(const DatanodeRegistry& registry, const Datanode& node,
                        hadoop::hdfs::DatanodeStorageReportProto& message);

// A block at `offset` of its file with the replicas that a reader on `reader` should use, nearest first.
void FillLocatedBlock(const BlockManager& blocks, const std::string& pool_id, const BlockSpec& block, uint64_t offset,
                      std::string_view reader, TimePoint now, hadoop::hdfs::LocatedBlockProto& message);
// The same with just these storages, in this order: a new block's targets. Offset -1 where it means nothing.
void FillLocatedBlock(const DatanodeRegistry& registry, const std::string& pool_id, const BlockSpec& block,
                      int64_t offset, std::span<const StorageIndex> storages,
                      hadoop::hdfs::LocatedBlockProto& message);

}  // namespace tusk::dfs
