// Ops, responses and acks against recorded bytes, read through FrameReader from a stream that gives few bytes at once.
#include "dfs/common/data_transfer.h"

#include <gtest/gtest.h>

#include "base/testing/matchers.h"
#include "base/testing/real_world.h"
#include "dfs/common/block.h"
#include "dfs/common/golden_test_support.h"
#include "dfs/proto/datatransfer.pb.h"
#include "dfs/proto/hdfs.pb.h"

namespace tusk::dfs {
namespace {

namespace pb = hadoop::hdfs;

// Gives `bytes` in pieces of `step`, then the end.
class ScriptedStream : public Stream {
 public:
  ScriptedStream(std::string bytes, size_t step) : bytes_(std::move(bytes)), step_(step) {}
  Task<Result<size_t>> ReadSome(MutableByteView out, TimePoint) override {
    size_t count = std::min({step_, out.size(), bytes_.size() - at_});
    std::memcpy(out.data(), bytes_.data() + at_, count);
    at_ += count;
    co_return count;
  }
  Task<Status> WriteParts(std::vector<ByteView>, TimePoint) override { co_return Status::Ok(); }
  Task<Status> SendFile(File&, uint64_t, uint64_t, TimePoint) override { co_return Status::Ok(); }
  void ShutdownWrite() override {}
  void Close() override {}
  HostPort local() const override { return {}; }
  HostPort remote() const override { return {}; }

 private:
  std::string bytes_;
  size_t step_;
  size_t at_ = 0;
};

class DataTransferTest : public testing::TestWithParam<size_t> {
 protected:
  RealWorld world_;
};

TEST_P(DataTransferTest, ReadsTheGoldenWriteOp) {
  std::string bytes = Golden("dn-write-op.c2s");
  ScriptedStream stream(bytes, GetParam());
  FrameReader reader(stream, 64);
  ASSERT_OK_AND_ASSIGN(Op op, world_.Run(reader.ReadOp(kNever)));
  EXPECT_EQ(op, Op::kWriteBlock);
  pb::OpWriteBlockProto message;
  ASSERT_OK(world_.Run(reader.ReadMessage(message, kNever)));
  EXPECT_EQ(message.stage(), 6);
  EXPECT_EQ(message.targets_size(), 2);
  EXPECT_EQ(EncodeOp(op, message), bytes);
  EXPECT_STATUS(Code::kEndOfFile, world_.Run(reader.ReadOp(kNever)));
}

TEST_P(DataTransferTest, ReadsAWholeGoldenRead) {
  std::string bytes = Golden("dn-read-all.s2c");
  ScriptedStream stream(bytes, GetParam());
  FrameReader reader(stream, 256);
  pb::BlockOpResponseProto response;
  ASSERT_OK(world_.Run(reader.ReadMessage(response, kNever)));
  EXPECT_EQ(response.status(), 0);
  EXPECT_EQ(response.readopchecksuminfo().chunkoffset(), 0u);
  std::string data;
  for (;;) {
    ASSERT_OK_AND_ASSIGN(PacketView packet, world_.Run(reader.ReadPacket(kNever)));
    data += AsText(packet.data);
    if (packet.header.last_in_block) break;
  }
  EXPECT_EQ(data, Golden("write-data.bin"));
  EXPECT_STATUS(Code::kEndOfFile, world_.Run(reader.ReadPacket(kNever)));
}

TEST_P(DataTransferTest, GoldenAcksDecodeAndEncodeTheSame) {
  for (const char* file : {"dn-write-packet0.s2c", "dn-write-heartbeat.s2c", "dn-write-last.s2c"}) {
    std::string bytes = Golden(file);
    ScriptedStream stream(bytes, GetParam());
    FrameReader reader(stream, 64);
    ASSERT_OK_AND_ASSIGN(PipelineAck ack, world_.Run(reader.ReadPipelineAck(kNever)));
    EXPECT_EQ(ack.replies.size(), 3u);
    EXPECT_TRUE(ack.success());
    std::string again;
    AppendPipelineAck(ack, &again);
    EXPECT_EQ(again, bytes) << file;
  }
}

INSTANTIATE_TEST_SUITE_P(Steps, DataTransferTest, testing::Values(1, 7, 100'000));

TEST(FrameReaderTest, RefusesWhatIsMalformed) {
  RealWorld world;
  ScriptedStream huge(std::string("\xff\xff\xff\xff\x0f", 5), 9);
  FrameReader huge_reader(huge, 64);
  EXPECT_STATUS(Code::kCorruption, world.Run(huge_reader.ReadDelimited(1000, kNever)));
  ScriptedStream endless(std::string("\xff\xff\xff\xff\xff\xff", 6), 9);
  FrameReader endless_reader(endless, 64);
  EXPECT_STATUS(Code::kCorruption, world.Run(endless_reader.ReadDelimited(1000, kNever)));
  ScriptedStream old(std::string("\0\x1b\x51", 3), 9);
  FrameReader old_reader(old, 64);
  EXPECT_STATUS(Code::kUnsupported, world.Run(old_reader.ReadOp(kNever)));
  ScriptedStream lacking(std::string("\0", 1), 9);
  FrameReader lacking_reader(lacking, 64);
  pb::BlockOpResponseProto response;
  EXPECT_STATUS(Code::kCorruption, world.Run(lacking_reader.ReadMessage(response, kNever)));
}

TEST(PipelineAckTest, FlagsWinOverReplies) {
  PipelineAck ack;
  ack.seqno = 5;
  ack.Add(kTransferSuccess);
  ack.Add(kTransferErrorChecksum);
  EXPECT_FALSE(ack.success());
  EXPECT_EQ(ack.StatusOf(1), kTransferErrorChecksum);
  ack.flags[1] = 3 << 5;  // congested, but fine
  EXPECT_TRUE(ack.success());
  ack.flags.clear();  // an old peer
  EXPECT_FALSE(ack.success());
}

TEST(BlockTest, TextIsHadoops) {
  ExtendedBlock block{"BP-1-127.0.0.1-2", {1073741825, 1001, 5}};
  EXPECT_EQ(block.ToString(), "BP-1-127.0.0.1-2:blk_1073741825_1001");
  pb::ExtendedBlockProto proto;
  ToProto(block, &proto);
  EXPECT_EQ(FromProto(proto), block);
  block.block.id = -16;
  ToProto(block, &proto);
  EXPECT_EQ(FromProto(proto), block);
}

}  // namespace
}  // namespace tusk::dfs
