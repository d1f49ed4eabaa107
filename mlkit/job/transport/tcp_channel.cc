// A channel over TCP. Short messages cost one system call at each end: header and body leave together and are read together.
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "mlkit/collectives/link.h"
#include "mlkit/job/transport/channel.h"

namespace tusk::ml {
namespace {

constexpr size_t kBufferBytes = 1 << 20;  // made for the first message: most pairs of ranks never talk; fewer wakeups than 256 KB
constexpr size_t kAheadBytes = 4096;  // read beyond what was asked for, so that the next short message needs no call

Status Gone(const char* why) { return Status(Code::kCancelled, std::string("the connection to another rank ended: ") + why); }

class TcpChannel final : public Channel {
 public:
  explicit TcpChannel(Descriptor socket) : socket_(std::move(socket)) {}

  Result<size_t> TryWrite(ByteView first, ByteView second) override {
    iovec parts[2] = {{const_cast<uint8_t*>(first.data()), first.size()}, {const_cast<uint8_t*>(second.data()), second.size()}};
    msghdr message = {};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    const ssize_t sent = ::sendmsg(socket_.fd(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return static_cast<size_t>(sent);
    if (errno == EAGAIN || errno == EINTR) return size_t{0};
    return Gone(std::strerror(errno));
  }

  Result<size_t> TryRead(MutableByteView out) override {
    if (begin_ == end_ && out.size() >= kAheadBytes) return Receive(out);
    if (begin_ == end_) RETURN_IF_ERROR(Fill(kAheadBytes));
    const size_t count = std::min(out.size(), end_ - begin_);
    if (count > 0) std::memcpy(out.data(), buffer_.data() + begin_, count);
    begin_ += count;
    return count;
  }

  Result<size_t> TryConsume(size_t most, const std::function<void(ByteView piece)>& take) override {
    if (end_ - begin_ < std::min(most, kPieceUnit)) RETURN_IF_ERROR(Fill(std::min(kBufferBytes, std::max(most, kAheadBytes))));
    const size_t there = std::min(most, end_ - begin_);
    const size_t count = there == most ? there : there / kPieceUnit * kPieceUnit;
    if (count > 0) take(ByteView(buffer_).subspan(begin_, count));
    begin_ += count;
    return count;
  }

  Result<std::optional<pollfd>> PrepareWait(bool for_reading, bool for_writing) override {
    const int events = (for_reading ? POLLIN : 0) | (for_writing ? POLLOUT : 0);
    return std::optional<pollfd>(pollfd{socket_.fd(), static_cast<short>(events), 0});
  }
  Status Woken(short) override { return Status::Ok(); }

 private:
  Result<size_t> Receive(MutableByteView out) {
    const ssize_t received = ::recv(socket_.fd(), out.data(), out.size(), MSG_DONTWAIT);
    if (received > 0) return static_cast<size_t>(received);
    if (received == 0) return Gone("closed");
    if (errno == EAGAIN || errno == EINTR) return size_t{0};
    return Gone(std::strerror(errno));
  }
  // Up to `count` more bytes into the buffer.
  Status Fill(size_t count) {
    if (buffer_.empty()) buffer_.resize(kBufferBytes);
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    ASSIGN_OR_RETURN(const size_t received, Receive(MutableByteView(buffer_).subspan(end_, std::min(count, kBufferBytes - end_))));
    end_ += received;
    return Status::Ok();
  }

  Descriptor socket_;
  std::vector<uint8_t> buffer_;
  size_t begin_ = 0, end_ = 0;  // of what has come and was not taken
};

}  // namespace

std::unique_ptr<Channel> MakeTcpChannel(Descriptor socket) { return std::make_unique<TcpChannel>(std::move(socket)); }

}  // namespace tusk::ml
