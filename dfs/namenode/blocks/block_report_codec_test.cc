// Both forms of block lists, cut anywhere, and what is refused.
#include "dfs/namenode/blocks/block_report_codec.h"

#include "base/testing/matchers.h"

namespace tusk::dfs {
namespace {

const std::vector<ReportedReplica> kReplicas = {
    {{1073741825, 1001, 134217728}, ReplicaState::kFinalized},
    {{-9223372036854775792, 1002, 0}, ReplicaState::kFinalized},
    {{1073741900, 4000000000, 17}, ReplicaState::kBeingWritten},
    {{5, 1, 1}, ReplicaState::kWaitingRecovery},
};

void ExpectSame(const std::vector<ReportedReplica>& got) {
  ASSERT_EQ(got.size(), kReplicas.size());
  for (size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].block, kReplicas[i].block) << i;
    EXPECT_EQ(got[i].state, kReplicas[i].state) << i;
  }
}

TEST(BlockReportCodecTest, ReadsBuffersCutAtEveryByte) {
  const std::string bytes = EncodeBlockBuffer(kReplicas);
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    const std::vector<ByteView> chunks = {AsBytes(bytes).first(cut), ByteView(), AsBytes(bytes).subspan(cut)};
    ASSERT_OK_AND_ASSIGN(auto got, DecodeBlockBuffers(chunks, kReplicas.size()));
    ExpectSame(got);
  }
}

TEST(BlockReportCodecTest, RefusesTruncationAndWrongCounts) {
  const std::string bytes = EncodeBlockBuffer(kReplicas);
  for (size_t length = 0; length < bytes.size(); ++length) {
    const std::vector<ByteView> chunks = {AsBytes(bytes).first(length)};
    EXPECT_STATUS(Code::kIOError, DecodeBlockBuffers(chunks, kReplicas.size()));
  }
  const std::vector<ByteView> whole = {AsBytes(bytes)};
  EXPECT_STATUS(Code::kIOError, DecodeBlockBuffers(whole, kReplicas.size() + 1));
  EXPECT_STATUS(Code::kIOError, DecodeBlockBuffers(whole, kReplicas.size() - 1));
  EXPECT_STATUS(Code::kIOError, DecodeBlockBuffers(whole, 1ull << 60));
}

TEST(BlockReportCodecTest, ReadsTheOldListOfLongs) {
  std::vector<uint64_t> longs = {2, 2};
  auto add = [&](const ReportedReplica& r, bool with_state) {
    longs.push_back(static_cast<uint64_t>(r.block.id));
    longs.push_back(static_cast<uint64_t>(r.block.length));
    longs.push_back(static_cast<uint64_t>(r.block.stamp));
    if (with_state) longs.push_back(static_cast<uint64_t>(r.state));
  };
  add(kReplicas[0], false);
  add(kReplicas[1], false);
  for (int i = 0; i < 3; ++i) longs.push_back(~0ull);
  add(kReplicas[2], true);
  add(kReplicas[3], true);
  ASSERT_OK_AND_ASSIGN(auto got, DecodeBlockLongs(longs));
  ExpectSame(got);
  longs.pop_back();
  EXPECT_STATUS(Code::kIOError, DecodeBlockLongs(longs));
  EXPECT_STATUS(Code::kIOError, DecodeBlockLongs(std::vector<uint64_t>{1ull << 62, 0, 0, 0, 0}));
  ASSERT_OK_AND_ASSIGN(got, DecodeBlockLongs({}));
  EXPECT_TRUE(got.empty());
}

}  // namespace
}  // namespace tusk::dfs
