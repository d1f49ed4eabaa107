// RunDaemon: the life of one daemon in the foreground: builds the real Env, starts it, says that it is ready, stops it
// on SIGTERM or SIGINT. Exit code 0 after a signal, 1 if it could not start or lost what it needs.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/async/asio_loop.h"
#include "base/cli/cli_context.h"
#include "base/env/env.h"
#include "base/env/process.h"

namespace tusk::tools {

class Daemon {
 public:
  virtual ~Daemon() = default;
  virtual Task<Status> Start() = 0;
  // Started and known to the master that it serves: what `tusk up` waits for.
  virtual bool ready() const { return true; }
  virtual Task<void> Stop() = 0;
};

// Any class with Start and Stop of these shapes.
template <typename T>
class DaemonOf : public Daemon {
 public:
  explicit DaemonOf(std::unique_ptr<T> daemon) : daemon_(std::move(daemon)) {}
  Task<Status> Start() override { return daemon_->Start(); }
  bool ready() const override {
    if constexpr (requires { daemon_->registered(); }) return daemon_->registered();
    return true;
  }
  Task<void> Stop() override { return daemon_->Stop(); }

 private:
  std::unique_ptr<T> daemon_;
};

struct DaemonParts {
  Env env;
  ProcessLauncher& launcher;
  const CliContext& context;
};
using DaemonFactory = std::function<Result<std::unique_ptr<Daemon>>(DaemonParts parts)>;

int RunDaemon(CliContext& context, const std::string& name, const DaemonFactory& make);

}  // namespace tusk::tools
