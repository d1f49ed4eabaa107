// Clock and Random of the operating system.
#include <sys/random.h>

#include <cerrno>
#include <chrono>
#include <random>

#include "base/core/check.h"
#include "base/env/real_env.h"

namespace tusk {
namespace {

class SystemClock : public Clock {
 public:
  TimePoint Now() const override {
    return TimePoint(std::chrono::steady_clock::now().time_since_epoch());
  }
  int64_t WallMillis() const override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch()).count();
  }
};

class SystemRandom : public Random {
 public:
  uint64_t Next64() override {
    thread_local std::mt19937_64 engine{std::random_device{}()};
    return engine();
  }
  void FillSecure(MutableByteView out) override {
    while (!out.empty()) {
      ssize_t count = ::getrandom(out.data(), out.size(), 0);
      if (count < 0 && errno == EINTR) continue;
      TUSK_CHECK(count > 0) << "getrandom failed, errno " << errno;
      out = out.subspan(static_cast<size_t>(count));
    }
  }
};

}  // namespace

std::unique_ptr<Clock> MakeSystemClock() { return std::make_unique<SystemClock>(); }
std::unique_ptr<Random> MakeSystemRandom() { return std::make_unique<SystemRandom>(); }

}  // namespace tusk
