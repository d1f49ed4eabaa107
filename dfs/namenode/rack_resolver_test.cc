// The texts that say where a datanode stands.
#include "dfs/namenode/rack_resolver.h"

#include "base/testing/matchers.h"
#include "base/testing/real_world.h"

namespace tusk::dfs {
namespace {

TEST(RackResolverTest, TableHasANameAndARackPerLine) {
  auto table = RackResolver::ParseTable("# racks\n10.0.0.1 /dc1/r1\n\n  host2\t/dc1/r2/  \nlonely\n10.0.0.3 r3\n10.0.0.4:9866 /r4");
  EXPECT_EQ(table.size(), 4u);
  EXPECT_EQ(table["10.0.0.1"], "/dc1/r1");
  EXPECT_EQ(table["host2"], "/dc1/r2");
  EXPECT_EQ(table["10.0.0.3"], "/default-rack");  // no path
  EXPECT_EQ(table["10.0.0.4:9866"], "/r4");
}

class RackScriptTest : public ::testing::Test {
 protected:
  std::string Ask(const std::string& script_text) {
    Disk& disk = world_.disk();
    const std::string script = world_.folder() + "/rack.sh";
    EXPECT_OK(disk.WriteFileAtomic(script, AsBytes("#!/bin/sh\n" + script_text)));
    EXPECT_OK(disk.SetMode(script, 0755));
    Configuration conf;
    conf.Set("net.topology.script.file.name", script);
    auto launcher = MakeProcessLauncher(world_.loop());
    RackResolver racks(world_.env(), conf, world_.folder());
    racks.set_launcher(launcher.get());
    DatanodeIdentity identity;
    identity.ip = "10.1.2.3";
    identity.host = "somewhere";
    return world_.Run(racks.RackOf(identity));
  }
  RealWorld world_;
};

TEST_F(RackScriptTest, TheScriptIsGivenTheAddress) { EXPECT_EQ(Ask("echo /r-$1"), "/r-10.1.2.3"); }
TEST_F(RackScriptTest, AScriptThatFailsMeansTheDefaultRack) {
  EXPECT_EQ(Ask("echo /r1; exit 1"), "/default-rack");
  EXPECT_EQ(Ask("echo /r1 /r2"), "/default-rack");
  EXPECT_EQ(Ask("true"), "/default-rack");
}

}  // namespace
}  // namespace tusk::dfs
