// mlkit_allreduce_bench tcp|shm RANKS BYTES ROUNDS: microseconds of wall time, and of all ranks' CPU, for one all-reduce of floats
// between processes of this machine. mlkit_allreduce_bench.py sets it beside Gloo.
#include <cmath>
#include <cstdlib>
#include <string>

#include "base/env/real_env.h"
#include "mlkit/collectives/link_communicator.h"
#include "mlkit/job/transport/mesh_link.h"
#include "tests/bench/forked_ranks.h"

namespace tusk::ml {
namespace {

struct Plan {
  uint64_t machine = 0;
  int ranks = 2, rounds = 1;
  size_t count = 1;
};

[[noreturn]] void Die(const Status& status) {
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  _exit(1);
}

forked::Spent RankMain(const Plan& plan, int rank, const Descriptor& listener, const std::vector<HostPort>& addresses) {
  const std::unique_ptr<Clock> clock = MakeSystemClock();
  const std::unique_ptr<::tusk::Random> random = MakeSystemRandom();
  const AbortSignal abort;
  MeshSetup setup;
  setup.epoch = 1;
  setup.rank = rank;
  setup.ranks = addresses;
  setup.secret = "bench";
  setup.machine = plan.machine;
  Result<std::unique_ptr<MeshLink>> link = MeshLink::Connect(setup, listener, *clock, *random, abort);
  if (!link.ok()) Die(link.status());
  LinkCommunicator comm(*link.value());
  std::vector<float> values(plan.count, 1.0F);
  const auto rounds = [&](int count) {
    for (int round = 0; round < count; ++round) {
      if (Status status = comm.AllReduceSum(std::span(values)); !status.ok()) Die(status);
    }
  };
  rounds(std::max(1, plan.rounds / 10));
  std::fill(values.begin(), values.end(), 0.0F);
  values.back() = 1;
  if (Status status = comm.Barrier(); !status.ok()) Die(status);
  const forked::Spent begin = forked::Now();
  rounds(plan.rounds);
  const forked::Spent end = forked::Now();
  if (Status status = comm.Barrier(); !status.ok()) Die(status);
  if (plan.rounds < 20 && values.back() != std::pow(static_cast<float>(plan.ranks), static_cast<float>(plan.rounds))) Die(Status(Code::kInternal, "wrong sum"));
  return {end.wall - begin.wall, end.cpu - begin.cpu};
}

int Main(const Plan& plan) {
  std::vector<Descriptor> listeners;
  std::vector<HostPort> addresses;
  for (int rank = 0; rank < plan.ranks; ++rank) {
    Result<Descriptor> listener = ListenOn("127.0.0.1", 0);
    if (!listener.ok()) Die(listener.status());
    listeners.push_back(std::move(listener).value());
    addresses.push_back({"127.0.0.1", PortOf(listeners.back()).value()});
  }
  return forked::RunRanks(plan.ranks, plan.rounds, [&](int rank) { return RankMain(plan, rank, listeners[static_cast<size_t>(rank)], addresses); });
}

}  // namespace
}  // namespace tusk::ml

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: %s tcp|shm RANKS BYTES ROUNDS\n", argv[0]);
    return 2;
  }
  tusk::ml::Plan plan;
  plan.machine = std::string(argv[1]) == "shm" ? 7 : 0;
  plan.ranks = std::max(1, std::atoi(argv[2]));
  plan.count = std::max<size_t>(1, static_cast<size_t>(std::atoll(argv[3])) / sizeof(float));
  plan.rounds = std::max(1, std::atoi(argv[4]));
  return tusk::ml::Main(plan);
}
