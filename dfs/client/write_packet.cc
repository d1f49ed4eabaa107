// Gathering and sealing a packet.
#include "dfs/client/write_packet.h"

#include <cstring>

namespace tusk::dfs {

WritePacket::WritePacket(DataChecksum checksum, uint32_t chunks_max)
    : checksum_(checksum),
      chunks_max_(chunks_max),
      data_begin_(kPacketHeaderRoom + size_t{kChecksumBytes} * chunks_max),
      buffer_(data_begin_ + size_t{checksum.bytes_per_checksum} * chunks_max) {
  Reset(0);
}

void WritePacket::Reset(uint64_t offset_in_block) {
  offset_ = offset_in_block;
  size_ = 0;
  begin_ = data_begin_;
  auto in_chunk = static_cast<uint32_t>(offset_in_block % checksum_.bytes_per_checksum);
  capacity_ = in_chunk == 0 ? chunks_max_ * checksum_.bytes_per_checksum : checksum_.bytes_per_checksum - in_chunk;
}

size_t WritePacket::Append(ByteView bytes) {
  size_t count = std::min<size_t>(bytes.size(), capacity_ - size_);
  std::memcpy(buffer_.data() + data_begin_ + size_, bytes.data(), count);
  size_ += static_cast<uint32_t>(count);
  return count;
}

void WritePacket::Seal(int64_t seqno, bool last_in_block, bool sync_block) {
  header_ = PacketHeader{static_cast<int64_t>(offset_), seqno, last_in_block, size_, sync_block};
  size_t sums = checksum_.ChecksumBytesOf(size_);
  checksum_.Compute(ByteView(buffer_).subspan(data_begin_, size_), buffer_.data() + data_begin_ - sums);
  uint8_t encoded[kPacketHeaderRoom];
  size_t length = EncodePacketHeader(header_, sums, encoded);
  begin_ = data_begin_ - sums - length;
  std::memcpy(buffer_.data() + begin_, encoded, length);
}

}  // namespace tusk::dfs
