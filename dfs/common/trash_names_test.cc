// Checkpoint names of the trash and back to times.
#include "dfs/common/trash_names.h"

#include <gtest/gtest.h>

namespace tusk::dfs {
namespace {

TEST(TrashNames, ACheckpointsNameIsItsTimeToTheSecond) {
  constexpr int64_t kWall = 1795274051596;
  std::string name = TrashCheckpointName(kWall);
  EXPECT_EQ(name.size(), 12u);
  EXPECT_EQ(TrashCheckpointTime(name), kWall / 1000 * 1000);
  EXPECT_EQ(TrashCheckpointTime(name + "-1"), kWall / 1000 * 1000);
  EXPECT_EQ(TrashCheckpointTime(name.substr(0, 10)), kWall / 60000 * 60000);
}

TEST(TrashNames, OtherNamesAreNoCheckpoints) {
  EXPECT_FALSE(TrashCheckpointTime("Current").has_value());
  EXPECT_FALSE(TrashCheckpointTime("").has_value());
  EXPECT_FALSE(TrashCheckpointTime("26112115301").has_value());
  EXPECT_FALSE(TrashCheckpointTime("2611211530xx").has_value());
}

}  // namespace
}  // namespace tusk::dfs
