// TCP streams and listeners, as everything but base/env sees them. One loop's thread uses a Stream; at most one read
// and one write run on it at a time. Every wait ends by the deadline given (kTimedOut), by Close (kCancelled) or by
// the peer. kNever waits for ever and is only for idle server connections, which their owner closes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/async/task.h"
#include "base/core/bytes.h"
#include "base/core/result.h"
#include "base/core/time.h"
#include "base/env/disk.h"

namespace tusk {

// A numeric address or a host name, and a port.
struct HostPort {
  std::string host;
  uint16_t port = 0;

  std::string ToString() const;  // "host:port"
  // "host:port", "host" with `default_port`, "[::1]:80". kInvalidArgument says what is wrong.
  static Result<HostPort> Parse(std::string_view text, uint16_t default_port = 0);
  bool operator==(const HostPort&) const = default;
  auto operator<=>(const HostPort&) const = default;
};

class Stream {
 public:
  virtual ~Stream() = default;
  // At least one byte, at most out.size(); 0 means that the peer has closed its side.
  virtual Task<Result<size_t>> ReadSome(MutableByteView out, TimePoint deadline) = 0;
  // All of `parts` in order. The bytes must live until it returns.
  virtual Task<Status> WriteParts(std::vector<ByteView> parts, TimePoint deadline) = 0;
  // `length` bytes of `file` from `offset`, without a copy where the system can (sendfile).
  virtual Task<Status> SendFile(File& file, uint64_t offset, uint64_t length, TimePoint deadline) = 0;
  // Closes the write side; reads go on.
  virtual void ShutdownWrite() = 0;
  // Ends running operations with kCancelled. May be called again.
  virtual void Close() = 0;
  virtual HostPort local() const = 0;
  virtual HostPort remote() const = 0;

  // Exactly out.size() bytes; kEndOfFile if the peer closes before.
  Task<Status> ReadExactly(MutableByteView out, TimePoint deadline);
  Task<Status> Write(ByteView bytes, TimePoint deadline);
};

class Listener {
 public:
  virtual ~Listener() = default;
  // Next connection; kCancelled after Close.
  virtual Task<Result<std::unique_ptr<Stream>>> Accept() = 0;
  virtual void Close() = 0;
  virtual HostPort local() const = 0;  // the real port where 0 was asked for
};

class Network {
 public:
  virtual ~Network() = default;
  // Resolves and connects; tries each address. TCP_NODELAY is on.
  virtual Task<Result<std::unique_ptr<Stream>>> Connect(HostPort to, TimePoint deadline) = 0;
  // Binds and listens. Port 0 picks a free one.
  virtual Result<std::unique_ptr<Listener>> Listen(const HostPort& at) = 0;
  // The canonical name of this machine, as Java's InetAddress.getLocalHost().getCanonicalHostName().
  virtual std::string LocalHostName() const = 0;
  // First numeric address of `host`. Blocks on a resolver; numeric hosts return at once.
  virtual Result<std::string> ResolveBlocking(const std::string& host) const = 0;
};

}  // namespace tusk
