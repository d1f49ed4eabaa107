// Every communicator gives the right answers on 1, 2, 3, 5 and 8 ranks, with equal bits on all of them.
#include <gtest/gtest.h>

#include <functional>
#include <thread>

#include "mlkit/collectives/link_communicator.h"
#include "mlkit/collectives/shard_sum.h"
#include "mlkit/testing/collectives_check.h"
#include "mlkit/collectives/in_process_group.h"
#include "mlkit/testing/memory_link.h"

namespace tusk::ml {
namespace {

// `body` on every rank; the first error.
Status OnAll(int ranks, const std::function<Status(int)>& body) {
  std::vector<Status> statuses(static_cast<size_t>(ranks));
  {
    std::vector<std::jthread> threads;
    for (int r = 0; r < ranks; ++r) threads.emplace_back([&, r] { statuses[static_cast<size_t>(r)] = body(r); });
  }
  for (const Status& status : statuses) RETURN_IF_ERROR(status);
  return Status::Ok();
}

TEST(CollectivesTest, AllCommunicatorsGiveTheRightAnswers) {
  LocalCommunicator local;
  EXPECT_EQ(CheckCollectives(local).ToString(), Status::Ok().ToString());
  for (const int ranks : {1, 2, 3, 5, 8}) {
    InProcessGroup group(ranks);
    MemoryMesh mesh(ranks);
    EXPECT_EQ(OnAll(ranks, [&](int r) { return CheckCollectives(group.comm(r)); }).ToString(), Status::Ok().ToString());
    EXPECT_EQ(OnAll(ranks, [&](int r) {
                LinkCommunicator comm(mesh.link(r), {.doubling_bytes_max = 1024, .halving_bytes_max = 32 << 10});
                return CheckCollectives(comm);
              }).ToString(),
              Status::Ok().ToString())
        << ranks;
  }
}

TEST(CollectivesTest, RanksThatDisagreeGetAnError) {
  MemoryMesh mesh(2);
  const Status status = OnAll(2, [&](int r) {
    LinkCommunicator comm(mesh.link(r));
    return r == 0 ? comm.Barrier() : comm.AllReduceMax({});
  });
  EXPECT_EQ(status.code(), Code::kInternal);
}

TEST(CollectivesTest, ARingMovesTheLeastBytes) {
  constexpr int kRanks = 4;
  constexpr size_t kLength = 1 << 20;
  MemoryMesh mesh(kRanks);
  ASSERT_TRUE(OnAll(kRanks, [&](int r) {
                LinkCommunicator comm(mesh.link(r));
                std::vector<float> values(kLength, 1.0F);
                return comm.AllReduceSum(std::span(values));
              }).ok());
  EXPECT_EQ(mesh.link(0).bytes_sent(), 2 * (kRanks - 1) * kLength / kRanks * sizeof(float));
}

TEST(CollectivesTest, LongSumsOverShardsHaveTheBitsOfOneRank) {
  constexpr size_t kShards = 11, kLength = 50'000;
  const auto partial = [](size_t shard) {
    std::vector<float> values(kLength);
    for (size_t i = 0; i < kLength; ++i) values[i] = static_cast<float>((i * 37 + shard * 101) % 1009) * 1.7e-3F / static_cast<float>(shard + 1);
    return values;
  };
  ShardPartials<float> all;
  for (size_t s = 0; s < kShards; ++s) all[s] = partial(s);
  LocalCommunicator local;
  std::vector<float> expected(kLength);
  ASSERT_TRUE(SumOverShards<float>(local, kShards, all, expected).ok());
  for (const int ranks : {2, 3, 8}) {
    MemoryMesh mesh(ranks);
    const Status status = OnAll(ranks, [&](int r) -> Status {
      LinkCommunicator comm(mesh.link(r));
      ShardPartials<float> mine;
      for (size_t s = static_cast<size_t>(r); s < kShards; s += static_cast<size_t>(ranks)) mine[s] = partial(s);
      std::vector<float> sum(kLength);
      RETURN_IF_ERROR(SumOverShards<float>(comm, kShards, std::move(mine), sum));
      return sum == expected ? Status::Ok() : Status(Code::kInternal, "other bits");
    });
    EXPECT_EQ(status.ToString(), Status::Ok().ToString()) << ranks;
  }
}

}  // namespace
}  // namespace tusk::ml
