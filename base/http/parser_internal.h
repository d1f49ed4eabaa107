// MessageParser: the bytes of one HTTP/1.x message head, and of a chunked body, as values. The only door to the parser
// library; bodies of known length never pass through it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/core/result.h"
#include "base/http/message.h"

namespace tusk::http {

enum class Framing { kNone, kLength, kChunked, kUntilClose };

struct ParsedHead {
  std::string method;  // requests
  std::string target;
  int status = 0;      // responses
  std::string reason;
  int version = 11;
  Headers headers;
  Framing framing = Framing::kNone;
  uint64_t length = 0;  // with kLength
  bool keep_alive = false;
};

class MessageParser {
 public:
  enum class Kind { kRequest, kResponse };
  // `bodiless`: the answer to a HEAD, whose length says nothing.
  static std::unique_ptr<MessageParser> Make(Kind kind, size_t header_bytes_max, bool bodiless = false);
  virtual ~MessageParser() = default;
  // Consumes a prefix of `bytes`: the head, then parts of a chunked body. 0: it wants more bytes behind these.
  // kInvalidArgument: malformed; kResourceExhausted: the head is larger than allowed.
  virtual Result<size_t> Feed(std::string_view bytes) = 0;
  virtual bool head_done() const = 0;
  // With kChunked: the last chunk has been seen.
  virtual bool message_done() const = 0;
  ParsedHead& head() { return head_; }
  // Decoded bytes of a chunked body that Feed has found; the reader takes them out.
  std::string& body() { return body_; }

 protected:
  ParsedHead head_;
  std::string body_;
};

}  // namespace tusk::http
