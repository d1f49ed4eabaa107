// The five-second loop.
#include "base/server/history_sampler.h"

#include "base/async/event_loop.h"
#include "base/server/process_stats.h"

namespace tusk {

Task<void> SampleHistory(Env env, History& history, std::stop_token stop) {
  while (!stop.stop_requested()) {
    history.Sample(env.clock.WallMillis());
    const Status slept = co_await SleepFor(env.loop, History::kStep, stop);
    if (!slept.ok()) co_return;
  }
}

void AddProcessSeries(History& history) {
  history.AddRate("processCpu", [] { return std::chrono::duration<double>(ReadProcessStats().cpu_time).count(); });
  history.AddGauge("residentBytes", [] { return static_cast<double>(ReadProcessStats().resident_bytes); });
}

}  // namespace tusk
