// A bucket that is filled as time goes by; a move takes when there is something in it, and may leave a debt.
#include "dfs/datanode/xfer/balance_throttle.h"

#include <algorithm>

namespace tusk::dfs::datanode {
namespace {

constexpr Duration kBurst = std::chrono::milliseconds(500);    // what an idle time may save up
constexpr Duration kWaitMin = std::chrono::milliseconds(1);
constexpr Duration kWaitMax = std::chrono::milliseconds(200);  // a new rate and the end are noticed after so long

double Seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

void BalanceThrottle::set_bytes_per_second(uint64_t bytes_per_second) {
  if (bytes_per_second == 0) return;
  Refill();
  // A debt made at another rate is paid in the same time at most.
  if (bytes_left_ < 0 && bytes_per_second < bytes_per_second_) {
    bytes_left_ *= static_cast<double>(bytes_per_second) / static_cast<double>(bytes_per_second_);
  }
  bytes_per_second_ = bytes_per_second;
}

void BalanceThrottle::Refill() {
  const TimePoint now = loop_.Now();
  const auto rate = static_cast<double>(bytes_per_second_);
  bytes_left_ = std::min(bytes_left_ + Seconds(now - refilled_) * rate, Seconds(kBurst) * rate);
  refilled_ = now;
}

Task<Status> BalanceThrottle::Take(uint64_t bytes) {
  for (;;) {
    if (stopped_) co_return Status(Code::kCancelled, "the datanode stops");
    Refill();
    if (bytes_left_ > 0) break;
    auto wait = std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(-bytes_left_ / static_cast<double>(bytes_per_second_)));
    CO_RETURN_IF_ERROR(co_await SleepFor(loop_, std::clamp(wait, kWaitMin, kWaitMax)));
  }
  bytes_left_ -= static_cast<double>(bytes);
  co_return Status::Ok();
}

}  // namespace tusk::dfs::datanode
