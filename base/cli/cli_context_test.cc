// Goal: generic options reach the configuration and leave the command's own words alone.
#include "base/cli/cli_context.h"

#include "base/testing/matchers.h"
#include "base/testing/real_world.h"

namespace tusk {
namespace {

struct CliContextTest : testing::Test {
  RealWorld world;
  CliContext context{.clock = world.clock(), .random = world.env().random, .disk = world.disk(), .conf = {},
                     .conf_folder = "", .user = "alice", .working_directory = world.folder(), .program = "hdfs"};
};

TEST_F(CliContextTest, OptionsBeforeTheFirstOtherWordAreTaken) {
  std::vector<std::string> args = {"-Da=1", "-D", "b=2", "-fs", "hdfs://nn:1", "-ls", "-D", "c=3"};
  ASSERT_OK(TakeGenericOptions(context, args));
  EXPECT_THAT(args, testing::ElementsAre("-ls", "-D", "c=3"));
  EXPECT_EQ(context.conf.Get("a", ""), "1");
  EXPECT_EQ(context.conf.Get("b", ""), "2");
  EXPECT_EQ(context.conf.Get("fs.defaultFS", ""), "hdfs://nn:1");
  EXPECT_EQ(context.conf.Get("c"), std::nullopt);
}

TEST_F(CliContextTest, ASettingWithoutValueIsRefusedWithItsText) {
  std::vector<std::string> args = {"-Dnonsense"};
  Status refused = TakeGenericOptions(context, args);
  EXPECT_STATUS(Code::kInvalidArgument, refused);
  EXPECT_THAT(std::string(refused.message()), testing::HasSubstr("nonsense"));
  args = {"-conf"};
  EXPECT_STATUS(Code::kInvalidArgument, TakeGenericOptions(context, args));
}

TEST_F(CliContextTest, AMissingConfigurationFolderIsNamed) {
  std::vector<std::string> args = {"--config", "/no/such/folder", "-ls"};
  Status refused = LoadConfiguration(context, args);
  EXPECT_STATUS(Code::kInvalidArgument, refused);
  EXPECT_THAT(std::string(refused.message()), testing::HasSubstr("/no/such/folder"));
}

TEST_F(CliContextTest, VariablesOfTheProcessFollowHadoopsDefaultsSyntax) {
  auto variables = ProcessVariables("alice");
  EXPECT_EQ(variables("user.name"), "alice");
  EXPECT_EQ(variables("env.TUSK_SURELY_UNSET:-x"), "x");
  EXPECT_EQ(variables("env.TUSK_SURELY_UNSET-y-z"), "y-z");
  EXPECT_EQ(variables("other"), std::nullopt);
}

}  // namespace
}  // namespace tusk
