// RealWorld: the operating system's Env for a test that needs real sockets or files, with a scratch folder that is
// removed at the end. Run coroutines with Run(task).
#pragma once

#include <memory>
#include <string>

#include "base/async/asio_loop.h"
#include "base/env/env.h"
#include "base/env/real_env.h"

namespace tusk {

class RealWorld {
 public:
  RealWorld();
  ~RealWorld();
  Env env();
  AsioLoop& loop() { return *loop_; }
  Clock& clock() { return *clock_; }
  Disk& disk() { return *disk_; }
  Network& network() { return *network_; }
  // A fresh folder, removed with the world.
  const std::string& folder() const { return folder_; }
  template <typename T>
  T Run(Task<T> task) {
    return loop_->RunUntilDone(std::move(task));
  }

 private:
  std::unique_ptr<Clock> clock_;
  std::unique_ptr<Random> random_;
  std::unique_ptr<Disk> disk_;
  std::unique_ptr<AsioLoop> loop_;
  std::unique_ptr<BlockingPool> pool_;
  std::unique_ptr<Network> network_;
  std::string folder_;
};

}  // namespace tusk
