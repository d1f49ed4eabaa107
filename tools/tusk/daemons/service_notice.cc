// See the header. No library of systemd's: the protocol is one datagram.
#include "tools/tusk/daemons/service_notice.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstring>

#include "base/async/event_loop.h"
#include "base/cli/cli_context.h"

namespace tusk::tools {

ServiceNotice::ServiceNotice() : socket_(EnvironmentVariable("NOTIFY_SOCKET").value_or("")) {
  const auto pid = EnvironmentVariable("WATCHDOG_PID");
  if (pid && *pid != std::to_string(::getpid())) return;
  const std::string period = EnvironmentVariable("WATCHDOG_USEC").value_or("");
  int64_t micros = 0;
  if (std::from_chars(period.data(), period.data() + period.size(), micros).ec == std::errc() && micros > 0) {
    watchdog_ = std::chrono::microseconds(micros);
  }
}

void ServiceNotice::Send(std::string_view message) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.empty() || socket_.size() >= sizeof(address.sun_path)) return;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_[0] == '@') address.sun_path[0] = '\0';  // the abstract namespace
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  // A manager that does not listen is no reason to fail.
  [[maybe_unused]] ssize_t sent = ::sendto(fd, message.data(), message.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address),
                                           static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size()));
  ::close(fd);
}

Task<void> ServiceNotice::KeepWatch(const ServiceNotice& notice, EventLoop& loop, std::stop_token ended) {
  if (notice.socket_.empty() || notice.watchdog_ <= Duration{}) co_return;
  while (!ended.stop_requested()) {
    notice.Send("WATCHDOG=1");
    if (!(co_await SleepFor(loop, notice.watchdog_ / 2, ended)).ok()) co_return;
  }
}

}  // namespace tusk::tools
