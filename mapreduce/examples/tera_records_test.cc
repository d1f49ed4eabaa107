// Rows and checksum of `hadoop examples teragen 1000` (Hadoop 3.4.2).
#include "mapreduce/examples/tera_records.h"

#include "base/testing/matchers.h"

namespace tusk::mapreduce {
namespace {

std::string Row(uint64_t number) {
  TeraRandom random(number);
  uint8_t row[kTeraRecordBytes];
  MakeTeraRow(random.Next(), number, row);
  return std::string(AsText(ByteView(row)));
}

TEST(TeraRecordsTest, FirstKeyIsJimGrays) { EXPECT_EQ(Row(0).substr(0, 10), "JimGrayRIP"); }

TEST(TeraRecordsTest, RowsAreHadoopsAndMayBeSkippedTo) {
  EXPECT_EQ(Row(999), std::string("\x4d\x15\xa8\x20\x70\xc0\x3e\xe3\x9b\xf5\x00\x11", 12) + "000000000000000000000000000003E7" +
                          "\x88\x99\xaa\xbb" + "FFFF4444FFFF5555FFFFAAAA00004444333344449999" + "8888" + "\xcc\xdd\xee\xff");
}

TEST(TeraRecordsTest, SumOfChecksumsIsTeravalidates) {
  TeraRandom random(0);
  Uint128 sum = 0;
  for (uint64_t i = 0; i < 1000; ++i) {
    uint8_t row[kTeraRecordBytes];
    MakeTeraRow(random.Next(), i, row);
    sum += TeraCrc(ByteView(row).first(10), ByteView(row).subspan(10));
  }
  EXPECT_EQ(ToHex(sum), "1f9ffe645ec");
  Uint128 back = 0;
  ASSERT_TRUE(FromHex("1f9ffe645ec", back));
  EXPECT_TRUE(back == sum);
}

}  // namespace
}  // namespace tusk::mapreduce
