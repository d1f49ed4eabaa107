// TCP over Asio. System calls are tried first on the non-blocking socket; Asio is asked only to wait for readiness,
// so that a ready socket costs no trip through the loop and sendfile needs no special path.
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <csignal>

#include "base/async/asio_descriptors_internal.h"
#include "base/async/asio_impl_internal.h"
#include "base/async/asio_loop.h"
#include "base/env/bulk_io.h"
#include "base/env/local_sockets.h"

namespace tusk {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// How much a stream moves before it lets others of its loop run.
constexpr size_t kBytesPerTurn = 1 << 20;

HostPort ToHostPort(const tcp::endpoint& endpoint) {
  return {endpoint.address().to_string(), endpoint.port()};
}

// Waits until `socket` is ready for `type`, or the deadline, or a close.
template <typename Socket>
struct ReadyAwaiter {
  AsioLoop& loop;
  Socket& socket;
  typename Socket::wait_type type;
  TimePoint deadline;
  asio::cancellation_signal cancel{};
  std::unique_ptr<Timer> timer{};
  bool timed_out = false;
  Status outcome{};

  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> awaiting) {
    if (deadline != kNever) {
      timer = loop.RunAt(deadline, [this] {
        timed_out = true;
        cancel.emit(asio::cancellation_type::terminal);
      });
    }
    socket.async_wait(type, asio::bind_cancellation_slot(cancel.slot(), [this, awaiting](boost::system::error_code error) {
                        timer.reset();
                        if (timed_out) {
                          outcome = Status(Code::kTimedOut, "timed out waiting for the network");
                        } else if (error) {
                          outcome = Status(Code::kCancelled, "connection closed here");
                        }
                        awaiting.resume();
                      }));
  }
  Status await_resume() { return std::move(outcome); }
};

class AsioStream : public Stream, public BulkReads, public FilePassing {
 public:
  // Of a unix socket at `path`; readiness and descriptors are all that is asked of the "tcp" socket around it.
  AsioStream(AsioLoop& loop, int unix_socket, const std::string& path)
      : loop_(loop), socket_(loop.impl().io), local_{path, 0}, remote_{path, 0} {
    socket_.assign(tcp::v4(), unix_socket);
  }
  AsioStream(AsioLoop& loop, tcp::socket socket) : loop_(loop), socket_(std::move(socket)) {
    boost::system::error_code ignored;  // a socket that the peer has reset already: the first read says so
    socket_.non_blocking(true, ignored);
    socket_.set_option(tcp::no_delay(true), ignored);
    local_ = ToHostPort(socket_.local_endpoint(ignored));
    remote_ = ToHostPort(socket_.remote_endpoint(ignored));
  }

  Task<Result<size_t>> ReadSome(MutableByteView out, TimePoint deadline) override {
    TUSK_DCHECK(!out.empty());
    for (;;) {
      if (!socket_.is_open()) co_return Closed();
      ssize_t count = ::recv(socket_.native_handle(), out.data(), out.size(), 0);
      if (count >= 0) {
        if (TurnIsOver(static_cast<size_t>(count))) co_await Yield(loop_);
        co_return static_cast<size_t>(count);
      }
      if (errno == EINTR) continue;
      if (errno != EAGAIN) co_return Status::FromErrno(errno, "read from", remote_.ToString());
      CO_RETURN_IF_ERROR(co_await WaitFor(tcp::socket::wait_read, deadline));
    }
  }

  // By the low-water mark, which also lets the receive window grow to that.
  Task<void> AwaitBytes(size_t bytes, Duration patience) override {
    if (!socket_.is_open() || !SetReadLowWater(bytes)) co_return;
    (void)co_await WaitFor(tcp::socket::wait_read, loop_.In(patience));
    if (socket_.is_open()) SetReadLowWater(1);
  }

  Task<Status> WriteParts(std::vector<ByteView> parts, TimePoint deadline) override {
    size_t first = 0;
    while (first < parts.size() && parts[first].empty()) ++first;
    while (first < parts.size()) {
      if (!socket_.is_open()) co_return Closed();
      std::array<iovec, 16> vectors;
      size_t count = std::min(parts.size() - first, vectors.size());
      for (size_t i = 0; i < count; ++i) {
        vectors[i] = {const_cast<uint8_t*>(parts[first + i].data()), parts[first + i].size()};
      }
      msghdr message{};
      message.msg_iov = vectors.data();
      message.msg_iovlen = count;
      ssize_t sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
      if (sent < 0) {
        if (errno == EINTR) continue;
        if (errno != EAGAIN) co_return Status::FromErrno(errno, "write to", remote_.ToString());
        CO_RETURN_IF_ERROR(co_await WaitFor(tcp::socket::wait_write, deadline));
        continue;
      }
      Advance(parts, first, static_cast<size_t>(sent));
      if (TurnIsOver(static_cast<size_t>(sent))) co_await Yield(loop_);
    }
    co_return Status::Ok();
  }

  Task<Status> SendFile(File& file, uint64_t offset, uint64_t length, TimePoint deadline) override {
    TUSK_CHECK(file.fd() >= 0) << "a real stream sends real files only";
    auto position = static_cast<off_t>(offset);
    while (length > 0) {
      if (!socket_.is_open()) co_return Closed();
      ssize_t sent = ::sendfile(socket_.native_handle(), file.fd(), &position, std::min<uint64_t>(length, kBytesPerTurn));
      if (sent < 0) {
        if (errno == EINTR) continue;
        if (errno != EAGAIN) co_return Status::FromErrno(errno, "sendfile to", remote_.ToString());
        CO_RETURN_IF_ERROR(co_await WaitFor(tcp::socket::wait_write, deadline));
        continue;
      }
      if (sent == 0) co_return Status(Code::kEndOfFile, "the file ended before the range to send");
      length -= static_cast<uint64_t>(sent);
      if (TurnIsOver(static_cast<size_t>(sent))) co_await Yield(loop_);
    }
    co_return Status::Ok();
  }

  Task<Status> SendFiles(uint8_t byte, std::vector<int> descriptors, TimePoint deadline) override {
    for (;;) {
      if (!socket_.is_open()) co_return Closed();
      if (SendDescriptors(socket_.native_handle(), byte, descriptors) == 1) co_return Status::Ok();
      if (errno == EINTR) continue;
      if (errno != EAGAIN) co_return Status::FromErrno(errno, "pass files to", remote_.ToString());
      CO_RETURN_IF_ERROR(co_await WaitFor(tcp::socket::wait_write, deadline));
    }
  }

  Task<Result<Received>> ReceiveFiles(size_t count_max, TimePoint deadline) override {
    for (;;) {
      if (!socket_.is_open()) co_return Closed();
      Received received;
      std::vector<int> descriptors;
      ssize_t count = ReceiveDescriptors(socket_.native_handle(), &received.byte, count_max, &descriptors);
      if (count >= 0) {
        for (int fd : descriptors) received.files.push_back(AdoptFile(fd, "a file passed by " + remote_.ToString()));
        if (count == 0) co_return Status(Code::kEndOfFile, "connection closed before files were passed");
        co_return received;
      }
      if (errno == EINTR) continue;
      if (errno != EAGAIN) co_return Status::FromErrno(errno, "take files from", remote_.ToString());
      CO_RETURN_IF_ERROR(co_await WaitFor(tcp::socket::wait_read, deadline));
    }
  }

  void ShutdownWrite() override {
    boost::system::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
  }
  void Close() override {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }
  HostPort local() const override { return local_; }
  HostPort remote() const override { return remote_; }

 private:
  static Status Closed() { return Status(Code::kCancelled, "connection closed here"); }

  Task<Status> WaitFor(tcp::socket::wait_type type, TimePoint deadline) {
    ReadyAwaiter<tcp::socket> ready{.loop = loop_, .socket = socket_, .type = type, .deadline = deadline};
    Status outcome = co_await ready;
    if (outcome.code() == Code::kTimedOut) co_return outcome.WithContext(remote_.ToString());
    co_return outcome;
  }
  bool SetReadLowWater(size_t bytes) {
    int count = static_cast<int>(bytes);
    return ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVLOWAT, &count, sizeof(count)) == 0;
  }
  static void Advance(std::vector<ByteView>& parts, size_t& first, size_t sent) {
    while (first < parts.size() && sent >= parts[first].size()) sent -= parts[first++].size();
    if (first < parts.size()) parts[first] = parts[first].subspan(sent);
  }
  bool TurnIsOver(size_t bytes) {
    moved_in_turn_ += bytes;
    if (moved_in_turn_ < kBytesPerTurn) return false;
    moved_in_turn_ = 0;
    return true;
  }

  AsioLoop& loop_;
  tcp::socket socket_;
  HostPort local_;
  HostPort remote_;
  size_t moved_in_turn_ = 0;
};

class AsioListener : public Listener {
 public:
  AsioListener(AsioLoop& loop, tcp::acceptor acceptor) : loop_(loop), acceptor_(std::move(acceptor)) {
    boost::system::error_code ignored;
    local_ = ToHostPort(acceptor_.local_endpoint(ignored));
  }

  Task<Result<std::unique_ptr<Stream>>> Accept() override {
    for (;;) {
      if (!acceptor_.is_open()) co_return Status(Code::kCancelled, "listener closed");
      boost::system::error_code error;
      tcp::socket socket(loop_.impl().io);
      acceptor_.accept(socket, error);
      if (!error) co_return std::unique_ptr<Stream>(std::make_unique<AsioStream>(loop_, std::move(socket)));
      if (error == asio::error::would_block || error == asio::error::try_again) {
        ReadyAwaiter<tcp::acceptor> ready{.loop = loop_, .socket = acceptor_, .type = tcp::acceptor::wait_read, .deadline = kNever};
        CO_RETURN_IF_ERROR(co_await ready);
        continue;
      }
      if (error == asio::error::connection_aborted || error == asio::error::interrupted) continue;
      if (!acceptor_.is_open()) continue;
      // Out of descriptors: the listener must outlive it. The caller logs and calls again after a pause.
      co_return Status::FromErrno(error.value(), "accept on", local_.ToString());
    }
  }
  void Close() override {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
  }
  HostPort local() const override { return local_; }

 private:
  AsioLoop& loop_;
  tcp::acceptor acceptor_;
  HostPort local_;
};

class LocalListener : public Listener {
 public:
  LocalListener(AsioLoop& loop, int socket, std::string path) : loop_(loop), socket_(loop.impl().io, socket), path_(std::move(path)) {}
  ~LocalListener() override { LocalListener::Close(); }

  Task<Result<std::unique_ptr<Stream>>> Accept() override {
    for (;;) {
      if (!socket_.is_open()) co_return Status(Code::kCancelled, "listener closed");
      int fd = ::accept4(socket_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd >= 0) co_return std::unique_ptr<Stream>(std::make_unique<AsioStream>(loop_, fd, path_));
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno != EAGAIN) co_return Status::FromErrno(errno, "accept on", path_);
      ReadyAwaiter<asio::posix::stream_descriptor> ready{
          .loop = loop_, .socket = socket_, .type = asio::posix::stream_descriptor::wait_read, .deadline = kNever};
      CO_RETURN_IF_ERROR(co_await ready);
    }
  }
  void Close() override {
    if (!socket_.is_open()) return;
    ::unlink(path_.c_str());
    boost::system::error_code ignored;
    socket_.close(ignored);
  }
  HostPort local() const override { return {path_, 0}; }

 private:
  AsioLoop& loop_;
  asio::posix::stream_descriptor socket_;
  std::string path_;
};

// Numeric addresses of `host`, in the resolver's order. Blocks.
Result<std::vector<asio::ip::address>> Resolve(const std::string& host) {
  boost::system::error_code error;
  auto numeric = asio::ip::make_address(host, error);
  if (!error) return std::vector{numeric};
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  int failed = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (failed != 0) return Status(Code::kUnknownHost, host + ": " + gai_strerror(failed));
  std::vector<asio::ip::address> addresses;
  for (addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family == AF_INET) {
      auto* v4 = reinterpret_cast<sockaddr_in*>(entry->ai_addr);
      addresses.emplace_back(asio::ip::address_v4(ntohl(v4->sin_addr.s_addr)));
    } else if (entry->ai_family == AF_INET6) {
      asio::ip::address_v6::bytes_type bytes;
      auto* v6 = reinterpret_cast<sockaddr_in6*>(entry->ai_addr);
      std::copy_n(v6->sin6_addr.s6_addr, bytes.size(), bytes.begin());
      addresses.emplace_back(asio::ip::address_v6(bytes));
    }
  }
  ::freeaddrinfo(found);
  // IPv4 first, as Java with the options that Hadoop sets.
  std::vector<asio::ip::address> ordered;
  std::copy_if(addresses.begin(), addresses.end(), std::back_inserter(ordered), [](const auto& a) { return a.is_v4(); });
  std::copy_if(addresses.begin(), addresses.end(), std::back_inserter(ordered), [](const auto& a) { return !a.is_v4(); });
  return ordered;
}

class AsioNetwork : public Network, public LocalSockets {
 public:
  AsioNetwork(AsioLoop& loop, BlockingPool& resolver_pool) : loop_(loop), resolver_pool_(resolver_pool) {}

  Task<Result<std::unique_ptr<Stream>>> Connect(HostPort to, TimePoint deadline) override {
    boost::system::error_code error;
    auto numeric = asio::ip::make_address(to.host, error);
    std::vector<asio::ip::address> addresses{numeric};
    if (error) {
      CO_ASSIGN_OR_RETURN(addresses, co_await resolver_pool_.Run([&] { return Resolve(to.host); }));
    }
    Status last(Code::kUnknownHost, to.host + " has no address");
    for (const auto& address : addresses) {
      auto stream = co_await ConnectTo(tcp::endpoint(address, to.port), deadline);
      if (stream.ok()) co_return stream;
      last = stream.status();
    }
    co_return last;
  }

  Result<std::unique_ptr<Listener>> Listen(const HostPort& at) override {
    ASSIGN_OR_RETURN(auto addresses, Resolve(at.host));
    tcp::endpoint endpoint(addresses.front(), at.port);
    boost::system::error_code error;
    tcp::acceptor acceptor(loop_.impl().io);
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(1024, error);
    if (!error) acceptor.non_blocking(true, error);
    if (error) return Status::FromErrno(error.value(), "listen on", at.ToString());
    return std::unique_ptr<Listener>(std::make_unique<AsioListener>(loop_, std::move(acceptor)));
  }

  std::string LocalHostName() const override {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
    addrinfo hints{};
    hints.ai_flags = AI_CANONNAME;
    addrinfo* found = nullptr;
    std::string canonical = name.data();
    if (::getaddrinfo(name.data(), nullptr, &hints, &found) == 0) {
      if (found->ai_canonname != nullptr) canonical = found->ai_canonname;
      ::freeaddrinfo(found);
    }
    return canonical;
  }

  Task<Result<std::unique_ptr<Stream>>> ConnectLocal(std::string path, TimePoint /*deadline*/) override {
    int fd = ConnectToPath(path.c_str());
    if (fd < 0) co_return Status::FromErrno(errno, "connect to", path);
    co_return std::unique_ptr<Stream>(std::make_unique<AsioStream>(loop_, fd, path));
  }

  Result<std::unique_ptr<Listener>> ListenLocal(const std::string& path) override {
    int fd = ListenAtPath(path.c_str());
    if (fd < 0) return Status::FromErrno(errno, "listen on", path);
    return std::unique_ptr<Listener>(std::make_unique<LocalListener>(loop_, fd, path));
  }

  bool IsOwnAddress(const std::string& address) const override {
    boost::system::error_code error;
    auto wanted = asio::ip::make_address(address, error);
    if (error) return false;
    if (wanted.is_loopback()) return true;
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) return false;
    bool found = false;
    for (const ifaddrs* entry = first; entry != nullptr && !found; entry = entry->ifa_next) {
      if (entry->ifa_addr == nullptr) continue;
      tcp::endpoint own;
      const size_t size = entry->ifa_addr->sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
      if (entry->ifa_addr->sa_family != AF_INET && entry->ifa_addr->sa_family != AF_INET6) continue;
      std::memcpy(own.data(), entry->ifa_addr, size);
      found = own.address() == wanted;
    }
    ::freeifaddrs(first);
    return found;
  }

  Result<std::string> ResolveBlocking(const std::string& host) const override {
    ASSIGN_OR_RETURN(auto addresses, Resolve(host));
    return addresses.front().to_string();
  }

 private:
  Task<Result<std::unique_ptr<Stream>>> ConnectTo(tcp::endpoint endpoint, TimePoint deadline) {
    std::string name = ToHostPort(endpoint).ToString();
    boost::system::error_code error;
    tcp::socket socket(loop_.impl().io);
    socket.open(endpoint.protocol(), error);
    if (!error) socket.non_blocking(true, error);
    if (error) co_return Status::FromErrno(error.value(), "open a socket to", name);
    if (::connect(socket.native_handle(), endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0) {
      if (errno != EINPROGRESS) co_return Status::FromErrno(errno, "connect to", name);
      ReadyAwaiter<tcp::socket> ready{.loop = loop_, .socket = socket, .type = tcp::socket::wait_write, .deadline = deadline};
      Status waited = co_await ready;
      if (!waited.ok()) co_return waited.WithContext("connect to " + name);
      int outcome = 0;
      socklen_t size = sizeof(outcome);
      ::getsockopt(socket.native_handle(), SOL_SOCKET, SO_ERROR, &outcome, &size);
      if (outcome != 0) co_return Status::FromErrno(outcome, "connect to", name);
    }
    co_return std::unique_ptr<Stream>(std::make_unique<AsioStream>(loop_, std::move(socket)));
  }

  AsioLoop& loop_;
  BlockingPool& resolver_pool_;
};

}  // namespace

std::unique_ptr<Network> MakeAsioNetwork(AsioLoop& loop, BlockingPool& resolver_pool) {
  // sendfile has no MSG_NOSIGNAL: a peer that closes must give EPIPE, not end the process. Children get the default back.
  ::signal(SIGPIPE, SIG_IGN);
  return std::make_unique<AsioNetwork>(loop, resolver_pool);
}

}  // namespace tusk
