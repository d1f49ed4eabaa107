// Frames of Hadoop IPC v9: 4 bytes of length, then varint-delimited messages. Pure functions over bytes.
#pragma once

#include <google/protobuf/message_lite.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "base/rpc/wire_header.pb.h"

namespace tusk::rpc {

inline constexpr uint8_t kIpcVersion = 9;
inline constexpr uint8_t kAuthNone = 0x00;
inline constexpr uint8_t kAuthSasl = 0xDF;
inline constexpr size_t kPreambleBytes = 7;  // "hrpc", version, service class, auth
inline constexpr size_t kFrameLengthBytes = 4;

// Call ids below zero are not calls.
inline constexpr int32_t kCallIdAuthorizationFailed = -1;
inline constexpr int32_t kCallIdContext = -3;
inline constexpr int32_t kCallIdPing = -4;
inline constexpr int32_t kCallIdSasl = -33;

// Cuts a varint-delimited message off the front of `rest`; kCorruption where there is none.
Result<ByteView> TakeDelimited(ByteView& rest);
// Cuts one off and parses it.
Status TakeMessage(ByteView& rest, google::protobuf::MessageLite& message);

// A whole frame: length, then each message with its length.
std::string EncodeFrame(std::initializer_list<const google::protobuf::MessageLite*> messages);
// The same with a serialized message at the end.
std::string EncodeFrame(std::initializer_list<const google::protobuf::MessageLite*> messages, std::string_view last);

// Collects what a socket gives and cuts it into frames. Memory grows with the bytes that have come, not with what a
// length claims.
class FrameBuffer {
 public:
  explicit FrameBuffer(uint32_t frame_bytes_max) : frame_bytes_max_(frame_bytes_max) {}
  // Where to read into; never empty. Invalidates views into the buffer.
  MutableByteView Space();
  void Added(size_t count) { end_ += count; }
  // What has come and is not taken yet.
  ByteView pending() const { return ByteView(bytes_).subspan(start_, end_ - start_); }
  void Skip(size_t count) { start_ += count; }

  enum class Next { kFrame, kIncomplete, kBadLength };
  // With kFrame, `frame` is the frame without its length, valid until Space; it is taken.
  Next TakeFrame(ByteView& frame);

 private:
  uint32_t frame_bytes_max_;
  size_t start_ = 0;
  size_t end_ = 0;
  size_t wanted_ = 0;  // of the incomplete frame at the front
  std::vector<uint8_t> bytes_;
};

}  // namespace tusk::rpc
