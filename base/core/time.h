// The two clocks' types. Monotonic TimePoints are for deadlines and intervals; wall time is for what a user sees or a
// file keeps, and is int64 milliseconds since 1970 as everywhere in Hadoop (suffix _wall_ms).
#pragma once

#include <chrono>
#include <cstdint>

namespace tusk {

using namespace std::chrono_literals;  // NOLINT: 5s, 100ms read better everywhere

using Duration = std::chrono::nanoseconds;

// Names the monotonic clock in TimePoint's type; its now() lives in base/env (Clock), never here.
struct MonotonicClockTag {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<MonotonicClockTag, Duration>;
  static constexpr bool is_steady = true;
};
using TimePoint = MonotonicClockTag::time_point;

// A deadline that never passes.
inline constexpr TimePoint kNever = TimePoint::max();

inline constexpr int64_t ToMillis(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}
inline constexpr Duration Millis(int64_t count) { return std::chrono::milliseconds(count); }

}  // namespace tusk
