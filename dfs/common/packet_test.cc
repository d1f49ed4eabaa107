// Packets and checksums against bytes recorded from the real Hadoop, and against what no peer should send.
#include "dfs/common/packet.h"

#include <gtest/gtest.h>

#include "base/testing/matchers.h"
#include "dfs/common/checksum.h"
#include "dfs/common/golden_test_support.h"

namespace tusk::dfs {
namespace {

PacketView Parse(const std::string& bytes) {
  size_t needed = 0;
  auto packet = ParsePacket(AsBytes(bytes), &needed);
  EXPECT_OK(packet);
  EXPECT_TRUE(packet->has_value());
  return **packet;
}

TEST(PacketTest, GoldenWritePacketsDecodeAndEncodeTheSame) {
  std::string data = Golden("write-data.bin");
  struct Case {
    const char* file;
    PacketHeader header;
  };
  for (const Case& expected : {Case{"dn-write-packet0.c2s", {0, 0, false, 700, false}},
                               Case{"dn-write-heartbeat.c2s", {0, -1, false, 0, false}},
                               Case{"dn-write-packet1.c2s", {700, 1, false, 324, false}},
                               Case{"dn-write-packet2.c2s", {1024, 2, false, 513, true}},
                               Case{"dn-write-last.c2s", {1537, 3, true, 0, false}}}) {
    SCOPED_TRACE(expected.file);
    std::string bytes = Golden(expected.file);
    PacketView packet = Parse(bytes);
    EXPECT_EQ(packet.header, expected.header);
    EXPECT_EQ(packet.whole.size(), bytes.size());
    auto offset = static_cast<size_t>(packet.header.offset_in_block);
    EXPECT_EQ(AsText(packet.data), data.substr(offset, packet.data.size()));
    EXPECT_EQ(DataChecksum{}.FindMismatch(packet.data, packet.checksums), std::nullopt);

    uint8_t head[kPacketHeaderRoom];
    size_t count = EncodePacketHeader(packet.header, packet.checksums.size(), head);
    EXPECT_EQ(AsText({head, count}), bytes.substr(0, count));
    std::string sums(packet.checksums.size(), 0);
    DataChecksum{}.Compute(packet.data, reinterpret_cast<uint8_t*>(sums.data()));
    EXPECT_EQ(sums, AsText(packet.checksums));
  }
  auto heartbeat = HeartbeatPacket();
  EXPECT_EQ(AsText(heartbeat), Golden("dn-write-heartbeat.c2s"));
}

TEST(PacketTest, EveryPrefixIsIncomplete) {
  std::string bytes = Golden("dn-write-packet2.c2s");
  for (size_t count = 0; count < bytes.size(); ++count) {
    size_t needed = 0;
    auto packet = ParsePacket(AsBytes(bytes).first(count), &needed);
    ASSERT_OK(packet);
    EXPECT_FALSE(packet->has_value());
    EXPECT_GT(needed, count);
  }
}

TEST(PacketTest, RefusesLengthsThatNoPacketHas) {
  size_t needed = 0;
  auto refused = [&](std::string bytes) { EXPECT_STATUS(Code::kCorruption, ParsePacket(AsBytes(bytes), &needed)); };
  std::string good = Golden("dn-write-packet0.c2s");
  std::string bad = good;
  bad.replace(0, 4, std::string("\0\0\0\3", 4));  // PLEN below 4
  refused(bad);
  bad.replace(0, 4, std::string("\1\0\0\0", 4));  // 16 MiB and more
  refused(bad);
  bad.replace(0, 4, std::string("\xff\xff\xff\xff", 4));
  refused(bad);
  bad = good;
  bad.replace(4, 2, "\xff\xff");  // header of 65535 bytes
  refused(bad);
  bad = good;
  bad[6 + 21] = '\x7f';  // data length beyond the payload
  bad[6 + 22] = '\x7f';
  refused(bad);
  bad = good;
  bad[6] = '\x07';  // no such wire type
  refused(bad);
}

TEST(ChecksumTest, GoldenMetaFile) {
  std::string meta = Golden("block.meta");
  std::string data = Golden("write-data.bin");
  ASSERT_OK_AND_ASSIGN(DataChecksum checksum, DecodeMetaHeader(AsBytes(meta)));
  EXPECT_EQ(checksum, (DataChecksum{ChecksumType::kCrc32c, 512}));
  auto header = EncodeMetaHeader(checksum);
  EXPECT_EQ(AsText(header), meta.substr(0, kMetaHeaderBytes));
  ASSERT_EQ(meta.size(), kMetaHeaderBytes + checksum.ChecksumBytesOf(data.size()));
  EXPECT_EQ(checksum.FindMismatch(AsBytes(data), AsBytes(meta).subspan(kMetaHeaderBytes)), std::nullopt);
  data[1000] = static_cast<char>(data[1000] ^ 1);
  EXPECT_EQ(checksum.FindMismatch(AsBytes(data), AsBytes(meta).subspan(kMetaHeaderBytes)), 512u);
}

TEST(ChecksumTest, RefusesBadHeaders) {
  EXPECT_STATUS(Code::kCorruption, DecodeMetaHeader(AsBytes("\0\1\2")));
  EXPECT_STATUS(Code::kCorruption, DecodeMetaHeader(AsBytes(std::string("\0\2\2\0\0\2\0", 7))));
  EXPECT_STATUS(Code::kCorruption, DecodeMetaHeader(AsBytes(std::string("\0\1\3\0\0\2\0", 7))));
  EXPECT_STATUS(Code::kCorruption, DecodeMetaHeader(AsBytes(std::string("\0\1\2\0\0\0\0", 7))));
}

}  // namespace
}  // namespace tusk::dfs
