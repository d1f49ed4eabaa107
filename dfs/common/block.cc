// Conversions of block names.
#include "dfs/common/block.h"

#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs {

std::string Block::ToString() const { return "blk_" + std::to_string(id) + "_" + std::to_string(generation_stamp); }

std::string ExtendedBlock::ToString() const { return pool_id + ":" + block.ToString(); }

Block FromProto(const hadoop::hdfs::BlockProto& proto) {
  return {static_cast<int64_t>(proto.blockid()), proto.genstamp(), proto.numbytes()};
}

ExtendedBlock FromProto(const hadoop::hdfs::ExtendedBlockProto& proto) {
  return {proto.poolid(), {static_cast<int64_t>(proto.blockid()), proto.generationstamp(), proto.numbytes()}};
}

void ToProto(const Block& block, hadoop::hdfs::BlockProto* proto) {
  proto->set_blockid(static_cast<uint64_t>(block.id));
  proto->set_genstamp(block.generation_stamp);
  proto->set_numbytes(block.length);
}

void ToProto(const ExtendedBlock& block, hadoop::hdfs::ExtendedBlockProto* proto) {
  proto->set_poolid(block.pool_id);
  proto->set_blockid(static_cast<uint64_t>(block.block.id));
  proto->set_generationstamp(block.block.generation_stamp);
  proto->set_numbytes(block.block.length);
}

}  // namespace tusk::dfs
