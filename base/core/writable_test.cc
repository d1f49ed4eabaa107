// Goal: the Writable codec equals Hadoop's; method: bytes that Hadoop wrote (tests/golden/writable), both ways, and
// truncations.
#include "base/core/writable.h"

#include <fstream>
#include <limits>

#include "base/testing/matchers.h"

namespace tusk {
namespace {

std::string Hex(std::string_view bytes) {
  std::string out;
  for (unsigned char c : bytes) {
    out += "0123456789abcdef"[c >> 4];
    out += "0123456789abcdef"[c & 15];
  }
  return out;
}

TEST(WritableTest, VLongsAreThoseOfHadoopBothWays) {
  std::ifstream golden(TUSK_GOLDEN_DIR "/writable/vlong.tsv");
  int rows = 0;
  int64_t value;
  for (std::string hex; golden >> value >> hex; ++rows) {
    WritableWriter out;
    out.VLong(value);
    EXPECT_EQ(Hex(out.bytes()), hex) << value;
    EXPECT_EQ(VLongSize(value), out.bytes().size());
    WritableReader in(out.bytes());
    ASSERT_OK_AND_ASSIGN(int64_t back, in.VLong());
    EXPECT_EQ(back, value);
    EXPECT_TRUE(in.AtEnd());
    for (size_t cut = 0; cut < out.bytes().size(); ++cut) {
      EXPECT_STATUS(Code::kEndOfFile, WritableReader(std::string_view(out.bytes()).substr(0, cut)).VLong());
    }
  }
  EXPECT_GT(rows, 10);
}

TEST(WritableTest, VIntRefusesWhatDoesNotFit) {
  WritableWriter out;
  out.VLong(int64_t{1} << 31);
  EXPECT_STATUS(Code::kCorruption, WritableReader(out.bytes()).VInt());
}

TEST(WritableTest, TextNeverReadsPastItsInputAndRefusesNegativeLengths) {
  WritableWriter out;
  out.Text("héllo");
  ASSERT_OK_AND_ASSIGN(std::string text, WritableReader(out.bytes()).Text());
  EXPECT_EQ(text, "héllo");
  EXPECT_STATUS(Code::kEndOfFile, WritableReader("\x05" "abc").Text());
  EXPECT_STATUS(Code::kCorruption, WritableReader("\xff" "abc").Text());
  WritableWriter large;
  large.VInt(std::numeric_limits<int32_t>::max());
  EXPECT_STATUS(Code::kEndOfFile, WritableReader(large.bytes()).Text());
  EXPECT_STATUS(Code::kCorruption, WritableReader(large.bytes()).VCount());
}

TEST(WritableTest, FixedValuesAreBigEndian) {
  WritableWriter out;
  out.Short(-2);
  out.Int(0x01020304);
  out.Long(-1);
  out.Bool(true);
  out.Utf("ab");
  EXPECT_EQ(Hex(out.bytes()), "fffe01020304ffffffffffffffff0100026162");
  WritableReader in(out.bytes());
  EXPECT_EQ(in.Short().value(), -2);
  EXPECT_EQ(in.Int().value(), 0x01020304);
  EXPECT_EQ(in.Long().value(), -1);
  EXPECT_TRUE(in.Bool().value());
  EXPECT_EQ(in.Utf().value(), "ab");
}

}  // namespace
}  // namespace tusk
