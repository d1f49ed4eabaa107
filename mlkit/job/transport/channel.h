// Channel: a stream of bytes each way between two ranks, without waiting. Who has to wait asks for what to poll.
#pragma once

#include <poll.h>

#include <functional>
#include <memory>
#include <optional>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "mlkit/job/transport/socket.h"

namespace tusk::ml {

class Channel {
 public:
  virtual ~Channel() = default;
  // Takes what fits of `first` followed by `second`; 0: nothing now. kCancelled: the other rank is gone.
  virtual Result<size_t> TryWrite(ByteView first, ByteView second) = 0;
  // What has come, up to out.size(); 0: nothing now.
  virtual Result<size_t> TryRead(MutableByteView out) = 0;
  // Hands over what has come, up to `most` bytes, in pieces that are multiples of kPieceUnit but for the last of `most`.
  virtual Result<size_t> TryConsume(size_t most, const std::function<void(ByteView piece)>& take) = 0;
  // Before a wait: what to poll, or nothing if there is progress to be made by now.
  virtual Result<std::optional<pollfd>> PrepareWait(bool for_reading, bool for_writing) = 0;
  // After a wait that found the descriptor readable.
  virtual Status Woken(short events) = 0;
};

std::unique_ptr<Channel> MakeTcpChannel(Descriptor socket);

// Shared memory for two ranks of one machine. The offering side makes it under a name that nobody can guess; the name is
// removed once the other side has it.
class SharedRegion {
 public:
  static Result<std::unique_ptr<SharedRegion>> Create(const std::string& name);
  static Result<std::unique_ptr<SharedRegion>> Open(const std::string& name);
  static void Unlink(const std::string& name);
  ~SharedRegion();
  uint8_t* bytes() const { return bytes_; }

 private:
  explicit SharedRegion(uint8_t* bytes) : bytes_(bytes) {}
  uint8_t* bytes_;
};

// `creator` tells the two ends apart.
std::unique_ptr<Channel> MakeSharedChannel(std::unique_ptr<SharedRegion> region, bool creator, Descriptor socket);

}  // namespace tusk::ml
