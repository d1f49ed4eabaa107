// BalanceThrottle: what a datanode spends on balancing: so many bytes per second for all moves together, and so many moves
// at once. The loop's thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/async/event_loop.h"
#include "base/async/task.h"
#include "base/core/result.h"

namespace tusk::dfs::datanode {

class BalanceThrottle {
 public:
  BalanceThrottle(EventLoop& loop, uint64_t bytes_per_second, size_t moves_max)
      : loop_(loop), bytes_per_second_(bytes_per_second), moves_max_(moves_max), refilled_(loop.Now()) {}
  BalanceThrottle(const BalanceThrottle&) = delete;

  uint64_t bytes_per_second() const { return bytes_per_second_; }
  // From now on, for moves in progress too. 0: as before.
  void set_bytes_per_second(uint64_t bytes_per_second);
  // Waits until `bytes` may go. kCancelled after Stop.
  Task<Status> Take(uint64_t bytes);
  // Nobody waits any more.
  void Stop() { stopped_ = true; }

  // One move while it lives.
  class [[nodiscard]] Move {
   public:
    explicit Move(BalanceThrottle& throttle) : throttle_(throttle), granted_(throttle.moves_ < throttle.moves_max_) {
      if (granted_) ++throttle_.moves_;
    }
    Move(const Move&) = delete;
    ~Move() {
      if (granted_) --throttle_.moves_;
    }
    bool granted() const { return granted_; }

   private:
    BalanceThrottle& throttle_;
    bool granted_;
  };

 private:
  void Refill();

  EventLoop& loop_;
  uint64_t bytes_per_second_;
  size_t moves_max_;
  size_t moves_ = 0;
  bool stopped_ = false;
  double bytes_left_ = 0;  // negative: spent ahead
  TimePoint refilled_;
};

}  // namespace tusk::dfs::datanode
