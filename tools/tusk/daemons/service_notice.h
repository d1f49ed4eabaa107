// ServiceNotice: what a daemon tells the service manager that started it (systemd, Type=notify): that it is ready, that
// it stops, and that it still lives. A datagram to $NOTIFY_SOCKET; without one it says nothing.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "base/async/task.h"
#include "base/env/env.h"

namespace tusk::tools {

class ServiceNotice {
 public:
  // Of the environment: NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID.
  ServiceNotice();
  ServiceNotice(std::string socket, Duration watchdog) : socket_(std::move(socket)), watchdog_(watchdog) {}

  void Send(std::string_view message) const;  // "READY=1"
  // Sends WATCHDOG=1 twice per period for ever; returns at once where nobody waits for it. Each message comes from the
  // loop, so a daemon whose loop hangs is started again.
  static Task<void> KeepWatch(const ServiceNotice& notice, EventLoop& loop, std::stop_token ended);

 private:
  std::string socket_;
  Duration watchdog_{};
};

}  // namespace tusk::tools
