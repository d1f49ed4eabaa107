// The fixed tree gives the same bits however shards are split over ranks.
#include "mlkit/collectives/shard_sum.h"

#include <gtest/gtest.h>

#include "mlkit/api/random.h"

namespace tusk::ml {
namespace {

std::vector<std::vector<float>> Values(size_t shards) {
  Random random(1, shards);
  std::vector<std::vector<float>> values(shards);
  for (auto& row : values) {
    for (int i = 0; i < 3; ++i) row.push_back(static_cast<float>(random.Normal() * std::pow(10, random.Uniform(-6, 6))));
  }
  return values;
}

TEST(ShardSumTest, AnySplitOverRanksGivesTheSameBits) {
  for (size_t shards : {1, 2, 3, 5, 8, 13, 64, 100}) {
    const auto values = Values(shards);
    std::vector<float> expected(3);
    ShardPartials<float> all;
    for (size_t s = 0; s < shards; ++s) all[s] = values[s];
    LocalCommunicator local;
    ASSERT_TRUE(SumOverShards<float>(local, shards, all, expected).ok());
    Random random(2, shards);
    for (size_t ranks : {2, 3, 5, 8}) {
      for (bool contiguous : {true, false}) {
        std::vector<ShardPartials<float>> split(ranks);
        for (size_t s = 0; s < shards; ++s) split[contiguous ? s * ranks / shards : random.Below(ranks)][s] = values[s];
        std::vector<SubtreeSum<float>> subtrees;
        for (auto& part : split) {
          for (auto& node : SubtreeSums<float>(shards, part)) subtrees.push_back(std::move(node));
        }
        std::vector<float> sum(3);
        ASSERT_TRUE(FoldSubtrees<float>(shards, subtrees, sum).ok());
        EXPECT_EQ(sum, expected) << shards << " shards, " << ranks << " ranks";
      }
    }
  }
}

TEST(ShardSumTest, ARankWithAllShardsSendsOneSubtree) {
  ShardPartials<float> all;
  for (size_t s = 0; s < 100; ++s) all[s] = {1.0F};
  EXPECT_EQ(SubtreeSums<float>(100, all).size(), 1U);
}

TEST(ShardSumTest, AMissingOrDoubledShardIsAnError) {
  std::vector<float> sum(1);
  LocalCommunicator local;
  EXPECT_EQ(SumOverShards<float>(local, 3, {{0, {1.0F}}, {2, {1.0F}}}, sum).code(), Code::kInternal);
  std::vector<SubtreeSum<float>> doubled = {{0, 0, {1}}, {0, 0, {1}}, {0, 1, {1}}};
  EXPECT_EQ(FoldSubtrees<float>(2, doubled, sum).code(), Code::kInternal);
  EXPECT_EQ(SumOverShards<float>(local, 2, {{0, {1.0F}}, {1, {1.0F, 2.0F}}}, sum).code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace tusk::ml
