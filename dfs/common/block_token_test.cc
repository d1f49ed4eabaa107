// Block tokens: both encodings, and what a datanode must refuse.
#include "dfs/common/block_token.h"

#include <gtest/gtest.h>
#include "base/testing/matchers.h"

namespace tusk::dfs {
namespace {

constexpr int64_t kNow = 1'700'000'000'000;
const ExtendedBlock kBlock{"BP-1-127.0.0.1-2", {1073741825, 1001, 0}};

BlockTokenKeys Keys() {
  BlockTokenKeys keys;
  keys.Put({7, kNow + 1'000'000, "0123456789012345678"});
  keys.SetCurrent(7);
  keys.set_lifetime_ms(1000);
  keys.Require();
  return keys;
}

TEST(BlockTokenTest, BothEncodingsSurvive) {
  BlockTokenIdentifier identifier{kNow, -5, "alice", kBlock.pool_id, -9, kAccessRead | kAccessCopy, {{1, 2}, {"DS-1", "DS-2"}}, "x"};
  for (bool protobuf : {false, true}) {
    auto back = BlockTokenIdentifier::Decode(identifier.Encode(protobuf));
    ASSERT_OK(back);
    EXPECT_EQ(back->ToString(), identifier.ToString());
    EXPECT_EQ(back->storages.types, identifier.storages.types);
    EXPECT_EQ(back->storages.ids, identifier.storages.ids);
    EXPECT_EQ(back->handshake, "x");
  }
}

// The bytes follow from Hadoop's Writable: vlong date, vint key, int-counted strings, vlong block, counted words.
TEST(BlockTokenTest, WritableBytes) {
  BlockTokenIdentifier identifier{1000, 1, "u", "p", 2, kAccessRead, {{1}, {"d"}}, ""};
  const std::string expected("\x8e\x03\xe8\x01\x00\x00\x00\x01u\x00\x00\x00\x01p\x02\x01\x04READ\x01\x04"
                             "DISK\x01\x00\x00\x00\x01" "d", 33);
  EXPECT_EQ(identifier.Encode(false), expected);
}

TEST(BlockTokenTest, GoodTokenIsTaken) {
  BlockTokenKeys keys = Keys();
  Token token = keys.Sign("alice", kBlock, kAccessWrite, {{1, 1}, {"a", "b"}}, kNow);
  EXPECT_EQ(token.kind, kBlockTokenKind);
  EXPECT_OK(keys.Verify(token, kBlock, kAccessWrite, {{1}, {"b"}}, kNow + 1000));
}

TEST(BlockTokenTest, EverythingElseIsRefused) {
  BlockTokenKeys keys = Keys();
  Token token = keys.Sign("alice", kBlock, kAccessWrite, {{1}, {"a"}}, kNow);
  ExtendedBlock other = kBlock;
  other.block.id++;
  ExtendedBlock foreign = kBlock;
  foreign.pool_id = "BP-2";
  EXPECT_STATUS(Code::kInvalidToken, keys.Verify(Token(), kBlock, kAccessWrite, {}, kNow));
  EXPECT_STATUS(Code::kInvalidToken, keys.Verify(token, other, kAccessWrite, {}, kNow));
  EXPECT_STATUS(Code::kInvalidToken, keys.Verify(token, foreign, kAccessWrite, {}, kNow));
  EXPECT_STATUS(Code::kInvalidToken, keys.Verify(token, kBlock, kAccessRead, {}, kNow));
  EXPECT_STATUS(Code::kInvalidToken, keys.Verify(token, kBlock, kAccessWrite, {}, kNow + 1001));
  EXPECT_STATUS(Code::kInvalidToken, keys.Verify(token, kBlock, kAccessWrite, {{}, {"b"}}, kNow));
  EXPECT_STATUS(Code::kInvalidToken, keys.Verify(token, kBlock, kAccessWrite, {{2}, {}}, kNow));
  Token forged = token;
  forged.password[3] ^= 1;
  EXPECT_STATUS(Code::kInvalidToken, keys.Verify(forged, kBlock, kAccessWrite, {}, kNow));
  Token stretched = token;
  auto identifier = BlockTokenIdentifier::Decode(token.identifier);
  ASSERT_OK(identifier);
  identifier->expiry_wall_ms += 5000;
  stretched.identifier = identifier->Encode(false);
  EXPECT_STATUS(Code::kInvalidToken, keys.Verify(stretched, kBlock, kAccessWrite, {}, kNow));
  keys.DropExpired(kNow + 2'000'000);
  EXPECT_STATUS(Code::kInvalidToken, keys.Verify(token, kBlock, kAccessWrite, {}, kNow));
}

TEST(BlockTokenTest, GarbageIsRefused) {
  for (const std::string& bytes : {std::string("\x00", 1), std::string("\x8e\x03"), std::string("\x08\xff", 2), std::string(300, '\xff')}) {
    EXPECT_FALSE(BlockTokenIdentifier::Decode(bytes).ok());
  }
}

}  // namespace
}  // namespace tusk::dfs
