// The namenode's keys: what it signs datanodes can verify, also across a change of keys, but not for ever.
#include "dfs/namenode/blocks/block_token_issuer.h"

#include "base/testing/matchers.h"
#include "dfs/namenode/blocks/block_testing.h"
#include "dfs/proto/HdfsServer.pb.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs {
namespace {

using std::chrono::minutes;

constexpr TimePoint kStart{std::chrono::hours(1)};
constexpr int64_t kWall = 1'700'000'000'000;
const ExtendedBlock kBlock{"BP-1", {1073741825, 1001, 0}};

class BlockTokenIssuerTest : public ::testing::Test {
 protected:
  // Now and the datanode's knowledge, `passed` after the start.
  int64_t WallAt(Duration passed) const { return kWall + ToMillis(passed); }
  void TellDatanode(Duration passed) {
    hadoop::hdfs::ExportedBlockKeysProto keys;
    issuer_.Export(&keys);
    ASSERT_TRUE(keys.IsInitialized());
    datanode_.Learn(keys, WallAt(passed));
  }
  Token TokenFor(BlockAccess access, Duration passed) {
    hadoop::hdfs::LocatedBlockProto block;
    ToProto(kBlock, block.mutable_b());
    block.add_storagetypes(hadoop::hdfs::DISK);
    block.add_storageids("DS-1");
    issuer_.Sign("alice", access, WallAt(passed), &block);
    return FromProto(block.blocktoken());
  }

  SeededRandom random_{1};
  BlockTokenIssuer issuer_{{minutes(10), minutes(5), false}, random_, kStart, kWall};
  BlockTokenKeys datanode_;
};

TEST_F(BlockTokenIssuerTest, DatanodesVerifyWhatItSigns) {
  TellDatanode(0s);
  EXPECT_TRUE(datanode_.required());
  EXPECT_OK(datanode_.Verify(TokenFor(kAccessRead, 0s), kBlock, kAccessRead, {{1}, {"DS-1"}}, WallAt(minutes(4))));
  EXPECT_STATUS(Code::kInvalidToken, datanode_.Verify(TokenFor(kAccessRead, 0s), kBlock, kAccessRead, {}, WallAt(minutes(6))));
}

TEST_F(BlockTokenIssuerTest, ADatanodeThatMissedARollKnowsTheNextKeyAlready) {
  TellDatanode(0s);
  EXPECT_FALSE(issuer_.Roll(kStart + minutes(9), WallAt(minutes(9))));
  EXPECT_TRUE(issuer_.Roll(kStart + minutes(10), WallAt(minutes(10))));
  EXPECT_OK(datanode_.Verify(TokenFor(kAccessRead, minutes(11)), kBlock, kAccessRead, {}, WallAt(minutes(12))));
}

TEST_F(BlockTokenIssuerTest, TokensOutliveTheirKeysTurnButKeysDoNotStayForEver) {
  Token before = TokenFor(kAccessWrite, minutes(9));
  ASSERT_TRUE(issuer_.Roll(kStart + minutes(10), WallAt(minutes(10))));
  TellDatanode(minutes(10));
  EXPECT_OK(datanode_.Verify(before, kBlock, kAccessWrite, {}, WallAt(minutes(13))));
  for (int turn = 2; turn < 8; ++turn) ASSERT_TRUE(issuer_.Roll(kStart + minutes(10 * turn), WallAt(minutes(10 * turn))));
  TellDatanode(minutes(70));
  EXPECT_LE(datanode_.keys().size(), 4u);
}

}  // namespace
}  // namespace tusk::dfs
