// BlockReader: one READ_BLOCK operation: a range of one replica from one datanode, verified against its checksums.
// Wire: hdfs-wire §3.3.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "dfs/client/block_source.h"
#include "dfs/client/dfs_context.h"

namespace hadoop::hdfs {
class LocatedBlockProto;
}

namespace tusk::dfs {

class BlockReader : public BlockSource {
 public:
  // Asks node `node` of `block` for [offset, offset+length) of the block; all of it must exist. `block` and `context`
  // outlive the reader.
  static Task<Result<std::unique_ptr<BlockReader>>> Open(DfsContext& context, const hadoop::hdfs::LocatedBlockProto& block,
                                                         int node, uint64_t offset, uint64_t length, bool verify);
  Task<Result<ByteView>> Next() override;
  uint64_t position() const { return position_; }  // in the block, of what Next gives next

 private:
  BlockReader(DfsContext& context, DatanodeConnection connection) : context_(context), connection_(std::move(connection)) {}
  Task<Status> Request(const hadoop::hdfs::LocatedBlockProto& block);
  Status Check(const PacketView& packet);
  // After the last packet: tells the datanode and keeps the connection.
  Task<void> Finish();
  TimePoint Deadline() const;

  DfsContext& context_;
  DatanodeConnection connection_;
  DataChecksum checksum_;
  bool verify_ = true;
  uint64_t position_ = 0;
  uint64_t end_ = 0;
  uint64_t next_packet_offset_ = 0;
  int64_t next_seqno_ = 0;
  bool finished_ = false;
};

}  // namespace tusk::dfs
