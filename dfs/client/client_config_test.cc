// Hadoop's keys of the client, their defaults and their refusals.
#include "dfs/client/client_config.h"

#include "base/testing/matchers.h"

namespace tusk::dfs {
namespace {

TEST(ClientConfigTest, DefaultsAreHadoops) {
  ASSERT_OK_AND_ASSIGN(DfsClientConfig config, DfsClientConfig::Read(Configuration()));
  EXPECT_EQ(config.block_size, 134217728u);
  EXPECT_EQ(config.replication, 3u);
  EXPECT_EQ(config.checksum.type, ChecksumType::kCrc32c);
  EXPECT_EQ(config.checksum.bytes_per_checksum, 512u);
  EXPECT_EQ(config.umask, 022u);
  EXPECT_EQ(config.socket_timeout, std::chrono::seconds(60));
  EXPECT_EQ(config.replace_datanode, ReplaceDatanodePolicy::kDefault);
  EXPECT_FALSE(config.combine_crc);
  EXPECT_EQ(config.rpc_retries, 7);  // 100 ms doubling: 11.3 s, where Hadoop waits 10 times 1 s
}

TEST(ClientConfigTest, ReadsSizesAndPolicies) {
  Configuration configuration;
  configuration.Set("dfs.blocksize", "1m");
  configuration.Set("dfs.checksum.combine.mode", "COMPOSITE_CRC");
  configuration.Set("dfs.client.block.write.replace-datanode-on-failure.policy", "NEVER");
  configuration.Set("ipc.client.connect.max.retries", "0");
  configuration.Set("fs.permissions.umask-mode", "u=rwx,g=rx,o=");
  ASSERT_OK_AND_ASSIGN(DfsClientConfig config, DfsClientConfig::Read(configuration));
  EXPECT_EQ(config.block_size, 1u << 20);
  EXPECT_TRUE(config.combine_crc);
  EXPECT_EQ(config.replace_datanode, ReplaceDatanodePolicy::kNever);
  EXPECT_EQ(config.rpc_retries, 0);
  EXPECT_EQ(config.umask, 027u);
}

TEST(ClientConfigTest, RefusesABlockSizeThatChunksDoNotFill) {
  Configuration configuration;
  configuration.Set("dfs.blocksize", "1000");
  EXPECT_STATUS(Code::kHadoopIllegalArgument, DfsClientConfig::Read(configuration));
}

}  // namespace
}  // namespace tusk::dfs
