// Which hosts workers would rather be on.
#include "mlkit/job/client/input_hosts.h"

#include <gtest/gtest.h>

namespace tusk::ml {
namespace {

using Hosts = std::map<std::string, int>;

TEST(InputHostsTest, AWorkerWantsTheHostsOfItsRunOfBlocks) {
  EXPECT_EQ(HostsForRuns({{0, 100, {"a", "b"}}, {100, 100, {"c"}}}, 2), (Hosts{{"a", 1}, {"b", 1}, {"c", 1}}));
  EXPECT_EQ(HostsForRuns({{0, 100, {"a"}}, {100, 100, {"b"}}}, 4), (Hosts{{"a", 2}, {"b", 2}}));
}

TEST(InputHostsTest, TheThreeHostsWithTheMostBytesCount) {
  EXPECT_EQ(HostsForRuns({{0, 10, {"a"}}, {10, 40, {"b", "c"}}, {50, 30, {"d"}}}, 1), (Hosts{{"b", 1}, {"c", 1}, {"d", 1}}));
}

TEST(InputHostsTest, NoBlocksNoHosts) {
  EXPECT_TRUE(HostsForRuns({}, 3).empty());
  EXPECT_TRUE(HostsForRuns({{0, 0, {"a"}}}, 3).empty());
  EXPECT_EQ(HostsForRuns({{0, 2, {"a"}}}, 5), (Hosts{{"a", 1}}));
}

}  // namespace
}  // namespace tusk::ml
