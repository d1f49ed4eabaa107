// CRC32C against published values, and its composition over parts.
#include "base/core/crc32c.h"

#include <gtest/gtest.h>

#include <string>

namespace tusk {
namespace {

TEST(Crc32cTest, EqualsThePublishedValues) {
  EXPECT_EQ(Crc32c(0, AsBytes("123456789")), 0xE3069283u);
  EXPECT_EQ(Crc32c(0, AsBytes(std::string(32, '\0'))), 0x8A9136AAu);  // RFC 3720 B.4
  EXPECT_EQ(Crc32c(0, AsBytes(std::string(32, '\xff'))), 0x62A8AB43u);
}

TEST(Crc32cTest, ContinuesOverParts) {
  std::string text = "the quick brown fox jumps over the lazy dog";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    uint32_t first = Crc32c(0, AsBytes(text.substr(0, cut)));
    EXPECT_EQ(Crc32c(first, AsBytes(text.substr(cut))), Crc32c(0, AsBytes(text)));
  }
}

}  // namespace
}  // namespace tusk
