// CRCs against published values, and composition against the CRC of the whole.
#include "dfs/common/crc.h"

#include <gtest/gtest.h>

#include <string>

namespace tusk::dfs {
namespace {

TEST(CrcTest, KnownValues) {
  EXPECT_EQ(Crc32c(AsBytes("123456789")), 0xE3069283u);
  EXPECT_EQ(Crc32(AsBytes("123456789")), 0xCBF43926u);
  EXPECT_EQ(Crc32c({}), 0u);
  EXPECT_EQ(Crc32({}), 0u);
}

TEST(CrcTest, ContinuesFromAPrefix) {
  std::string text(100'000, 'x');
  for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 131 >> 3);
  for (size_t cut : {0, 1, 511, 512, 99'999, 100'000}) {
    ByteView all = AsBytes(text);
    EXPECT_EQ(Crc32c(all.subspan(cut), Crc32c(all.first(cut))), Crc32c(all));
    EXPECT_EQ(Crc32(all.subspan(cut), Crc32(all.first(cut))), Crc32(all));
  }
}

TEST(CrcTest, ComposesToTheCrcOfTheWhole) {
  std::string text(10'000, 'x');
  for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 7919 >> 2);
  ByteView all = AsBytes(text);
  for (ChecksumType type : {ChecksumType::kCrc32, ChecksumType::kCrc32c}) {
    for (size_t cut : {0, 1, 512, 9'999, 10'000}) {
      EXPECT_EQ(ComposeCrc(type, CrcOf(type, all.first(cut)), CrcOf(type, all.subspan(cut)), all.size() - cut),
                CrcOf(type, all));
    }
    CrcComposer composer(type, 512);
    size_t offset = 0;
    for (; offset + 512 <= all.size(); offset += 512) composer.AddPiece(CrcOf(type, all.subspan(offset, 512)));
    composer.AddOdd(CrcOf(type, all.subspan(offset)), all.size() - offset);
    EXPECT_EQ(composer.value(), CrcOf(type, all));
  }
}

}  // namespace
}  // namespace tusk::dfs
