// Socket: a TCP connection or listener of a thread that waits for it in poll(2), with a deadline and a way for other threads
// to end the wait. Non-blocking underneath. Addresses are numeric: names are resolved before.
#pragma once

#include <poll.h>

#include <atomic>
#include <memory>
#include <span>
#include <string>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "base/env/clock.h"
#include "base/env/network.h"

namespace tusk::ml {

// A descriptor that is closed with it.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  int fd() const { return fd_; }

 private:
  int fd_;
};

// Set once by any thread; then every wait that watches it ends with kCancelled.
class AbortSignal {
 public:
  AbortSignal();
  void Raise();
  bool raised() const { return raised_.load(); }
  int fd() const { return event_.fd(); }

 private:
  std::atomic<bool> raised_{false};
  Descriptor event_;
};

// The limits of a wait.
struct WaitLimits {
  const Clock& clock;
  const AbortSignal& abort;
  TimePoint deadline;
};

// Until one of `polled` is ready (revents are set). kTimedOut, kCancelled.
Status WaitForAny(std::span<pollfd> polled, const WaitLimits& limits);

Result<Descriptor> ListenOn(const std::string& numeric_host, uint16_t port);
Result<uint16_t> PortOf(const Descriptor& listener);
Result<Descriptor> AcceptFrom(const Descriptor& listener, const WaitLimits& limits);
Result<Descriptor> ConnectTo(const HostPort& numeric, const WaitLimits& limits);
// All of `bytes`; a connection that ends before is kCancelled.
Status SendAll(const Descriptor& socket, ByteView bytes, const WaitLimits& limits);
Status ReceiveAll(const Descriptor& socket, MutableByteView bytes, const WaitLimits& limits);

}  // namespace tusk::ml
