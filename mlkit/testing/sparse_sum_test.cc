// Sparse sums: the bits of dense ones, on any ranks and at any share of entries.
#include "mlkit/collectives/sparse_sum.h"

#include <gtest/gtest.h>

#include <thread>

#include "mlkit/api/random.h"
#include "mlkit/collectives/shard_sum.h"
#include "mlkit/collectives/in_process_group.h"

namespace tusk::ml {
namespace {

constexpr size_t kShards = 11, kLength = 300;

SparsePartials Partials(double density) {
  SparsePartials partials;
  for (size_t shard = 0; shard < kShards; ++shard) {
    Random random(5, shard);
    SparseValues& partial = partials[shard];
    for (uint32_t i = 0; i < kLength; ++i) {
      if (shard == 4 || !random.Chance(density)) continue;   // shard 4 has nothing
      partial.indices.push_back(i);
      partial.values.push_back(static_cast<float>(random.Normal()));
    }
  }
  return partials;
}

std::vector<float> Expand(const SparseValues& sparse) {
  std::vector<float> dense(kLength);
  for (size_t i = 0; i < sparse.indices.size(); ++i) dense[sparse.indices[i]] = sparse.values[i];
  return dense;
}

TEST(SparseSumTest, HasTheBitsOfTheDenseSumOnAnyRanksWhereverItTurnsDense) {
  for (const double density : {0.0, 0.02, 0.3, 1.0}) {
    ShardPartials<float> dense;
    for (const auto& [shard, partial] : Partials(density)) dense[shard] = Expand(partial);
    std::vector<float> wanted(kLength);
    LocalCommunicator alone;
    ASSERT_TRUE(SumOverShards<float>(alone, kShards, dense, std::span<float>(wanted)).ok());
    for (const int ranks : {1, 2, 3, 8}) {
      for (const double dense_share : {0.1, 0.5, 2.0}) {
        InProcessGroup group(ranks);
        std::vector<SparseValues> sums(static_cast<size_t>(ranks));
        std::vector<Status> statuses(sums.size());
        {
          std::vector<std::jthread> threads;
          for (size_t r = 0; r < sums.size(); ++r) {
            threads.emplace_back([&, r] {
              SparsePartials own;
              for (auto& [shard, partial] : Partials(density)) {
                if (shard * 7 % sums.size() == r) own[shard] = std::move(partial);
              }
              statuses[r] = SumSparseOverShards(group.comm(static_cast<int>(r)), kShards, kLength, std::move(own), sums[r], dense_share);
            });
          }
        }
        for (size_t r = 0; r < sums.size(); ++r) {
          ASSERT_TRUE(statuses[r].ok()) << statuses[r].ToString();
          EXPECT_EQ(Expand(sums[r]), wanted) << ranks << " ranks, density " << density;
          EXPECT_EQ(sums[r].indices, sums[0].indices);
        }
      }
    }
  }
}

TEST(SparseSumTest, CostsWhatIsNotZero) {
  InProcessGroup group(2);
  std::vector<std::jthread> threads;
  for (int r = 0; r < 2; ++r) {
    threads.emplace_back([&, r] {
      SparsePartials own;
      own[static_cast<size_t>(r)] = {{7, 900'000}, {1, 2}};
      SparseValues sum;
      EXPECT_TRUE(SumSparseOverShards(group.comm(r), 2, 1'000'000, std::move(own), sum).ok());
      EXPECT_EQ(sum.values, (std::vector<float>{2, 4}));
      EXPECT_LT(group.comm(r).bytes_sent(), 300U);
    });
  }
}

TEST(SparseSumTest, BadListsMissingShardsAndForeignBytesAreErrors) {
  LocalCommunicator alone;
  SparseValues sum;
  EXPECT_EQ(SumSparseOverShards(alone, 1, 5, {{0, {{2, 2}, {1, 1}}}}, sum).code(), Code::kInvalidArgument);
  EXPECT_EQ(SumSparseOverShards(alone, 1, 5, {{0, {{5}, {1}}}}, sum).code(), Code::kInvalidArgument);
  EXPECT_EQ(SumSparseOverShards(alone, 3, 5, {{0, {{1}, {1}}}, {2, {}}}, sum).code(), Code::kInternal);
  const std::vector<uint8_t> bytes = EncodeSparseNodes({{0, 0, {{1, 3}, {5, 6}}, {}}});
  for (size_t cut = 1; cut < bytes.size(); ++cut) {
    std::vector<SparseNode> nodes;
    EXPECT_EQ(DecodeSparseNodes(ByteView(bytes).first(cut), 0, 5, nodes).code(), Code::kCorruption);
  }
  std::vector<SparseNode> nodes;
  EXPECT_EQ(DecodeSparseNodes(bytes, 2, 5, nodes).code(), Code::kCorruption);   // index 1 is another rank's
}

}  // namespace
}  // namespace tusk::ml
