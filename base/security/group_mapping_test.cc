// Which groups a user is said to have.
#include "base/security/group_mapping.h"

#include <gtest/gtest.h>

#include "base/env/real_env.h"

namespace tusk {
namespace {

using Groups = std::vector<std::string>;

std::unique_ptr<GroupMapping> Make(Clock& clock, const std::string& overrides) {
  Configuration conf;
  if (!overrides.empty()) conf.Set("hadoop.user.group.static.mapping.overrides", overrides, "test");
  auto groups = MakeGroupMapping(clock, conf);
  EXPECT_TRUE(groups.ok());
  return groups.ok() ? std::move(*groups) : nullptr;
}

TEST(GroupMapping, TakesOverridesBeforeTheSystem) {
  auto clock = MakeSystemClock();
  auto groups = Make(*clock, "alice=staff, users; bob=;\n carol = solo");
  EXPECT_EQ(groups->GroupsOf("alice"), (Groups{"staff", "users"}));
  EXPECT_EQ(groups->GroupsOf("bob"), Groups());
  EXPECT_EQ(groups->GroupsOf("carol"), Groups{"solo"});
}

TEST(GroupMapping, AsksTheSystemForOthers) {
  auto clock = MakeSystemClock();
  auto groups = Make(*clock, "");
  EXPECT_EQ(groups->GroupsOf("root").at(0), "root");
  EXPECT_EQ(groups->GroupsOf("no-such-user-here"), Groups());
  groups->Refresh();
  EXPECT_EQ(groups->GroupsOf("root").at(0), "root");
}

TEST(GroupMapping, SaysWhichOverrideCannotBeRead) {
  auto clock = MakeSystemClock();
  Configuration conf;
  conf.Set("hadoop.user.group.static.mapping.overrides", "a=b=c", "test");
  auto groups = MakeGroupMapping(*clock, conf);
  ASSERT_FALSE(groups.ok());
  EXPECT_NE(groups.status().message().find("\"a=b=c\""), std::string::npos);
}

}  // namespace
}  // namespace tusk
