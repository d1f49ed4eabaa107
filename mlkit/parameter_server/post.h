// Post: messages between workers and servers, in order between each pair; nobody waits without a deadline, which is the post's own.
// Addresses: servers are 0..servers-1, worker w is servers + w.
#pragma once

#include <cstdint>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace tusk::ml {

struct Letter {
  int from = 0;
  std::vector<uint8_t> bytes;
};

class Post {
 public:
  virtual ~Post() = default;
  // Never waits for the receiver.
  virtual Status Send(int to, std::vector<uint8_t> bytes) = 0;
  // kTimedOut after the deadline; kCancelled once the membership has ended.
  virtual Result<Letter> Receive() = 0;
};

}  // namespace tusk::ml
