// Goal: aggregated logs are Hadoop's own bytes. Method: a log of a real node manager, taken apart and written again.
#include "yarn_like/nodemanager/logs/tfile_writer.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace tusk::yarn {
namespace {

std::string Golden() {
  std::ifstream file(std::string(TUSK_GOLDEN_DIR) + "/yarn/nm/aggregated_logs.tfile");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string Key(std::string_view text) {
  std::string key;
  AppendUtf(key, text);
  return key;
}

TEST(TFileWriterTest, EqualsAnAggregatedLogOfHadoop) {
  std::string golden = Golden();
  ASSERT_EQ(golden.size(), 9760u);
  TFileWriter writer;
  auto record = [&](const std::string& key, std::string_view value) {
    writer.StartRecord(key);
    writer.Append(value);
    writer.EndRecord();
  };
  record(Key("VERSION"), std::string("\0\0\0\1", 4));
  record(Key("APPLICATION_ACL"), "");
  record(Key("APPLICATION_OWNER"), Key("root"));
  record(Key("container_e01_1795249878960_0001_02_000001"), std::string_view(golden).substr(0x7c, 4701));
  record(Key("container_e01_1795249878960_0001_01_000001"), std::string_view(golden).substr(0x7c + 4701 + 47, 4701));
  writer.Finish();
  EXPECT_EQ(writer.Take(), golden);
}

TEST(TFileWriterTest, IntegersTakeTheShortestForm) {
  auto hex = [](int64_t value) {
    std::string bytes, text;
    AppendTFileInt(bytes, value);
    for (unsigned char b : bytes) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      text += {kDigits[b >> 4], kDigits[b & 15]};
    }
    return text;
  };
  EXPECT_EQ(hex(0), "00");
  EXPECT_EQ(hex(127), "7f");
  EXPECT_EQ(hex(-32), "e0");
  EXPECT_EQ(hex(128), "cc80");
  EXPECT_EQ(hex(4701), "de5d");
  EXPECT_EQ(hex(5120), "a81400");
  EXPECT_EQ(hex(0x25a5), "a825a5");
  EXPECT_EQ(hex(-1048576), "980000");
  EXPECT_EQ(hex(int64_t{1} << 24), "91000000");
  EXPECT_EQ(hex(int64_t{1} << 30), "8340000000");
  EXPECT_EQ(hex(int64_t{1} << 40), "85010000000000");
}

TEST(TFileWriterTest, LongValuesGoInChunksAndBlocksEndBehindThem) {
  TFileWriter writer;
  writer.StartRecord("k");
  writer.Append(std::string(2500000, 'x'));
  writer.EndRecord();
  std::string bytes = writer.Take();
  // magic, key, two chunks of 1 MiB announced as "more", the rest as the last.
  EXPECT_EQ(bytes.size(), 16u + 2 + 3 * 3 + 2500000);
  writer.StartRecord("l");
  writer.EndRecord();
  writer.Finish();
  EXPECT_GT(writer.Take().size(), 0u);
}

}  // namespace
}  // namespace tusk::yarn
