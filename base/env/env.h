// Env: every way out of the process that a component may take. `main` builds the real one (base/env/real_env.h),
// tests may build a simulated one (base/sim). Nothing else reads a clock, opens a file or a socket.
#pragma once

#include "base/env/clock.h"
#include "base/env/disk.h"
#include "base/env/random.h"

namespace tusk {

class EventLoop;
class Network;
class BlockingPool;

// Plain references, copied freely; whoever built the parts outlives every holder.
struct Env {
  Clock& clock;
  Random& random;
  Disk& disk;
  EventLoop& loop;      // base/async/event_loop.h: the thread on which the component's coroutines run
  Network& network;     // base/env/network.h: its streams belong to `loop`
  BlockingPool& disk_pool;  // base/async/blocking_pool.h: threads for blocking disk calls
};

}  // namespace tusk
