// scheduler_bench: placements per CPU second of the scheduler alone, in the shape of YuniKorn's benchmark: N nodes, two
// applications, 10,000 containers of one size, then the same with ends and new asks on a full cluster.
#include <fmt/format.h>

#include <ctime>
#include <deque>

#include "yarn_like/resourcemanager/scheduler/scheduler.h"

namespace {

using namespace tusk::yarn;  // NOLINT
using tusk::TimePoint;

double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

ApplicationAttemptId App(int32_t id) { return {{1, id}, 1}; }

Ask Want(int64_t count) {
  Ask ask;
  ask.capability = {1024, 1};
  ask.count = count;
  return ask;
}

void Run(int nodes) {
  SchedulerConfig config;
  Scheduler scheduler(config);
  const TimePoint now{};
  const int per_node = 10000 / nodes + 1;
  for (int i = 0; i < nodes; ++i) {
    scheduler.Apply(NodeAdded{{"h" + std::to_string(i), 1}, "/r" + std::to_string(i % 20), {1024 * per_node, per_node}, {}},
                    now);
  }
  for (int app : {1, 2}) scheduler.Apply(AttemptAdded{App(app), 0, {}}, now);
  std::deque<ContainerId> running;
  double start = CpuSeconds();
  for (int app : {1, 2}) {
    for (const Grant& grant : scheduler.Apply(AsksChanged{App(app), {Want(5000)}, {}, {}}, now).grants) {
      running.push_back(grant.container);
    }
  }
  const double fill = CpuSeconds() - start;
  const size_t filled = running.size();

  // Full: each end makes room for one that waits.
  const int64_t left = static_cast<int64_t>(nodes) * per_node - 10000;
  scheduler.Apply(AsksChanged{App(1), {Want(100'000 + left)}, {}, {}}, now);
  constexpr int kTurns = 50'000;
  size_t granted = 0;
  start = CpuSeconds();
  for (int turn = 0; turn < kTurns; ++turn) {
    const ContainerId ended = running.front();
    running.pop_front();
    for (const Grant& grant : scheduler.Apply(ContainerEnded{ended}, now).grants) {
      running.push_back(grant.container);
      ++granted;
    }
  }
  const double churn = CpuSeconds() - start;
  fmt::print("{:5} nodes: {:9.0f} placements/s into an empty cluster, {:9.0f} ends with a new placement/s on a full one\n",
             nodes, static_cast<double>(filled) / fill, static_cast<double>(granted) / churn);
}

}  // namespace

int main() {
  for (const int nodes : {500, 1000, 2000, 5000}) Run(nodes);
  return 0;
}
