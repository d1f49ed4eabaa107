// mlkit-collectives-bench [RANKS]: all-reduce by size, and empty supersteps, between threads that speak TCP or shared memory.
// Prints medians. Latencies of short calls count the other ranks' wake-ups: they need as many cores as ranks to be small.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "base/env/real_env.h"
#include "mlkit/collectives/link_communicator.h"
#include "mlkit/job/transport/mesh_link.h"

namespace tusk::ml {
namespace {

double Seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

struct Bench {
  int ranks;
  uint64_t machine;   // 0: TCP
  std::unique_ptr<Clock> clock = MakeSystemClock();
  std::unique_ptr<::tusk::Random> random = MakeSystemRandom();
  std::vector<Descriptor> listeners = {};
  std::vector<HostPort> addresses = {};
  AbortSignal abort = {};

  double Median(Communicator& comm, size_t floats, int repeats) const {
    std::vector<float> values(floats, 1.0F);
    std::vector<double> times;
    for (int i = 0; i < repeats; ++i) {
      if (!comm.Barrier().ok()) std::abort();
      const TimePoint begin = clock->Now();
      const Status done = floats > 0 ? comm.AllReduceSum(std::span(values)) : comm.Barrier();
      if (!done.ok()) std::abort();
      times.push_back(Seconds(clock->Now() - begin));
    }
    std::nth_element(times.begin(), times.begin() + repeats / 2, times.end());
    return times[static_cast<size_t>(repeats / 2)];
  }

  void Rank(int rank) {
    MeshSetup setup;
    setup.epoch = 1;
    setup.rank = rank;
    setup.ranks = addresses;
    setup.secret = "bench";
    setup.machine = machine;
    setup.spins = std::thread::hardware_concurrency() > static_cast<unsigned>(2 * ranks) ? 2000 : 0;
    auto link = MeshLink::Connect(setup, listeners[static_cast<size_t>(rank)], *clock, *random, abort);
    if (!link.ok()) std::abort();
    LinkCommunicator comm(*link.value());
    for (const size_t bytes : {size_t{0}, size_t{1} << 10, size_t{64} << 10, size_t{1} << 20, size_t{16} << 20, size_t{64} << 20}) {
      const double seconds = Median(comm, bytes / sizeof(float), bytes <= (1 << 20) ? 501 : 11);
      if (rank != 0) continue;
      std::printf("%-13s %d ranks  %9zu bytes  %10.1f us  %7.2f GB/s\n", machine == 0 ? "TCP" : "shared memory", ranks, bytes, seconds * 1e6,
                  static_cast<double>(bytes) / seconds * 1e-9);
    }
  }

  void Run() {
    for (int rank = 0; rank < ranks; ++rank) {
      Result<Descriptor> listener = ListenOn("127.0.0.1", 0);
      if (!listener.ok()) std::abort();
      listeners.push_back(std::move(listener).value());
      addresses.push_back({"127.0.0.1", PortOf(listeners.back()).value()});
    }
    std::vector<std::jthread> threads;
    for (int rank = 0; rank < ranks; ++rank) threads.emplace_back([this, rank] { Rank(rank); });
  }
};

}  // namespace
}  // namespace tusk::ml

int main(int argc, char** argv) {
  const int ranks = argc > 1 ? std::atoi(argv[1]) : 2;
  for (const uint64_t machine : {uint64_t{0}, uint64_t{1}}) {
    tusk::ml::Bench bench{ranks, machine};
    bench.Run();
  }
  return 0;
}
