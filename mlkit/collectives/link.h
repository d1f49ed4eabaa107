// Link: how one rank reaches the others: messages in order between each pair. Transports (mlkit/job/transport) implement it
// over TCP and shared memory, tests in memory; the algorithms above it are in link_communicator.h.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace tusk::ml {

// What both ends of a message must agree on: which call of the membership this is, and of what kind.
struct MessageTag {
  uint64_t sequence = 0;
  uint32_t operation = 0;
};

inline constexpr size_t kPieceUnit = 64;             // pieces but the last are multiples of it
inline constexpr uint64_t kMessageBytesMax = uint64_t{1} << 36;

// Where a message's bytes go: exactly one of the three.
struct Inbox {
  MutableByteView exact = {};                                 // a message of this length
  std::vector<uint8_t>* any_length = nullptr;                 // a message of any length up to kMessageBytesMax
  std::function<void(size_t at, ByteView piece)> consume;     // `consume_length` bytes, as they come
  size_t consume_length = 0;
};

class Link {
 public:
  virtual ~Link() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;

  // Sends `out` to rank `to` while receiving the next message of rank `from`; either may be kNobody. Returns when both have
  // ended. kCancelled: a peer is gone or the membership has ended. kInternal: the ranks disagree on the tag or length.
  static constexpr int kNobody = -1;
  virtual Status Exchange(const MessageTag& tag, int to, ByteView out, int from, const Inbox& in) = 0;

  virtual uint64_t bytes_sent() const = 0;
};

}  // namespace tusk::ml
