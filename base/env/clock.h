// Time, as everything but base/env sees it.
#pragma once

#include "base/core/time.h"

namespace tusk {

class Clock {
 public:
  virtual ~Clock() = default;
  // For deadlines and intervals; never goes back.
  virtual TimePoint Now() const = 0;
  // Milliseconds since 1970; may jump either way.
  virtual int64_t WallMillis() const = 0;
};

}  // namespace tusk
