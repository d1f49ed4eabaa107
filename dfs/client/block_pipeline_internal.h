// What block_writer.cc and block_repair.cc share.
#pragma once

#include "dfs/client/block_writer.h"

namespace tusk::dfs {

// One connection of the writer; the task that reads acks keeps it alive after the writer has dropped it.
struct BlockWriter::Pipeline {
  Pipeline(std::unique_ptr<Stream> connected, size_t buffer_bytes)
      : stream(std::move(connected)), reader(*stream, buffer_bytes) {}
  std::unique_ptr<Stream> stream;
  FrameReader reader;
  BlockWriter* owner = nullptr;  // null: dropped
  bool last_acked = false;
};

// updatePipeline; `block` gets the new stamp when the namenode has agreed.
Task<Status> TellNamenode(DfsContext& context, hadoop::hdfs::ExtendedBlockProto& block, uint64_t new_stamp,
                          const std::vector<hadoop::hdfs::DatanodeInfoProto>& nodes,
                          const std::vector<std::string>& storage_ids);

}  // namespace tusk::dfs
