// Ops, delimited messages, acks and the buffered reader.
#include "dfs/common/data_transfer.h"

#include <google/protobuf/message_lite.h>

#include <algorithm>

#include "dfs/proto/datatransfer.pb.h"

namespace tusk::dfs {
namespace {

constexpr size_t kVarintBytesMax = 5;  // lengths here fit 32 bits
constexpr uint32_t kFlagStatusMask = 0xF;
constexpr size_t kAckBytesMax = 64 << 10;

void AppendVarint(uint32_t value, std::string* out) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

}  // namespace

void AppendDelimited(const google::protobuf::MessageLite& message, std::string* out) {
  AppendVarint(static_cast<uint32_t>(message.ByteSizeLong()), out);
  message.AppendPartialToString(out);
}

std::string EncodeDelimited(const google::protobuf::MessageLite& message) {
  std::string out;
  AppendDelimited(message, &out);
  return out;
}

std::string DomainSocketPath(std::string pattern, uint16_t port) {
  constexpr std::string_view kPort = "_PORT";
  for (size_t at = pattern.find(kPort); at != std::string::npos; at = pattern.find(kPort, at)) {
    pattern.replace(at, kPort.size(), std::to_string(port));
  }
  return pattern;
}

std::string EncodeOp(Op op, const google::protobuf::MessageLite& message) {
  std::string out;
  out.push_back(static_cast<char>(kDataTransferVersion >> 8));
  out.push_back(static_cast<char>(kDataTransferVersion & 0xFF));
  out.push_back(static_cast<char>(op));
  AppendDelimited(message, &out);
  return out;
}

bool PipelineAck::success() const {
  for (size_t i = 0; i < replies.size(); ++i) {
    if (StatusOf(i) != kTransferSuccess) return false;
  }
  return true;
}

TransferStatus PipelineAck::StatusOf(size_t i) const {
  return i < flags.size() ? static_cast<TransferStatus>(flags[i] & kFlagStatusMask) : replies[i];
}

void PipelineAck::Add(TransferStatus status) {
  replies.push_back(status);
  flags.push_back(static_cast<uint32_t>(status) & kFlagStatusMask);
}

void AppendPipelineAck(const PipelineAck& ack, std::string* out) {
  hadoop::hdfs::PipelineAckProto proto;
  proto.set_seqno(ack.seqno);
  for (TransferStatus status : ack.replies) proto.add_reply(static_cast<hadoop::hdfs::Status>(status));
  proto.set_downstreamacktimenanos(ack.downstream_nanos);
  for (uint32_t flag : ack.flags) proto.add_flag(flag);
  AppendDelimited(proto, out);
}

Result<PipelineAck> DecodePipelineAck(ByteView message) {
  hadoop::hdfs::PipelineAckProto proto;
  if (!proto.ParsePartialFromArray(message.data(), static_cast<int>(message.size())) || !proto.IsInitialized()) {
    return Status(Code::kCorruption, "malformed pipeline ack");
  }
  PipelineAck ack;
  ack.seqno = proto.seqno();
  for (int reply : proto.reply()) ack.replies.push_back(reply);
  for (uint32_t flag : proto.flag()) ack.flags.push_back(flag);
  ack.downstream_nanos = proto.downstreamacktimenanos();
  return ack;
}

void FrameReader::MakeRoom(size_t count) {
  if (count > allocated_) {
    size_t grown_bytes = std::max(capacity_, count);
    std::unique_ptr<uint8_t[]> grown(new uint8_t[grown_bytes]);
    if (end_ != begin_) std::memcpy(grown.get(), buffer_.get() + begin_, end_ - begin_);
    buffer_ = std::move(grown);
    allocated_ = grown_bytes;
  } else if (begin_ + count > allocated_) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
  } else {
    return;
  }
  end_ -= begin_;
  begin_ = 0;
}

void FrameReader::Consume(size_t count) {
  begin_ += count + std::exchange(lent_, 0);
  if (begin_ == end_) begin_ = end_ = 0;
}

Task<Result<ByteView>> FrameReader::Peek(size_t count, TimePoint deadline) {
  Consume(0);
  while (end_ - begin_ < count) {
    MakeRoom(count);
    MutableByteView room(buffer_.get() + end_, allocated_ - end_);
    auto read = co_await stream_.ReadSome(room, deadline);
    if (!read.ok()) co_return std::move(read).status();
    if (*read == 0) {
      co_return Status(Code::kEndOfFile, end_ == begin_ ? "connection closed" : "connection closed amid a message");
    }
    end_ += *read;
  }
  co_return buffered();
}

Task<Result<ByteView>> FrameReader::ReadDelimited(size_t bytes_max, TimePoint deadline) {
  uint32_t length = 0;
  for (size_t i = 0;; ++i) {
    if (i == kVarintBytesMax) co_return Status(Code::kCorruption, "malformed message length");
    CO_ASSIGN_OR_RETURN(ByteView bytes, co_await Peek(i + 1, deadline));
    length |= static_cast<uint32_t>(bytes[i] & 0x7F) << (7 * i);
    if ((bytes[i] & 0x80) != 0) continue;
    if (length > bytes_max) co_return Status(Code::kCorruption, "message of " + std::to_string(length) + " bytes");
    Consume(i + 1);
    break;
  }
  CO_ASSIGN_OR_RETURN(ByteView bytes, co_await Peek(length, deadline));
  lent_ = length;
  co_return bytes.first(length);
}

Task<Status> FrameReader::ReadMessage(google::protobuf::MessageLite& message, TimePoint deadline, size_t bytes_max) {
  CO_ASSIGN_OR_RETURN(ByteView bytes, co_await ReadDelimited(bytes_max, deadline));
  // Partial: the full parse prints to standard error what is missing.
  if (!message.ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size())) || !message.IsInitialized()) {
    co_return Status(Code::kCorruption, "malformed " + message.GetTypeName());
  }
  co_return Status::Ok();
}

Task<Result<Op>> FrameReader::ReadOp(TimePoint deadline) {
  CO_ASSIGN_OR_RETURN(ByteView bytes, co_await Peek(3, deadline));
  if (LoadBigEndian<uint16_t>(bytes.data()) != kDataTransferVersion) {
    co_return Status(Code::kUnsupported, "not version 28 of the data transfer protocol");
  }
  Op op = static_cast<Op>(bytes[2]);
  Consume(3);
  co_return op;
}

Task<Result<PacketView>> FrameReader::ReadPacket(TimePoint deadline) {
  size_t needed = kPacketLengthsBytes;
  for (;;) {
    CO_ASSIGN_OR_RETURN(ByteView bytes, co_await Peek(needed, deadline));
    CO_ASSIGN_OR_RETURN(std::optional<PacketView> packet, ParsePacket(bytes, &needed));
    if (!packet.has_value()) continue;
    lent_ = packet->whole.size();
    co_return *packet;
  }
}

Task<Result<PipelineAck>> FrameReader::ReadPipelineAck(TimePoint deadline) {
  CO_ASSIGN_OR_RETURN(ByteView bytes, co_await ReadDelimited(kAckBytesMax, deadline));
  co_return DecodePipelineAck(bytes);
}

}  // namespace tusk::dfs
