// Samples a daemon's History each five seconds, and the series that every process has.
#pragma once

#include <stop_token>

#include "base/async/task.h"
#include "base/env/env.h"
#include "base/metrics/history.h"

namespace tusk {

// Until `stop`; for a daemon's TaskScope. `history` outlives it.
Task<void> SampleHistory(Env env, History& history, std::stop_token stop);

// processCpu (cores in use) and residentBytes.
void AddProcessSeries(History& history);

}  // namespace tusk
