// Cutting and building frames.
#include "base/rpc/frame.h"

#include <google/protobuf/io/coded_stream.h>

#include <algorithm>

namespace tusk::rpc {
namespace {

using google::protobuf::io::CodedOutputStream;

constexpr size_t kBufferBytes = 16 << 10;
// A larger buffer is given back once it is empty.
constexpr size_t kBufferKeptBytes = 256 << 10;

}  // namespace

Result<ByteView> TakeDelimited(ByteView& rest) {
  uint64_t length = 0;
  size_t at = 0;
  for (int shift = 0;; shift += 7) {
    if (at >= rest.size() || shift > 28) return Status(Code::kCorruption, "no length of a message");
    uint8_t byte = rest[at++];
    length |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) break;
  }
  if (length > rest.size() - at) return Status(Code::kCorruption, "a message is longer than its frame");
  ByteView message = rest.subspan(at, length);
  rest = rest.subspan(at + length);
  return message;
}

Status TakeMessage(ByteView& rest, google::protobuf::MessageLite& message) {
  ASSIGN_OR_RETURN(ByteView bytes, TakeDelimited(rest));
  if (!message.ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size())) || !message.IsInitialized()) {
    return Status(Code::kCorruption, "not a " + message.GetTypeName());
  }
  return Status::Ok();
}

std::string EncodeFrame(std::initializer_list<const google::protobuf::MessageLite*> messages, std::string_view last) {
  size_t total = CodedOutputStream::VarintSize32(static_cast<uint32_t>(last.size())) + last.size();
  for (const auto* message : messages) {
    size_t size = message->ByteSizeLong();
    total += CodedOutputStream::VarintSize32(static_cast<uint32_t>(size)) + size;
  }
  std::string frame;
  frame.resize(kFrameLengthBytes + total);
  auto* at = reinterpret_cast<uint8_t*>(frame.data());
  StoreBigEndian(at, static_cast<uint32_t>(total));
  at += kFrameLengthBytes;
  for (const auto* message : messages) {
    at = CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(message->GetCachedSize()), at);
    at = message->SerializeWithCachedSizesToArray(at);
  }
  at = CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(last.size()), at);
  std::copy(last.begin(), last.end(), at);
  return frame;
}

std::string EncodeFrame(std::initializer_list<const google::protobuf::MessageLite*> messages) {
  size_t total = 0;
  for (const auto* message : messages) {
    size_t size = message->ByteSizeLong();
    total += CodedOutputStream::VarintSize32(static_cast<uint32_t>(size)) + size;
  }
  std::string frame;
  frame.resize(kFrameLengthBytes + total);
  auto* at = reinterpret_cast<uint8_t*>(frame.data());
  StoreBigEndian(at, static_cast<uint32_t>(total));
  at += kFrameLengthBytes;
  for (const auto* message : messages) {
    at = CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(message->GetCachedSize()), at);
    at = message->SerializeWithCachedSizesToArray(at);
  }
  return frame;
}

MutableByteView FrameBuffer::Space() {
  if (start_ == end_) {
    start_ = end_ = 0;
    if (bytes_.size() > kBufferKeptBytes) {
      bytes_.resize(kBufferBytes);
      bytes_.shrink_to_fit();
    }
  }
  if (bytes_.empty()) bytes_.resize(kBufferBytes);
  if (end_ == bytes_.size() && start_ > 0) {
    std::copy(bytes_.begin() + static_cast<ptrdiff_t>(start_), bytes_.begin() + static_cast<ptrdiff_t>(end_), bytes_.begin());
    end_ -= start_;
    start_ = 0;
  }
  if (end_ == bytes_.size()) bytes_.resize(std::min(bytes_.size() * 2, std::max(bytes_.size() + kBufferBytes, wanted_)));
  return MutableByteView(bytes_).subspan(end_);
}

FrameBuffer::Next FrameBuffer::TakeFrame(ByteView& frame) {
  ByteView all = pending();
  if (all.size() < kFrameLengthBytes) return Next::kIncomplete;
  auto length = LoadBigEndian<uint32_t>(all.data());
  if (length > frame_bytes_max_) return Next::kBadLength;  // a negative one too
  if (all.size() - kFrameLengthBytes < length) {
    wanted_ = kFrameLengthBytes + length;
    return Next::kIncomplete;
  }
  frame = all.subspan(kFrameLengthBytes, length);
  start_ += kFrameLengthBytes + length;
  return Next::kFrame;
}

}  // namespace tusk::rpc
