// Reading and writing HTTP messages on a Stream: what server and client share.
#pragma once

#include <memory>
#include <string>

#include "base/env/network.h"
#include "base/http/parser_internal.h"

namespace tusk::http {

// Bytes of a stream that have been read and not yet used.
class BufferedInput {
 public:
  explicit BufferedInput(Stream& stream) : stream_(stream) {}
  std::string_view view() const { return std::string_view(buffer_).substr(start_); }
  void Consume(size_t count);
  // Reads more behind what is there. 0: the peer has closed its side.
  Task<Result<size_t>> Fill(TimePoint deadline);
  // Some bytes, from the buffer or straight from the stream.
  Task<Result<size_t>> ReadSome(MutableByteView out, TimePoint deadline);

 private:
  Stream& stream_;
  std::string buffer_;
  size_t start_ = 0;
};

// One message: its head, then its body until 0.
class MessageReader {
 public:
  MessageReader(BufferedInput& input, MessageParser::Kind kind, size_t header_bytes_max, bool bodiless = false)
      : input_(input), parser_(MessageParser::Make(kind, header_bytes_max, bodiless)) {}
  // False: the peer closed before the first byte.
  Task<Result<bool>> ReadHead(TimePoint deadline);
  ParsedHead& head() { return parser_->head(); }
  Task<Result<size_t>> ReadBody(MutableByteView out, TimePoint deadline);
  bool body_done() const { return body_done_; }

 private:
  Task<Result<size_t>> ReadChunked(MutableByteView out, TimePoint deadline);

  BufferedInput& input_;
  std::unique_ptr<MessageParser> parser_;
  uint64_t left_ = 0;
  size_t chunk_used_ = 0;
  bool body_done_ = false;
};

// The body of a message whose head has been made. Bytes beyond a promised length are refused.
class BodyWriter {
 public:
  BodyWriter(Stream& stream, std::string head, Framing framing, uint64_t length)
      : stream_(stream), head_(std::move(head)), framing_(framing), left_(length) {}
  Task<Status> Write(ByteView bytes, TimePoint deadline);
  Task<Status> WriteFile(File& file, uint64_t offset, uint64_t length, TimePoint deadline);
  // Sends what is held back and the last chunk. kInternal if a promised length was not reached.
  Task<Status> Finish(TimePoint deadline);
  // Sends the head now.
  Task<Status> Flush(TimePoint deadline);

 private:
  Status Account(uint64_t bytes);

  Stream& stream_;
  std::string head_;  // not sent yet; goes with the first bytes of the body
  Framing framing_;
  uint64_t left_;
  bool finished_ = false;
};

// Header values come from many places: a line break in one would let it forge others.
void AppendField(std::string& text, std::string_view name, std::string_view value);

}  // namespace tusk::http
