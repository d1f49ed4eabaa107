// gloo_allreduce ring|ring_chunked|halving_doubling RANKS BYTES ROUNDS: Gloo's TCP transport, measured as mlkit_allreduce_bench.
// Built by mlkit_allreduce_bench.py with Debian's libgloo-dev; no part of the project's build.
#include <gloo/allreduce.h>
#include <gloo/allreduce_halving_doubling.h>
#include <gloo/allreduce_ring_chunked.h>
#include <gloo/barrier.h>
#include <gloo/math.h>
#include <gloo/rendezvous/context.h>
#include <gloo/rendezvous/file_store.h>
#include <gloo/transport/tcp/device.h>

#include <filesystem>
#include <memory>
#include <string>

#include "tests/bench/forked_ranks.h"

static forked::Spent RankMain(const std::string& kind, int ranks, size_t count, int rounds, int rank, const std::string& folder) {
  gloo::transport::tcp::attr attributes("127.0.0.1");
  auto device = gloo::transport::tcp::CreateDevice(attributes);
  auto context = std::make_shared<gloo::rendezvous::Context>(rank, ranks);
  gloo::rendezvous::FileStore store(folder);
  context->connectFullMesh(store, device);
  std::vector<float> values(count, 1.0F);
  std::unique_ptr<gloo::Algorithm> algorithm;
  const std::vector<float*> pointers = {values.data()};
  if (kind == "ring_chunked") algorithm = std::make_unique<gloo::AllreduceRingChunked<float>>(context, pointers, static_cast<int>(count));
  if (kind == "halving_doubling") algorithm = std::make_unique<gloo::AllreduceHalvingDoubling<float>>(context, pointers, static_cast<int>(count));
  uint32_t tag = 0;
  const auto once = [&] {
    if (algorithm) return algorithm->run();
    gloo::AllreduceOptions options(context);
    options.setOutput(values.data(), values.size());
    options.setReduceFunction(static_cast<void (*)(void*, const void*, const void*, size_t)>(&gloo::sum<float>));
    options.setTag(++tag);
    gloo::allreduce(options);
  };
  const auto barrier = [&] {
    gloo::BarrierOptions options(context);
    gloo::barrier(options);
  };
  for (int round = 0; round < std::max(1, rounds / 10); ++round) once();
  std::fill(values.begin(), values.end(), 0.0F);
  barrier();
  const forked::Spent begin = forked::Now();
  for (int round = 0; round < rounds; ++round) once();
  const forked::Spent end = forked::Now();
  barrier();
  return {end.wall - begin.wall, end.cpu - begin.cpu};
}

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  char folder[] = "/tmp/gloo-rendezvous-XXXXXX";
  if (mkdtemp(folder) == nullptr) return 1;
  const int ranks = std::atoi(argv[2]), rounds = std::max(1, std::atoi(argv[4]));
  const size_t count = std::max<size_t>(1, static_cast<size_t>(std::atoll(argv[3])) / sizeof(float));
  const int code = forked::RunRanks(ranks, rounds, [&](int rank) { return RankMain(argv[1], ranks, count, rounds, rank, folder); });
  std::filesystem::remove_all(folder);
  return code;
}
