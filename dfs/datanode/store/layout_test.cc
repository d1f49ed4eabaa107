// Names and VERSION texts, against files that a real datanode wrote.
#include "dfs/datanode/store/layout.h"

#include <gtest/gtest.h>

#include "base/testing/matchers.h"
#include "dfs/common/golden_test_support.h"

namespace tusk::dfs::datanode {
namespace {

TEST(LayoutTest, ReadsTheVersionFilesOfARealDatanode) {
  Properties node = ParseProperties(Golden("dn-VERSION"));
  EXPECT_EQ(node["storageType"], "DATA_NODE");
  EXPECT_EQ(node["layoutVersion"], "-57");
  EXPECT_EQ(node["storageID"], "DS-d973d0d9-28ed-4548-8292-6116842b87aa");
  Properties pool = ParseProperties(Golden("bp-VERSION"));
  EXPECT_EQ(pool["namespaceID"], "1262137794");
  EXPECT_EQ(pool["blockpoolID"], "BP-1746676702-127.0.0.1-1795247882647");
}

TEST(LayoutTest, WritesWhatItReads) {
  Properties properties{{"clusterID", "CID-1"}, {"odd", "a=b:c#d\\e"}};
  std::string text = FormatProperties(properties, 1795247891000);
  EXPECT_TRUE(text.starts_with("#Sat Nov 21 07:58:11 UTC 2026\n")) << text;
  EXPECT_EQ(ParseProperties(text), properties);
}

TEST(LayoutTest, BlockNames) {
  EXPECT_EQ(BlockFileName(1073741825), "blk_1073741825");
  EXPECT_EQ(MetaFileName(-16, 1001), "blk_-16_1001.meta");
  EXPECT_EQ(ParseBlockFileName("blk_-16"), -16);
  EXPECT_EQ(ParseBlockFileName("blk_16_1001.meta"), std::nullopt);
  EXPECT_EQ(ParseBlockFileName("blk_"), std::nullopt);
  auto meta = ParseMetaFileName("blk_-16_1001.meta");
  ASSERT_TRUE(meta.has_value());
  EXPECT_EQ(meta->block_id, -16);
  EXPECT_EQ(meta->generation_stamp, 1001u);
  EXPECT_FALSE(ParseMetaFileName("blk_16.meta").has_value());
  EXPECT_FALSE(ParseMetaFileName("blk_16").has_value());
}

TEST(LayoutTest, SubfoldersAreThirtyTwoWide) {
  EXPECT_EQ(FinalizedSubdir(1073741825), "subdir0/subdir0");
  EXPECT_EQ(FinalizedSubdir(0x3F2FFF), "subdir31/subdir15");
  EXPECT_EQ(FinalizedSubdir(-1), "subdir31/subdir31");
}

TEST(LayoutTest, StorageLocations) {
  ASSERT_OK_AND_ASSIGN(StorageLocation plain, ParseStorageLocation("/data/1/"));
  EXPECT_EQ(plain.path, "/data/1");
  EXPECT_EQ(plain.type, StorageType::kDisk);
  ASSERT_OK_AND_ASSIGN(StorageLocation ssd, ParseStorageLocation("[ssd]file:///fast"));
  EXPECT_EQ(ssd.ToString(), "[SSD]file:/fast");
  EXPECT_STATUS(Code::kInvalidArgument, ParseStorageLocation("[FLOPPY]/a"));
  EXPECT_STATUS(Code::kInvalidArgument, ParseStorageLocation("[SSD/a"));
  EXPECT_STATUS(Code::kInvalidArgument, ParseStorageLocation("relative"));
}

TEST(LayoutTest, PoolIdsCannotLeaveTheFolder) {
  EXPECT_TRUE(IsValidPoolId("BP-1-127.0.0.1-2"));
  EXPECT_FALSE(IsValidPoolId("../BP-1"));
  EXPECT_FALSE(IsValidPoolId("BP-1/../../etc"));
  EXPECT_FALSE(IsValidPoolId(""));
}

}  // namespace
}  // namespace tusk::dfs::datanode
