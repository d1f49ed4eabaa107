// WritePacket: one packet of a block being written: gathered data, then sealed with checksums and header in front, in
// one piece of memory that lives until the packet is acknowledged. Wire: hdfs-wire §3.2.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "dfs/common/checksum.h"
#include "dfs/common/packet.h"

namespace tusk::dfs {

class WritePacket {
 public:
  // Of at most `chunks_max` chunks.
  WritePacket(DataChecksum checksum, uint32_t chunks_max);

  // Begins anew at `offset_in_block`; in the middle of a chunk it holds only the rest of that chunk.
  void Reset(uint64_t offset_in_block);
  // Takes what fits; returns how much that was.
  size_t Append(ByteView bytes);
  bool full() const { return size_ == capacity_; }
  bool empty() const { return size_ == 0; }
  uint32_t size() const { return size_; }
  // Room that is left, to be limited by the end of the block.
  uint32_t room() const { return capacity_ - size_; }

  // Computes the checksums and writes the header. Afterwards bytes() is what travels.
  void Seal(int64_t seqno, bool last_in_block, bool sync_block);
  ByteView bytes() const { return {buffer_.data() + begin_, data_begin_ + size_ - begin_}; }
  int64_t seqno() const { return header_.seqno; }
  bool last_in_block() const { return header_.last_in_block; }
  uint64_t offset_in_block() const { return offset_; }
  uint64_t end_offset() const { return offset_ + size_; }

 private:
  DataChecksum checksum_;
  uint32_t chunks_max_;
  size_t data_begin_;
  std::vector<uint8_t> buffer_;
  PacketHeader header_;
  uint64_t offset_ = 0;
  uint32_t size_ = 0;
  uint32_t capacity_ = 0;
  size_t begin_ = 0;
};

}  // namespace tusk::dfs
