// The operating system's clock, randomness and disk. Only `main`s and tests name these.
#pragma once

#include <memory>

#include "base/env/clock.h"
#include "base/env/disk.h"
#include "base/env/random.h"

namespace tusk {

std::unique_ptr<Clock> MakeSystemClock();
std::unique_ptr<Random> MakeSystemRandom();
std::unique_ptr<Disk> MakePosixDisk();

}  // namespace tusk
