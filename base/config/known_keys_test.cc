// The table of keys: lookups by name, pattern and old name; states; near misses; values by type.
#include "base/config/known_keys.h"

#include <gtest/gtest.h>

#include <set>

#include "base/testing/matchers.h"

namespace tusk {
namespace {

TEST(KnownKeysTest, RowsAreUniqueAndTheirDefaultsAreOfTheirType) {
  std::set<std::string_view> seen;
  for (const KnownKey& key : KnownKeys()) {
    EXPECT_TRUE(seen.insert(key.name).second) << key.name << " twice";
    EXPECT_EQ(key.type.empty(), key.meaning.empty()) << key.name;
    EXPECT_FALSE(PresentNameOf(key.name).has_value() && key.explained()) << key.name << " is an old name";
  }
  EXPECT_GT(seen.size(), 1900u);
}

TEST(KnownKeysTest, FindsByNamePatternAndOldName) {
  ASSERT_NE(FindKnownKey("dfs.replication"), nullptr);
  EXPECT_EQ(FindKnownKey("dfs.replication")->value, "3");
  ASSERT_NE(FindKnownKey("hadoop.proxyuser.hue.hosts"), nullptr);
  EXPECT_EQ(FindKnownKey("hadoop.proxyuser.hue.hosts")->name, "hadoop.proxyuser.*.hosts");
  EXPECT_EQ(FindKnownKey("hadoop.proxyuser..hosts"), nullptr);
  EXPECT_EQ(PresentNameOf("dfs.block.size"), "dfs.blocksize");
  EXPECT_EQ(PresentNameOf("dfs.blocksize"), std::nullopt);
}

TEST(KnownKeysTest, StateSaysWhetherTheSourcesReadIt) {
  EXPECT_EQ(StateOfKey("dfs.replication"), KeyState::kImplemented);
  EXPECT_EQ(StateOfKey("dfs.block.size"), KeyState::kImplemented);
  EXPECT_EQ(StateOfKey("dfs.client.block.write.replace-datanode-on-failure.policy"), KeyState::kImplemented);
  EXPECT_EQ(StateOfKey("dfs.balancer.dispatcherThreads"), KeyState::kIgnored);
  EXPECT_EQ(StateOfKey("dfs.replicaton"), KeyState::kUnknown);
  ASSERT_FALSE(ReadersOfKey("dfs.namenode.name.dir").empty());
  EXPECT_TRUE(ReadersOfKey("dfs.namenode.name.dir")[0].starts_with("dfs/"));
}

TEST(KnownKeysTest, NearestIsWhatWasMeant) {
  EXPECT_EQ(NearestKnownKey("dfs.replicaton"), "dfs.replication");
  EXPECT_EQ(NearestKnownKey("dfs.namenode.name.dirs"), "dfs.namenode.name.dir");
  EXPECT_EQ(NearestKnownKey("FS.defaultfs"), "fs.defaultFS");
  EXPECT_EQ(NearestKnownKey("dfs.something.else.entirely"), std::nullopt);
}

TEST(KnownKeysTest, ValuesAreCheckedByType) {
  auto check = [](std::string_view key, std::string_view value) { return CheckKeyValue(*FindKnownKey(key), value); };
  EXPECT_OK(check("dfs.replication", "2"));
  EXPECT_STATUS(Code::kInvalidArgument, check("dfs.replication", "-2"));
  EXPECT_STATUS(Code::kInvalidArgument, check("dfs.replication", "three"));
  EXPECT_OK(check("dfs.blocksize", "64m"));
  EXPECT_STATUS(Code::kInvalidArgument, check("dfs.blocksize", "64 megs"));
  EXPECT_OK(check("dfs.heartbeat.interval", "3s"));
  EXPECT_STATUS(Code::kInvalidArgument, check("dfs.heartbeat.interval", "soon"));
  EXPECT_STATUS(Code::kInvalidArgument, check("dfs.namenode.safemode.threshold-pct", "99.9"));
  EXPECT_OK(check("dfs.namenode.http-address", "nn.example:9870"));
  EXPECT_STATUS(Code::kInvalidArgument, check("dfs.namenode.http-address", "nn.example:98700"));
  EXPECT_STATUS(Code::kInvalidArgument, check("dfs.namenode.http-address", "nn.example:http"));
  EXPECT_OK(check("dfs.datanode.data.dir", "[SSD]file:///a, /b"));
  EXPECT_STATUS(Code::kInvalidArgument, check("dfs.datanode.data.dir", "data"));
  EXPECT_STATUS(Code::kInvalidArgument, check("mapreduce.framework.name", "classic"));
  EXPECT_OK(check("yarn.acl.enable", "${env.ACLS}"));
  EXPECT_STATUS(Code::kInvalidArgument, check("yarn.acl.enable", "yes"));
}

}  // namespace
}  // namespace tusk
