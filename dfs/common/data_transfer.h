// Framing of the data transfer protocol v28 (hdfs-wire §3): ops, varint-delimited messages, PipelineAcks, and a
// buffered reader of them over a Stream.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "base/env/network.h"
#include "dfs/common/packet.h"

namespace google::protobuf {
class MessageLite;
}

namespace tusk::dfs {

inline constexpr uint16_t kDataTransferVersion = 28;
inline constexpr uint32_t kSaslMagic = 0xDEADBEEF;      // a client that wants SASL writes it before anything else
inline constexpr size_t kOpMessageBytesMax = 4 << 20;   // op headers, responses; a bound of ours

enum class Op : uint8_t {
  kWriteBlock = 80,
  kReadBlock = 81,
  kReadMetadata = 82,
  kReplaceBlock = 83,
  kCopyBlock = 84,
  kBlockChecksum = 85,
  kTransferBlock = 86,
  kRequestShortCircuitFds = 87,
  kReleaseShortCircuitFds = 88,
  kRequestShortCircuitShm = 89,
  kBlockGroupChecksum = 90,
  kCustom = 127,
};

// 00 1C, op, delimited message.
std::string EncodeOp(Op op, const google::protobuf::MessageLite& message);
// Varint length and message.
std::string EncodeDelimited(const google::protobuf::MessageLite& message);
void AppendDelimited(const google::protobuf::MessageLite& message, std::string* out);

// dfs.domain.socket.path for the datanode with this port of data transfer: "_PORT" stands for it.
std::string DomainSocketPath(std::string pattern, uint16_t port);

// getReplicaVisibleLength's answer (Java's -1) for a replica that exists and promises nothing to readers.
inline constexpr uint64_t kNoVisibleLength = ~uint64_t{0};

// ---- acks ----

// hadoop::hdfs::Status as a number; the .pb.h need not be included for acks.
using TransferStatus = int;
inline constexpr TransferStatus kTransferSuccess = 0, kTransferError = 1, kTransferErrorChecksum = 2,
                                kTransferErrorUnsupported = 7, kTransferOobRestart = 8, kTransferInProgress = 12;

struct PipelineAck {
  int64_t seqno = kUnknownSeqno;
  std::vector<TransferStatus> replies;  // [i] is node i's, seen from the receiver of the ack
  std::vector<uint32_t> flags;          // parallel; status | ECN << 5 | slow << 7
  uint64_t downstream_nanos = 0;

  bool success() const;
  // Of node i: from the flag where there is one, as Java.
  TransferStatus StatusOf(size_t i) const;
  void Add(TransferStatus status);  // flags get the status with ECN off
};
void AppendPipelineAck(const PipelineAck& ack, std::string* out);  // delimited
Result<PipelineAck> DecodePipelineAck(ByteView message);           // without its length

// ---- reading ----

// Reads through a growable buffer of its own. One caller at a time. Views live until the next call.
class FrameReader {
 public:
  FrameReader(Stream& stream, size_t buffer_bytes) : stream_(stream), capacity_(buffer_bytes) {}
  FrameReader(const FrameReader&) = delete;

  // At least `count` unread bytes in one piece. kEndOfFile if the peer closes first; its message is empty-handed
  // ("connection closed") when not one byte of them had come.
  Task<Result<ByteView>> Peek(size_t count, TimePoint deadline);
  // Drops bytes from the front of buffered().
  void Consume(size_t count);
  // What has been read from the stream and not given out.
  ByteView buffered() const { return {buffer_.get() + begin_ + lent_, end_ - begin_ - lent_}; }
  // A varint length and so many bytes; kCorruption above `bytes_max`.
  Task<Result<ByteView>> ReadDelimited(size_t bytes_max, TimePoint deadline);
  // Parsed into `message`; kCorruption if it does not parse or lacks a required field.
  Task<Status> ReadMessage(google::protobuf::MessageLite& message, TimePoint deadline,
                           size_t bytes_max = kOpMessageBytesMax);
  // 00 1C and the op byte. kUnsupported for another version, with the first four bytes still unread.
  Task<Result<Op>> ReadOp(TimePoint deadline);
  // The next packet, consumed by the next call.
  Task<Result<PacketView>> ReadPacket(TimePoint deadline);
  Task<Result<PipelineAck>> ReadPipelineAck(TimePoint deadline);

 private:
  void MakeRoom(size_t count);

  Stream& stream_;
  size_t capacity_;
  size_t allocated_ = 0;
  std::unique_ptr<uint8_t[]> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t lent_ = 0;  // bytes of the last view, consumed at the next call
};

}  // namespace tusk::dfs
