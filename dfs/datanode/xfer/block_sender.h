// BlockSender: sends a range of a replica as packets: headers and checksums from memory, data by sendfile.
#pragma once

#include <memory>
#include <vector>

#include "dfs/common/data_transfer.h"
#include "dfs/datanode/store/block_store.h"
#include "dfs/datanode/xfer/xfer_context.h"

namespace tusk::dfs::datanode {

class BlockSender {
 public:
  // `length` < 0: all that is visible. kIOError "Offset 0 and length ..." for a range beyond the replica; an RBW that
  // lacks bytes is given a few seconds to get them.
  static Task<Result<std::unique_ptr<BlockSender>>> Open(XferContext& context, ExtendedBlock block, uint64_t offset,
                                                         int64_t length, bool send_checksums);

  // What the reply to READ_BLOCK says: kNull where checksums are not sent.
  const DataChecksum& checksum() const { return checksum_; }
  uint64_t chunk_offset() const { return begin_; }
  uint64_t visible_length() const { return reader_.visible_length; }
  uint64_t generation_stamp() const { return reader_.generation_stamp; }
  // For a balancer's move.
  void set_throttle(BalanceThrottle* throttle) { throttle_ = throttle; }
  // All packets and the empty last one.
  Task<Status> Send(Stream& stream);

 private:
  BlockSender(XferContext& context, ReplicaReader reader) : context_(context), reader_(std::move(reader)) {}
  Task<Status> PrepareWindow(uint64_t at);
  Task<Status> SendData(Stream& stream, uint64_t at, uint64_t count);

  XferContext& context_;
  ReplicaReader reader_;
  DataChecksum checksum_;
  BalanceThrottle* throttle_ = nullptr;
  Volume* volume_ = nullptr;  // null if the replica was deleted as it was opened
  uint64_t begin_ = 0;  // chunk boundary
  uint64_t end_ = 0;    // chunk boundary or the replica's end
  // The range that is being sent: its data are in memory, its CRCs in sums_.
  uint64_t window_begin_ = 0, window_end_ = 0;
  uint64_t window_bytes_ = 0;  // of the next one; they grow
  std::vector<uint8_t> sums_;
};

}  // namespace tusk::dfs::datanode
