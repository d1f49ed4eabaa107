// Goal: a node with unusable or full folders says so; one bad disk of several does not stop it.
#include "yarn_like/nodemanager/node_health.h"

#include "base/testing/matchers.h"
#include "base/testing/real_world.h"

namespace tusk::yarn {
namespace {

TEST(NodeHealthTest, GoodFoldersAreSilentBadOnesAreNamed) {
  RealWorld world;
  std::string good = world.folder() + "/good";
  ASSERT_OK(world.disk().MakeDir(good, 0755));
  HealthOptions options{{good}, {good}, 100, 0.25};
  HealthReport fine = CheckHealth(world.disk(), options);
  EXPECT_TRUE(fine.healthy);
  EXPECT_EQ(fine.text, "");

  options.local_dirs = {good, world.folder() + "/absent"};
  HealthReport one_bad = CheckHealth(world.disk(), options);
  EXPECT_TRUE(one_bad.healthy);
  EXPECT_NE(one_bad.text.find("1/2 local-dirs have errors:  [ " + world.folder() + "/absent : "), std::string::npos) << one_bad.text;

  options.local_dirs = {world.folder() + "/absent"};
  EXPECT_FALSE(CheckHealth(world.disk(), options).healthy);

  HealthOptions strict{{good}, {good}, 0, 0.25};
  HealthReport full = CheckHealth(world.disk(), strict);
  EXPECT_FALSE(full.healthy);
  EXPECT_NE(full.text.find("1/1 log-dirs usable space is below configured utilization percentage/no more usable space"), std::string::npos);
}

}  // namespace
}  // namespace tusk::yarn
