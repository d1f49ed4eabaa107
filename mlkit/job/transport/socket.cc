// System calls on sockets, and waiting for them.
#include "mlkit/job/transport/socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace tusk::ml {
namespace {

Status Gone(int error) { return Status(Code::kCancelled, std::string("the connection to another rank ended: ") + std::strerror(error)); }

struct Address {
  sockaddr_storage storage = {};
  socklen_t length = 0;
};

Result<Address> ParseAddress(const std::string& host, uint16_t port) {
  Address address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.length = sizeof *v4;
    return address;
  }
  if (inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address.length = sizeof *v6;
    return address;
  }
  return Status(Code::kInvalidArgument, "not a numeric address: " + host);
}

Status SetNoDelay(int fd) {
  const int one = 1;
  if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0) return Status::FromErrno(errno, "setsockopt", "TCP_NODELAY");
  return Status::Ok();
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

AbortSignal::AbortSignal() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  TUSK_CHECK(event_.fd() >= 0) << "no event descriptor";
}

void AbortSignal::Raise() {
  raised_ = true;
  const uint64_t one = 1;
  // Fails only where the counter is at its maximum: then it is readable already.
  [[maybe_unused]] const ssize_t written = ::write(event_.fd(), &one, sizeof one);
}

Status WaitForAny(std::span<pollfd> polled, const WaitLimits& limits) {
  std::vector<pollfd> all(polled.begin(), polled.end());
  all.push_back({limits.abort.fd(), POLLIN, 0});
  while (true) {
    if (limits.abort.raised()) return Status(Code::kCancelled, "the membership has ended");
    const TimePoint now = limits.clock.Now();
    if (now >= limits.deadline) return Status(Code::kTimedOut, "other ranks did not answer in time");
    const int64_t left = std::min<int64_t>(ToMillis(limits.deadline - now) + 1, 60'000);
    const int ready = ::poll(all.data(), all.size(), static_cast<int>(left));
    if (ready < 0 && errno != EINTR) return Status::FromErrno(errno, "poll", "sockets of ranks");
    if (ready <= 0) continue;
    if (all.back().revents != 0) return Status(Code::kCancelled, "the membership has ended");
    for (size_t i = 0; i < polled.size(); ++i) polled[i].revents = all[i].revents;
    return Status::Ok();
  }
}

Result<Descriptor> ListenOn(const std::string& numeric_host, uint16_t port) {
  ASSIGN_OR_RETURN(const Address address, ParseAddress(numeric_host, port));
  Descriptor socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.fd() < 0) return Status::FromErrno(errno, "socket", numeric_host);
  const auto* name = reinterpret_cast<const sockaddr*>(&address.storage);
  if (::bind(socket.fd(), name, address.length) != 0) return Status::FromErrno(errno, "bind", numeric_host);
  if (::listen(socket.fd(), 1024) != 0) return Status::FromErrno(errno, "listen", numeric_host);
  return socket;
}

Result<uint16_t> PortOf(const Descriptor& listener) {
  sockaddr_storage storage = {};
  socklen_t length = sizeof storage;
  if (::getsockname(listener.fd(), reinterpret_cast<sockaddr*>(&storage), &length) != 0) return Status::FromErrno(errno, "getsockname", "listener");
  if (storage.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
}

Result<Descriptor> AcceptFrom(const Descriptor& listener, const WaitLimits& limits) {
  while (true) {
    Descriptor socket(::accept4(listener.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.fd() >= 0) {
      RETURN_IF_ERROR(SetNoDelay(socket.fd()));
      return socket;
    }
    if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) return Status::FromErrno(errno, "accept", "ranks");
    pollfd polled = {listener.fd(), POLLIN, 0};
    RETURN_IF_ERROR(WaitForAny(std::span(&polled, 1), limits));
  }
}

Result<Descriptor> ConnectTo(const HostPort& numeric, const WaitLimits& limits) {
  ASSIGN_OR_RETURN(const Address address, ParseAddress(numeric.host, numeric.port));
  Descriptor socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.fd() < 0) return Status::FromErrno(errno, "socket", numeric.ToString());
  const auto* name = reinterpret_cast<const sockaddr*>(&address.storage);
  if (::connect(socket.fd(), name, address.length) != 0) {
    if (errno != EINPROGRESS) return Status::FromErrno(errno, "connect", numeric.ToString());
    pollfd polled = {socket.fd(), POLLOUT, 0};
    RETURN_IF_ERROR(WaitForAny(std::span(&polled, 1), limits));
    int error = 0;
    socklen_t length = sizeof error;
    if (::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &length) != 0) error = errno;
    if (error != 0) return Status::FromErrno(error, "connect", numeric.ToString());
  }
  RETURN_IF_ERROR(SetNoDelay(socket.fd()));
  return socket;
}

Status SendAll(const Descriptor& socket, ByteView bytes, const WaitLimits& limits) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes = bytes.subspan(static_cast<size_t>(sent));
      continue;
    }
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return Gone(errno);
    pollfd polled = {socket.fd(), POLLOUT, 0};
    RETURN_IF_ERROR(WaitForAny(std::span(&polled, 1), limits));
  }
  return Status::Ok();
}

Status ReceiveAll(const Descriptor& socket, MutableByteView bytes, const WaitLimits& limits) {
  while (!bytes.empty()) {
    const ssize_t received = ::recv(socket.fd(), bytes.data(), bytes.size(), 0);
    if (received > 0) {
      bytes = bytes.subspan(static_cast<size_t>(received));
      continue;
    }
    if (received == 0) return Gone(ECONNRESET);
    if (errno != EAGAIN && errno != EINTR) return Gone(errno);
    pollfd polled = {socket.fd(), POLLIN, 0};
    RETURN_IF_ERROR(WaitForAny(std::span(&polled, 1), limits));
  }
  return Status::Ok();
}

}  // namespace tusk::ml
